"""The steps of an environment."""

from __future__ import annotations

import itertools

import pytest
from gemini_core.environments import Seen, Step, next_step, why_failed
from gemini_core.observations import ABSENT, Observation, Presence, Server
from gemini_core.reasons import Reason
from gemini_core.states import EnvironmentState as State
from gemini_core.states import Target
from hypothesis import given
from hypothesis import strategies as st

ALIVE = Observation(Presence.RUNNING, started_at=100.0)
ENDED = Observation(Presence.ENDED, started_at=100.0, ended_at=200.0, exit_code=1)


@pytest.mark.parametrize(
    ("state", "target", "server", "sandbox", "step"),
    [
        (State.QUEUED, Target.RUNNING, Server.ABSENT, ABSENT, Step.WAIT),
        (State.QUEUED, Target.STOPPED, Server.ABSENT, ABSENT, Step.CANCEL),
        (State.QUEUED, Target.DELETED, Server.ABSENT, ABSENT, Step.CANCEL),
        (State.STARTING, Target.RUNNING, Server.ABSENT, ABSENT, Step.START_SERVER),
        (State.STARTING, Target.RUNNING, Server.STARTING, ABSENT, Step.WAIT),
        (State.STARTING, Target.RUNNING, Server.STARTING, ALIVE, Step.WAIT),
        (State.STARTING, Target.RUNNING, Server.UNKNOWN, ABSENT, Step.WAIT),
        (State.STARTING, Target.RUNNING, Server.UNKNOWN, ENDED, Step.FAIL),
        (State.STARTING, Target.RUNNING, Server.ABSENT, ENDED, Step.FAIL),
        (State.STARTING, Target.RUNNING, Server.READY, ALIVE, Step.RUN),
        (State.STARTING, Target.RUNNING, Server.READY, ABSENT, Step.STOP_SERVER),
        (State.STARTING, Target.STOPPED, Server.STARTING, ALIVE, Step.STOP_SERVER),
        (State.RUNNING, Target.RUNNING, Server.READY, ALIVE, Step.REST),
        (State.RUNNING, Target.RUNNING, Server.UNKNOWN, ALIVE, Step.REST),
        (State.RUNNING, Target.RUNNING, Server.ABSENT, ALIVE, Step.START_SERVER),
        (State.RUNNING, Target.RUNNING, Server.READY, ENDED, Step.FAIL),
        (State.RUNNING, Target.RUNNING, Server.UNKNOWN, ABSENT, Step.FAIL),
        (State.RUNNING, Target.STOPPED, Server.READY, ALIVE, Step.STOP_SERVER),
        (State.STOPPING, Target.STOPPED, Server.STOPPING, ALIVE, Step.WAIT),
        (State.STOPPING, Target.STOPPED, Server.UNKNOWN, ALIVE, Step.END_SANDBOX),
        (State.STOPPING, Target.STOPPED, Server.ABSENT, ALIVE, Step.END_SANDBOX),
        (State.STOPPING, Target.STOPPED, Server.ABSENT, ENDED, Step.CLOSE),
        (State.STOPPING, Target.RUNNING, Server.ABSENT, ENDED, Step.CLOSE),
        (State.STOPPING, Target.DELETED, Server.UNKNOWN, ABSENT, Step.CLOSE),
        (State.STOPPED, Target.STOPPED, Server.ABSENT, ABSENT, Step.REST),
        (State.STOPPED, Target.STOPPED, Server.ABSENT, ALIVE, Step.END_SANDBOX),
        (State.FAILED, Target.STOPPED, Server.READY, ENDED, Step.STOP_SERVER),
        (State.FAILED, Target.DELETED, Server.ABSENT, ENDED, Step.DELETE),
        (State.STOPPED, Target.DELETED, Server.UNKNOWN, ABSENT, Step.DELETE),
    ],
)
def test_the_next_step(state: State, target: Target, server: Server, sandbox: Observation, step: Step) -> None:
    """Covers: ENV-3."""
    assert next_step(state, target, Seen(server, sandbox)) == step


