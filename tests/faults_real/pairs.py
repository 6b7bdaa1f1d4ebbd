"""The enumeration: which process can be killed in which state, and why the others cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

ENVIRONMENT, EXISTING, DYNAMIC = "environment", "existing task", "dynamic task"
STATES = {
    ENVIRONMENT: ("queued", "starting", "running", "stopping", "stopped", "failed"),
    EXISTING: ("queued", "allocating", "starting", "running", "stopping", "ended"),
    DYNAMIC: ("queued", "allocating", "starting", "running", "stopping", "ended"),
}
PLATFORM = ("supervisor", "proxy", "hub", "control")
INSIDE = ("server", "process 1", "tender", "witness", "pasta", "command")
PROCESSES = (*PLATFORM, *INSIDE)
TITLES = {
    "control": "control plane",
    "server": "user's server",
    "process 1": "runner (process 1)",
    "tender": "runner (the task's tender)",
}


@dataclass(frozen=True, order=True)
class Pair:
    """One process killed in one state of one kind of thing."""

    subject: str
    state: str
    process: str

    def cannot_be(self) -> str | None:
        """Why there is no such process in that state; None where it can be killed."""
        if self.subject == EXISTING and self.state in ("queued", "allocating"):
            return "uses what its environment holds: never waits for resources"
        if self.process in PLATFORM:
            return None
        return _INSIDE[self.subject](self.state, self.process)


def all_pairs() -> Iterator[Pair]:
    """Every pair, in the order of the table."""
    for subject, states in STATES.items():
        for state in states:
            for process in PROCESSES:
                yield Pair(subject, state, process)


def _of_environment(state: str, process: str) -> str | None:
    if state == "queued":
        return "nothing of it runs yet"
    if state in ("stopped", "failed"):
        return "nothing of it runs any more"
    if process in ("tender", "command"):
        return "belongs to a task: see there"
    return None


def _of_existing(state: str, process: str) -> str | None:
    if process in ("tender", "command") and state == "starting":
        return "the order has not reached the runner yet"
    if process in ("tender", "command") and state == "ended":
        return "has ended with the task"
    return None


def _of_dynamic(state: str, process: str) -> str | None:
    if process == "server":
        return "has no server"
    if process == "tender":
        return "process 1 tends the task itself"
    if state in ("queued", "allocating"):
        return "nothing of it runs yet"
    return "nothing of it runs any more" if state == "ended" else None


_INSIDE = {ENVIRONMENT: _of_environment, EXISTING: _of_existing, DYNAMIC: _of_dynamic}
SAME, KILLED, LOST, FAILED, STOPPED = "same", "killed", "lost", "failed", "stopped"
OUTCOMES = {
    SAME: "as undisturbed",
    KILLED: "failed, reason *code*, exit code 137: the command was killed",
    LOST: "failed, reason *node*, lost: no exit code, charged to the last sight",
    FAILED: "failed, reason *node*: the environment's process 1 was killed",
    STOPPED: "stopped as wished; the exit codes tell the kill (137) where it was seen",
}


def expected(pair: Pair) -> str:
    """What a killed process comes to: one of OUTCOMES."""
    if pair.process in (*PLATFORM, "server", "pasta") or pair.state == "ended":
        return SAME
    if pair.subject == ENVIRONMENT:
        # Its end is wished, so it is stopped, whoever ended it.
        return FAILED if pair.process == "process 1" and pair.state != "stopping" else SAME
    if pair.process == "command":
        return STOPPED if pair.state == "stopping" else KILLED
    if pair.subject == EXISTING:
        return SAME if pair.process == "witness" else LOST
    return STOPPED if (pair.state, pair.process) == ("stopping", "process 1") else LOST
