"""The next step of a development environment: what is wished against what is seen.

The reconciler takes one step, looks again and asks again, so a step may be repeated and a crash
between any two of them costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gemini_core.observations import Observation, Presence, Server
from gemini_core.reasons import Detail, Reason
from gemini_core.states import ENVIRONMENT_IDLE, EnvironmentState, Target


class Step(StrEnum):
    """What the reconciler does next."""

    REST = "rest"
    """Nothing to do until something changes."""
    WAIT = "wait"
    """Something is under way; look again."""
    CANCEL = "cancel"
    """It never started: stopped, without a run."""
    START_SERVER = "start-server"
    """Ask the hub for the named server (again)."""
    RUN = "run"
    """It is ready: running."""
    STOP_SERVER = "stop-server"
    """Ask the hub to stop the named server."""
    END_SANDBOX = "end-sandbox"
    """End the processes directly: the hub knows nothing of them or does not answer."""
    CLOSE = "close"
    """All processes have ended as wished: the run closes, stopped."""
    FAIL = "fail"
    """All processes have ended and nobody wished it: the run closes, failed."""
    DELETE = "delete"
    """Nothing is left of it: the row goes."""


@dataclass(frozen=True)
class Seen:
    """An environment from outside. `sandbox` is of this run only (`Observation.since`).

    `refused` is what the hub said of a start that failed, None where it said nothing.
    """

    server: Server
    sandbox: Observation
    refused: str | None = None


THERE = (Presence.COMING, Presence.RUNNING)


def next_step(state: EnvironmentState, target: Target, seen: Seen) -> Step:
    """The one step that brings `state` nearer to `target`."""
    if state in ENVIRONMENT_IDLE:
        return _idle(target, seen)
    if state == EnvironmentState.QUEUED:
        return Step.WAIT if target == Target.RUNNING else Step.CANCEL
    if target != Target.RUNNING or state == EnvironmentState.STOPPING:
        return _towards_the_end(seen, Step.CLOSE)
    if state == EnvironmentState.STARTING:
        return _starting(seen)
    return _running(seen)


def _idle(target: Target, seen: Seen) -> Step:
    # Whatever is left of an earlier life is cleared away, whoever left it.
    after = Step.DELETE if target == Target.DELETED else Step.REST
    return _towards_the_end(seen, after)


def _towards_the_end(seen: Seen, after: Step) -> Step:
    if seen.server in (Server.READY, Server.STARTING):
        return Step.STOP_SERVER
    if seen.server == Server.STOPPING:
        return Step.WAIT
    return Step.END_SANDBOX if seen.sandbox.state in THERE else after


def _starting(seen: Seen) -> Step:
    alive = seen.sandbox.state == Presence.RUNNING
    if seen.sandbox.state == Presence.COMING and seen.sandbox.failure is not None and seen.sandbox.failure.final:
        return Step.FAIL  # it will never come, however long the hub waits for it
    if seen.server == Server.READY:
        # Ready without a sandbox of this run is what the hub still believes of an earlier one.
        return Step.RUN if alive else Step.STOP_SERVER
    ended = seen.sandbox.state == Presence.ENDED
    if seen.server == Server.ABSENT:
        # What began in this run and ended is no start that was lost: whether the hub had time to say so or not.
        return Step.FAIL if ended or seen.refused is not None else Step.START_SERVER
    return Step.FAIL if ended and seen.server == Server.UNKNOWN else Step.WAIT


def _running(seen: Seen) -> Step:
    if seen.sandbox.state != Presence.RUNNING:
        return Step.FAIL
    # The hub forgot a server whose sandbox lives (its database was lost): it adopts it again.
    return Step.START_SERVER if seen.server == Server.ABSENT else Step.REST


def why_failed(seen: Seen) -> tuple[Reason, Detail]:
    """Why an environment failed, from what was said and seen."""
    sandbox = seen.sandbox
    if sandbox.failure is not None:
        # What the cluster saw says more than what the hub made of it.
        return sandbox.failure.reason, sandbox.failure.detail
    if seen.refused is not None:
        return Reason.NODE, Detail(said=seen.refused)
    if sandbox.lost or sandbox.state == Presence.ABSENT:
        return Reason.NODE, Detail("detail.lost")
    return Reason.OUT_OF_MEMORY if sandbox.oom else Reason.NODE, how_ended(sandbox)


def how_ended(sandbox: Observation) -> Detail:
    """How process 1 of an environment ended, with what was said around it."""
    if sandbox.signal is not None:
        return Detail("detail.process-killed", str(sandbox.signal), sandbox.detail)
    if sandbox.exit_code is not None:
        return Detail("detail.process-ended", str(sandbox.exit_code), sandbox.detail)
    return Detail("detail.lost", said=sandbox.detail)