def test_a_start_that_the_hub_refused_fails() -> None:
    """Covers: ENV-3."""
    seen = Seen(Server.ABSENT, ABSENT, refused="no such image")
    assert next_step(State.STARTING, Target.RUNNING, seen) == Step.FAIL


def test_a_sandbox_of_an_earlier_run_is_not_this_one() -> None:
    """Covers: BILL-2, ENV-3."""
    assert ENDED.since(150.0) is ABSENT
    assert ENDED.since(100.0) is ENDED
    assert ENDED.since(None) is ENDED


def _apply(state: State, target: Target, seen: Seen, step: Step) -> tuple[State, Seen]:
    """A world that does what it is told."""
    if step == Step.START_SERVER:
        return state, Seen(Server.READY, ALIVE)
    if step == Step.RUN:
        return State.RUNNING, seen
    if step == Step.STOP_SERVER:
        return state, Seen(Server.ABSENT, ENDED if seen.sandbox.state != Presence.ABSENT else ABSENT)
    if step == Step.END_SANDBOX:
        return state, Seen(seen.server, ENDED)
    if step in (Step.CLOSE, Step.CANCEL):
        return State.STOPPED, seen
    if step == Step.FAIL:
        return State.FAILED, seen
    assert step == Step.WAIT
    return state, Seen(Server.ABSENT, seen.sandbox)


@given(
    st.sampled_from(list(State)),
    st.sampled_from(list(Target)),
    st.sampled_from(list(Server)),
    st.sampled_from([ABSENT, ALIVE, ENDED]),
)
def test_from_anywhere_a_willing_world_comes_to_rest(
    state: State, target: Target, server: Server, sandbox: Observation
) -> None:
    """Covers: ENV-3."""
    seen = Seen(server, sandbox)
    for _ in range(8):
        step = next_step(state, target, seen)
        if step in (Step.REST, Step.DELETE) or (state == State.QUEUED and step == Step.WAIT):
            break
        state, seen = _apply(state, target, seen, step)
    else:
        pytest.fail("never came to rest")
    if target != Target.RUNNING:
        assert state in (State.STOPPED, State.FAILED)
        assert seen.sandbox.state != Presence.RUNNING


@pytest.mark.parametrize("server", list(Server))
def test_nothing_restarts_what_a_person_stopped(server: Server) -> None:
    """Covers: ENV-3."""
    for state, sandbox in itertools.product(State, (ABSENT, ALIVE, ENDED)):
        step = next_step(state, Target.STOPPED, Seen(server, sandbox))
        assert step not in (Step.START_SERVER, Step.RUN)


@pytest.mark.parametrize(
    ("sandbox", "refused", "reason", "kept"),
    [
        (Observation(Presence.ENDED, signal=9), None, Reason.NODE, "detail.process-killed:9"),
        (Observation(Presence.ENDED, exit_code=0), None, Reason.NODE, "detail.process-ended:0"),
        (
            Observation(Presence.ENDED, exit_code=2, detail="no spec"),
            None,
            Reason.NODE,
            "detail.process-ended:2\nno spec",
        ),
        (Observation(Presence.ENDED, signal=9, oom=True), None, Reason.OUT_OF_MEMORY, "detail.process-killed:9"),
        (Observation(Presence.ENDED, lost=True, detail="x"), None, Reason.NODE, "detail.lost"),
        (Observation(Presence.ENDED), None, Reason.NODE, "detail.lost"),
        (ABSENT, None, Reason.NODE, "detail.lost"),
        (ABSENT, "broken", Reason.NODE, "broken"),
    ],
)
def test_a_failure_is_told_by_name(sandbox: Observation, refused: str | None, reason: Reason, kept: str) -> None:
    """Covers: TRAIN-9. Never a bare Python value: what is unknown is said to be."""
    found, detail = why_failed(Seen(Server.ABSENT, sandbox, refused))
    assert (found, str(detail)) == (reason, kept)
