"""What was seen of a thing from outside, apart from what was wished of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gemini_core.reasons import Detail, Reason

LATEST = 253_402_300_799
"""The last second that a moment can have, in Unix seconds."""
LARGEST_WHOLE = 2**31 - 1
"""No exit code or rank is larger: what is kept of them has 32 bits."""
LARGEST_SIGNAL = 127
"""Exit codes above tell of signals as 128 and the signal."""


class Presence(StrEnum):
    """Whether the processes of a sandbox are there."""

    ABSENT = "absent"
    COMING = "coming"
    """It is there, but process 1 does not run yet."""
    RUNNING = "running"
    ENDED = "ended"


class Stage(StrEnum):
    """How far one that is coming has got."""

    NODE = "node"
    """It waits for a node."""
    BOUND = "bound"
    """It has one: its resources are allocated."""
    MOUNTS = "mounts"
    IMAGE = "image"
    STARTING = "starting"
    """All is there, process 1 is being started."""


@dataclass(frozen=True)
class Failure:
    """Why it does not come or how it ended, as the cluster says. Not `final`: it may still come."""

    reason: Reason
    detail: Detail
    final: bool = True


@dataclass(frozen=True)
class Observation:
    """A sandbox as its witness saw it. Times are Unix seconds.

    `allocated_at`: when it (the first of its pods) was bound to a node; None on one machine, where admission is that.
    `lost`: the witness itself was killed, so there is no exit code and the last sight is `last_seen`.
    `signal`: process 1 itself died of it (a rank that dies of a signal is an exit code of 128+n).
    """

    state: Presence
    started_at: float | None = None
    ended_at: float | None = None
    last_seen: float | None = None
    exit_code: int | None = None
    signal: int | None = None
    oom: bool = False
    lost: bool = False
    detail: str = ""
    allocated_at: float | None = None
    stage: Stage | None = None
    failure: Failure | None = None

    def since(self, moment: float | None) -> Observation:
        """This observation, or absent where it is of a life that ended before `moment` (a run's opening) began.

        One that runs is of now, whatever a clock that was set meanwhile says: a run opens when nothing runs any more.
        """
        began = self.started_at if self.started_at is not None else self.allocated_at
        if moment is not None and self.allocated_at is not None:
            moment = math.floor(moment)  # a cluster tells seconds only, and none lives for less than one
        old = moment is not None and began is not None and began < moment
        return ABSENT if old and self.state == Presence.ENDED else self

    def end(self, now: float) -> float:
        """When the last process was there: the observed end, else the last sight, else `now`."""
        return self.ended_at or self.last_seen or now


ABSENT = Observation(Presence.ABSENT)


class Server(StrEnum):
    """A named server as the hub tells it. `UNKNOWN`: the hub does not answer."""

    ABSENT = "absent"
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Record:
    """What a task's folder claims (`state.json`). Root inside can write it: shown, never billed."""

    state: str
    outcome: str | None = None
    started_at: float | None = None
    ended_at: float | None = None
    heartbeat: float | None = None
    ranks: tuple[Rank, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether the runner says that all processes of the task have ended."""
        return self.state == "ended"

    @property
    def oom(self) -> bool:
        """Whether a rank was killed for memory."""
        return any(rank.oom for rank in self.ranks)

    @property
    def first_failed(self) -> Rank | None:
        """The rank that failed before all others, which were ended because of it."""
        failed = [rank for rank in self.ranks if rank.code]
        return min(failed, key=lambda rank: rank.ended_at or math.inf, default=None)

    @property
    def exit_code(self) -> int | None:
        """The first failing rank's code (128+n for a signal), 0 where all succeeded, None where unknown."""
        if self.first_failed is not None:
            return self.first_failed.code
        return 0 if self.ranks and all(rank.code == 0 for rank in self.ranks) else None


@dataclass(frozen=True)
class Rank:
    """One process of a task as its record tells it."""

    role: str
    rank: int
    started_at: float | None = None
    ended_at: float | None = None
    exit_code: int | None = None
    signal: int | None = None
    oom: bool = False

    @property
    def code(self) -> int | None:
        """The exit code as a shell would tell it."""
        return 128 + self.signal if self.signal else self.exit_code

    @property
    def state(self) -> str:
        """`waiting`, `running`, `succeeded` or `failed`."""
        if self.ended_at is not None:
            return "succeeded" if self.code == 0 else "failed"
        return "running" if self.started_at is not None else "waiting"


def together(records: Sequence[Record], size: int) -> Record | None:
    """One record of the `size` ranks of a task that are told of one by one; None where none is yet.

    It ends with the last of them. The outcome is what ended it first in rank: a time limit, a failure, a stop.
    """
    if not records:
        return None
    complete = len(records) == size
    outcomes = {record.outcome for record in records}
    worst = next((one for one in ("timeout", "failed", "stopped") if one in outcomes), None)
    starts = [record.started_at for record in records if record.started_at is not None]
    ends = [record.ended_at for record in records if record.ended_at is not None]
    ended = complete and all(record.ended for record in records)
    return Record(
        state="ended" if ended else "running",
        outcome=worst or ("succeeded" if complete and outcomes == {"succeeded"} else None),
        started_at=min(starts, default=None),
        ended_at=max(ends, default=None) if ended else None,
        heartbeat=max((record.heartbeat or 0 for record in records), default=None),
        ranks=tuple(rank for record in records for rank in record.ranks),
    )


def _number(value: object) -> float | None:
    """A moment in Unix seconds; None for what no calendar has (infinity, the year 10000)."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= LATEST:
        return None
    return float(value)


def _whole(value: object, least: int = -LARGEST_WHOLE, most: int = LARGEST_WHOLE) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        return None
    return value


def read_record(raw: object) -> Record | None:
    """The record in parsed JSON; None where it is none. Hostile input is never more than a wrong record."""
    if not isinstance(raw, dict) or raw.get("state") not in ("starting", "running", "ended"):
        return None
    outcome = raw.get("outcome")
    ranks = raw.get("ranks")
    return Record(
        state=raw["state"],
        outcome=outcome if outcome in ("succeeded", "failed", "stopped", "timeout") else None,
        started_at=_number(raw.get("started_at")),
        ended_at=_number(raw.get("ended_at")),
        heartbeat=_number(raw.get("heartbeat")),
        ranks=tuple(_rank(one) for one in ranks[:1024] if isinstance(one, dict)) if isinstance(ranks, list) else (),
    )


def _rank(raw: dict[str, object]) -> Rank:
    return Rank(
        role=str(raw.get("role", "main"))[:64],
        rank=_whole(raw.get("rank")) or 0,
        started_at=_number(raw.get("started_at")),
        ended_at=_number(raw.get("ended_at")),
        exit_code=_whole(raw.get("exit_code")),
        signal=_whole(raw.get("signal"), 1, LARGEST_SIGNAL),
        oom=raw.get("oom") is True,
    )
