"""The order to a runner: what process 1 is to start. The form is the contract in docs/architecture.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STOP_GRACE_SECONDS = 10
SHELL = "/bin/bash"
MASTER_PORT = 29500
FIRST_ROLE = "main"


@dataclass(frozen=True)
class Places:
    """Where a task finds things, as the task sees them (in a sandbox, or plain folders).

    `data` and `pretrain` are the folders of the mounted versions by slot (1-3).
    """

    folder: str
    code: str
    output: str
    data: Mapping[int, str] = field(default_factory=dict)
    pretrain: Mapping[int, str] = field(default_factory=dict)


def variables(places: Places, task_id: str) -> dict[str, str]:
    """The variables that name a task's places."""
    return {
        "GEMINI_TASK_ID": task_id,
        "GEMINI_CODE": places.code,
        "GEMINI_OUTPUT": places.output,
        **{f"GEMINI_DATA_{slot}": path for slot, path in sorted(places.data.items())},
        **{f"GEMINI_PRETRAIN_{slot}": path for slot, path in sorted(places.pretrain.items())},
        "PYTHONUNBUFFERED": "1",
    }


def make_order(
    task_id: str,
    command: str,
    places: Places,
    extra: Mapping[str, str],
    max_duration: float | None = None,
) -> dict[str, Any]:
    """The order of a task of one role and one rank; `extra` are variables beside those of its places."""
    env = {
        **extra,
        **variables(places, task_id),
        "GEMINI_ROLE": FIRST_ROLE,
        "RANK": "0",
        "WORLD_SIZE": "1",
        "LOCAL_RANK": "0",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(MASTER_PORT),
    }
    rank = {"role": FIRST_ROLE, "rank": 0, "argv": [SHELL, "-c", command], "cwd": places.code, "env": env}
    return {
        "id": task_id,
        "folder": places.folder,
        "max_duration_seconds": max_duration,
        "stop_grace_seconds": STOP_GRACE_SECONDS,
        "ranks": [rank],
    }


def make_specification(task_id: str, run: str, order: Mapping[str, Any]) -> dict[str, Any]:
    """`spec.json` of a sandbox whose process 1 runs one task."""
    return {"id": task_id, "kind": "task", "run": run, "server": None, "task": dict(order)}
