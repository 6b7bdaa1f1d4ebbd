"""The next step of a training task, and what its end was: what is wished against what is seen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from gemini_core.observations import Observation, Presence, Record
from gemini_core.reasons import Detail, Reason
from gemini_core.states import Target, TaskState

TIME_LIMIT_MARGIN = 60.0
"""Seconds beyond limit and grace after which the platform itself stops a task whose runner did not."""
COMING_PATIENCE = 300.0
"""Seconds on a node after which something that does not get on there is given up: it costs what it holds."""
READ_ONLY_SIGN = "Read-only file system"


class Step(StrEnum):
    """What the reconciler does next."""

    REST = "rest"
    CANCEL = "cancel"
    """It never started: stopped, without a run."""
    START = "start"
    """Start the sandbox, or give the order to the environment (safe to repeat)."""
    COME = "come"
    """It is coming: show how far it has got; what it holds is allocated as soon as it is on a node."""
    GIVE_UP = "give-up"
    """It will never come: end it, with the reason that was seen."""
    RUN = "run"
    """Its processes are there: running."""
    STOP = "stop"
    """End the sandbox, or order the stop."""
    FINISH = "finish"
    """All processes have ended: `end_of_dynamic` or `end_of_existing` says how."""


@dataclass(frozen=True)
class End:
    """How a task ended."""

    state: TaskState
    reason: Reason | None = None
    exit_code: int | None = None
    lost: bool = False
    detail: Detail | None = None


@dataclass(frozen=True)
class Host:
    """The environment of an `existing` task, in the run that it was submitted to.

    `alive`: that run still goes on. `failed`: it ended and nobody wished it.
    """

    alive: bool
    failed: bool = False


def next_dynamic(state: TaskState, target: Target, sandbox: Observation, overdue: bool = False) -> Step:
    """The next step of a task with a sandbox of its own; `overdue` as `is_overdue` or `is_stuck` says."""
    if state == TaskState.QUEUED:
        return Step.REST if target == Target.RUNNING else Step.CANCEL
    if sandbox.state == Presence.ENDED:
        return Step.FINISH
    stop = target != Target.RUNNING or state == TaskState.STOPPING
    started = state not in (TaskState.ALLOCATING, TaskState.STARTING)
    if sandbox.state == Presence.COMING and not stop:
        return _coming(started, sandbox, overdue)
    if sandbox.state == Presence.ABSENT:
        return Step.FINISH if stop or started else Step.START
    if stop or overdue:
        return Step.STOP
    return Step.REST if state == TaskState.RUNNING else Step.RUN


def _coming(started: bool, sandbox: Observation, overdue: bool) -> Step:
    if started:
        # It ran already: with nothing on a node any more, what comes now is not what ran.
        return Step.REST if sandbox.allocated_at is not None else Step.FINISH
    failure = sandbox.failure
    return Step.GIVE_UP if failure is not None and (failure.final or overdue) else Step.COME


def next_existing(state: TaskState, target: Target, record: Record | None, host: Host) -> Step:
    """The next step of a task inside an environment."""
    if (record is not None and record.ended) or not host.alive:
        return Step.FINISH
    stop = target != Target.RUNNING or state == TaskState.STOPPING
    if record is None:
        # The order may be on its way, so a stop is given as an order too; the runner knows which came.
        return Step.STOP if stop else Step.START
    if stop:
        return Step.STOP
    return Step.REST if state == TaskState.RUNNING else Step.RUN


def is_bound(sandbox: Observation) -> bool:
    """Whether it is coming and has a node: it costs what it holds."""
    return sandbox.state == Presence.COMING and sandbox.allocated_at is not None


def is_stuck(sandbox: Observation, waited: float) -> bool:
    """Whether one that comes has been kept from it for so long, on its node, that it is given up."""
    return is_bound(sandbox) and sandbox.failure is not None and waited > COMING_PATIENCE


def goes_again(end: End, attempt: int, retries: int, reasons: Collection[str]) -> bool:
    """Whether a task that ended like this is started anew: what a person stopped and what succeeded never is."""
    return end.state == TaskState.FAILED and attempt <= retries and end.reason in reasons


def is_overdue(ran: float, limit: float | None, grace: float) -> bool:
    """Whether a task that ran for so long is so far over its limit that its runner cannot be doing its duty."""
    return limit is not None and ran > limit + grace + TIME_LIMIT_MARGIN


def end_of_dynamic(sandbox: Observation, record: Record | None, target: Target, overdue: bool = False) -> End:
    """The end of a task with a sandbox of its own. Exit code and end are the witness's; the record adds why."""
    stopped = target != Target.RUNNING
    failure = sandbox.failure if sandbox.state == Presence.ENDED else None
    if failure is not None and not stopped and sandbox.exit_code != 0:
        return End(TaskState.FAILED, failure.reason, _code(sandbox), sandbox.lost, failure.detail)
    if sandbox.lost or (sandbox.state != Presence.ENDED and not stopped):
        return _lost()
    if sandbox.exit_code == 0:
        return End(TaskState.SUCCEEDED, None, 0)
    if stopped:
        return End(TaskState.STOPPED, Reason.USER_STOPPED, _code(sandbox))
    reason = _reason_of_failure(sandbox, record, overdue)
    return _lost() if reason == Reason.NODE else End(TaskState.FAILED, reason, _code(sandbox))


def _reason_of_failure(sandbox: Observation, record: Record | None, overdue: bool) -> Reason:
    if overdue or (sandbox.exit_code == 124 and record is not None and record.outcome == "timeout"):
        return Reason.TIMEOUT
    if sandbox.oom or (record is not None and record.oom):
        return Reason.OUT_OF_MEMORY
    if sandbox.signal or sandbox.exit_code is None:
        return Reason.NODE  # process 1 itself was killed, so nobody saw how the ranks ended
    return Reason.CODE


def end_of_existing(record: Record | None, host: Host, target: Target) -> End:
    """The end of a task inside an environment: its record's where that says so, else the environment's."""
    if record is not None and record.ended:
        return _recorded(record)
    if host.failed or (host.alive and target == Target.RUNNING):
        return _lost()
    return End(TaskState.STOPPED, Reason.USER_STOPPED)


def _recorded(record: Record) -> End:
    code = record.exit_code
    if record.outcome == "succeeded":
        return End(TaskState.SUCCEEDED, None, code)
    if record.outcome == "stopped":
        return End(TaskState.STOPPED, Reason.USER_STOPPED, code)
    if record.outcome == "timeout":
        return End(TaskState.FAILED, Reason.TIMEOUT, code)
    if record.oom:
        return End(TaskState.FAILED, Reason.OUT_OF_MEMORY, code)
    return End(TaskState.FAILED, Reason.CODE, code) if code is not None else _lost()


def _lost() -> End:
    return End(TaskState.FAILED, Reason.NODE, None, lost=True)


def _code(sandbox: Observation) -> int | None:
    return 128 + sandbox.signal if sandbox.signal else sandbox.exit_code


def wrote_to_code(last_lines: tuple[str, ...]) -> bool:
    """Whether the log's last lines tell of a write to the read-only code."""
    return any(READ_ONLY_SIGN in line for line in last_lines)
