"""The order to a runner: what process 1 is to start. The form is the contract in docs/architecture.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gemini_core import ranks
from gemini_core.ranks import Host, Role

STOP_GRACE_SECONDS = 10
SHELL = "/bin/bash"


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


@dataclass(frozen=True)
class Work:
    """What a task runs. `extra` are variables of every rank beside those of its places; `max_duration` in seconds."""

    id: str
    roles: Sequence[Role]
    places: Places
    extra: Mapping[str, str] = field(default_factory=dict)
    max_duration: float | None = None


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


def make_order(work: Work, cards: Sequence[str] = ()) -> dict[str, Any]:
    """The order of all ranks of a task, beside each other on one machine; each is shown its part of `cards`."""
    hosts, share = ranks.local_hosts(work.roles), len(cards) // ranks.world_size(work.roles)
    found = []
    for role in work.roles:
        for index in range(role.instances):
            number = ranks.first_rank(work.roles, role.name) + index
            own = cards[number * share : (number + 1) * share]
            shown = {"CUDA_VISIBLE_DEVICES": ",".join(own)} if cards else {}
            env = shown | ranks.variables(work.roles, role.name, index, hosts)
            found.append({**_rank(work, role, env), "rank": index})
    return _order(work, hosts, found)


def make_late_order(work: Work, role: Role, hosts: Sequence[Host]) -> dict[str, Any]:
    """The order of any one rank of `role`, which learns at its start which it is (`ranks.LATE_INDEX`)."""
    known, late = ranks.late_variables(work.roles, role.name, hosts)
    rank = {**_rank(work, role, known), "late": {name: list(value) for name, value in late.items()}}
    return {**_order(work, hosts, [rank]), "index_from": ranks.LATE_INDEX}


def make_specification(
    task_id: str, run: str, order: Mapping[str, Any], same: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """`spec.json` of a sandbox whose process 1 runs one task, if each folder in `same` is the one it stands with."""
    spec = {"id": task_id, "kind": "task", "run": run, "server": None, "task": dict(order)}
    return spec if same is None else {**spec, "same": dict(same)}


def _rank(work: Work, role: Role, env: Mapping[str, str]) -> dict[str, Any]:
    places = work.places
    files = {"GEMINI_HOSTFILE": f"{places.folder}/{ranks.HOST_FILE}"}
    return {
        "role": role.name,
        "rank": 0,
        "argv": [SHELL, "-c", role.command],
        "cwd": places.code,
        "env": {**work.extra, **variables(places, work.id), **files, **env},
    }


def _order(work: Work, hosts: Sequence[Host], found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "id": work.id,
        "folder": work.places.folder,
        "max_duration_seconds": work.max_duration,
        "stop_grace_seconds": STOP_GRACE_SECONDS,
        "hosts": ranks.host_file(hosts),
        "ranks": list(found),
    }
