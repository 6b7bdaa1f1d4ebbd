"""`state.json` of a task: what is known of it, renamed into place as a whole, also its heartbeat.

The form is a contract (docs/architecture.md, "The runner"). Times are Unix seconds.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from gemini_runner import proc
from gemini_runner.order import STATE_FILE, Order

FILE = STATE_FILE
STARTING, RUNNING, ENDED = "starting", "running", "ended"
SUCCEEDED, FAILED, STOPPED, TIMEOUT = "succeeded", "failed", "stopped", "timeout"
CODES = {SUCCEEDED: 0, STOPPED: 143, TIMEOUT: 124}
LOST_CODE = 1


@dataclass
class RankState:
    """One rank. `exit_code` or `signal` once it ended; neither where its end was not seen."""

    role: str
    rank: int
    pid: int | None = None
    started_at: float | None = None
    ended_at: float | None = None
    exit_code: int | None = None
    signal: int | None = None
    oom: bool = False

    @property
    def failed(self) -> bool:
        """Whether it ended, and not with 0."""
        return self.ended_at is not None and self.exit_code != 0

    @property
    def code(self) -> int:
        """Its end as a shell says it: 128+n for a signal."""
        return 128 + self.signal if self.signal else self.exit_code or 0


@dataclass
class TaskState:
    """One task. `outcome` and `exit_code` once it ended; `lost` where nobody saw how."""

    id: str
    runner: proc.Identity | None
    ranks: list[RankState]
    state: str = STARTING
    outcome: str | None = None
    exit_code: int | None = None
    lost: bool = False
    heartbeat: float = field(default_factory=time.time)
    started_at: float | None = None
    ended_at: float | None = None
    stop_requested: bool = False


def first(order: Order, runner: proc.Identity | None) -> TaskState:
    """The state of a task that is about to start."""
    return TaskState(order.id, runner, [RankState(rank.role, rank.rank) for rank in order.ranks])


def write(folder: str, state: TaskState, durable: bool, name: str = FILE) -> None:
    """Puts `state` into `folder`; `durable` waits for the disk (a change of state, not a heartbeat)."""
    state.heartbeat = time.time()
    path = os.path.join(folder, name)
    part = f"{path}.{os.getpid()}"
    with open(part, "w", encoding="utf-8") as file:
        json.dump(asdict(state), file)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    os.rename(part, path)


def read_raw(folder: str, name: str = FILE) -> dict[str, Any] | None:
    """The content of the file in `folder` as it lies there; None where there is none or it is no state."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            data = json.load(file)
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and "state" in data else None


def read(folder: str, name: str = FILE) -> TaskState | None:
    """The state in `folder`; None where there is none that can be understood (its folder is the person's to spoil)."""
    data = read_raw(folder, name)
    if data is None:
        return None
    try:
        runner = proc.Identity(**data.pop("runner")) if data.get("runner") else None
        ranks = [RankState(**rank) for rank in data.pop("ranks")]
        data.pop("runner", None)
        return TaskState(runner=runner, ranks=ranks, **data)
    except (TypeError, KeyError, ValueError):
        return None
