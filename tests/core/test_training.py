"""The steps and ends of a training task."""

from __future__ import annotations

import pytest
from gemini_core.observations import ABSENT, Observation, Presence, Rank, Record, read_record
from gemini_core.reasons import Reason
from gemini_core.states import Target, TaskState
from gemini_core.training import (
    End,
    Host,
    Step,
    end_of_dynamic,
    end_of_existing,
    is_overdue,
    next_dynamic,
    next_existing,
    wrote_to_code,
)
from hypothesis import given
from hypothesis import strategies as st

ALIVE = Observation(Presence.RUNNING, started_at=1.0)
HERE = Host(alive=True)
GOES = Record("running")


def ended(**facts: object) -> Observation:
    """A sandbox that has ended."""
    return Observation(Presence.ENDED, started_at=1.0, ended_at=2.0, **facts)  # type: ignore[arg-type]


def record(outcome: str, *codes: int, oom: bool = False) -> Record:
    """A record that has ended with these codes."""
    return Record("ended", outcome, ranks=tuple(Rank("main", n, 1.0, 2.0, c, None, oom) for n, c in enumerate(codes)))


@pytest.mark.parametrize(
    ("state", "target", "sandbox", "step"),
    [
        (TaskState.QUEUED, Target.RUNNING, ABSENT, Step.REST),
        (TaskState.QUEUED, Target.STOPPED, ABSENT, Step.CANCEL),
        (TaskState.ALLOCATING, Target.RUNNING, ABSENT, Step.START),
        (TaskState.ALLOCATING, Target.STOPPED, ABSENT, Step.FINISH),
        (TaskState.STARTING, Target.RUNNING, ABSENT, Step.START),
        (TaskState.STARTING, Target.RUNNING, ALIVE, Step.RUN),
        (TaskState.ALLOCATING, Target.RUNNING, ALIVE, Step.RUN),
        (TaskState.STARTING, Target.STOPPED, ALIVE, Step.STOP),
        (TaskState.RUNNING, Target.RUNNING, ALIVE, Step.REST),
        (TaskState.RUNNING, Target.STOPPED, ALIVE, Step.STOP),
        (TaskState.RUNNING, Target.RUNNING, ABSENT, Step.FINISH),
        (TaskState.RUNNING, Target.RUNNING, ended(exit_code=0), Step.FINISH),
        (TaskState.STOPPING, Target.STOPPED, ALIVE, Step.STOP),
        (TaskState.STOPPING, Target.STOPPED, ended(), Step.FINISH),
    ],
)
def test_the_next_step_of_a_task_of_its_own(state: TaskState, target: Target, sandbox: Observation, step: Step) -> None:
    """Covers: TRAIN-8, TRAIN-10."""
    assert next_dynamic(state, target, sandbox) == step


def test_a_task_over_its_limit_is_stopped_from_outside() -> None:
    """Covers: TRAIN-9."""
    assert next_dynamic(TaskState.RUNNING, Target.RUNNING, ALIVE, overdue=True) == Step.STOP
    assert not is_overdue(170.0, 100, 10)
    assert is_overdue(170.1, 100, 10)
    assert not is_overdue(9e9, None, 10)


@pytest.mark.parametrize(
    ("state", "target", "seen", "host", "step"),
    [
        (TaskState.STARTING, Target.RUNNING, None, HERE, Step.START),
        (TaskState.STARTING, Target.STOPPED, None, HERE, Step.STOP),
        (TaskState.STARTING, Target.RUNNING, GOES, HERE, Step.RUN),
        (TaskState.RUNNING, Target.RUNNING, GOES, HERE, Step.REST),
        (TaskState.RUNNING, Target.STOPPED, GOES, HERE, Step.STOP),
        (TaskState.RUNNING, Target.RUNNING, record("failed", 1), HERE, Step.FINISH),
        (TaskState.RUNNING, Target.RUNNING, GOES, Host(alive=False), Step.FINISH),
        (TaskState.STARTING, Target.RUNNING, None, Host(alive=False, failed=True), Step.FINISH),
    ],
)
def test_the_next_step_of_a_task_in_an_environment(
    state: TaskState, target: Target, seen: Record | None, host: Host, step: Step
) -> None:
    """Covers: TRAIN-8, TRAIN-10."""
    assert next_existing(state, target, seen, host) == step


STOPPED = Target.STOPPED
GO = Target.RUNNING


@pytest.mark.parametrize(
    ("sandbox", "seen", "target", "end"),
    [
        (ended(exit_code=0), None, GO, End(TaskState.SUCCEEDED, None, 0)),
        (ended(exit_code=0), record("succeeded", 0), STOPPED, End(TaskState.SUCCEEDED, None, 0)),
        (ended(exit_code=2), record("failed", 2), GO, End(TaskState.FAILED, Reason.CODE, 2)),
        (ended(exit_code=137), record("failed", 137), GO, End(TaskState.FAILED, Reason.CODE, 137)),
        (ended(exit_code=137, oom=True), None, GO, End(TaskState.FAILED, Reason.OUT_OF_MEMORY, 137)),
        (ended(exit_code=137), record("failed", 137, oom=True), GO, End(TaskState.FAILED, Reason.OUT_OF_MEMORY, 137)),
        (ended(exit_code=124), record("timeout", 143), GO, End(TaskState.FAILED, Reason.TIMEOUT, 124)),
        (ended(exit_code=124), record("failed", 124), GO, End(TaskState.FAILED, Reason.CODE, 124)),
        (ended(exit_code=143), record("stopped", 143), STOPPED, End(TaskState.STOPPED, Reason.USER_STOPPED, 143)),
        (ended(signal=9), None, STOPPED, End(TaskState.STOPPED, Reason.USER_STOPPED, 137)),
        (ended(signal=9), GOES, GO, End(TaskState.FAILED, Reason.NODE, None, True)),
        (ended(lost=True, last_seen=5.0), GOES, GO, End(TaskState.FAILED, Reason.NODE, None, True)),
        (ABSENT, GOES, GO, End(TaskState.FAILED, Reason.NODE, None, True)),
        (ABSENT, None, STOPPED, End(TaskState.STOPPED, Reason.USER_STOPPED)),
    ],
)
def test_the_end_of_a_task_of_its_own(sandbox: Observation, seen: Record | None, target: Target, end: End) -> None:
    """Covers: TRAIN-9."""
    assert end_of_dynamic(sandbox, seen, target) == end


def test_what_the_platform_stopped_for_its_limit_is_a_timeout() -> None:
    """Covers: TRAIN-9."""
    assert end_of_dynamic(ended(signal=9), GOES, GO, overdue=True) == End(TaskState.FAILED, Reason.TIMEOUT, 137)


@given(st.sampled_from(["succeeded", "failed", "stopped", "timeout"]), st.booleans(), st.integers(1, 255))
def test_no_claim_of_the_folder_makes_a_failed_sandbox_succeed(outcome: str, oom: bool, code: int) -> None:
    """Covers: TRAIN-9."""
    end = end_of_dynamic(ended(exit_code=code), record(outcome, 0, oom=oom), GO)
    assert end.state == TaskState.FAILED
    assert end.exit_code == code


@pytest.mark.parametrize(
    ("seen", "host", "target", "end"),
    [
        (record("succeeded", 0), HERE, GO, End(TaskState.SUCCEEDED, None, 0)),
        (record("failed", 0, 3), HERE, GO, End(TaskState.FAILED, Reason.CODE, 3)),
        (record("failed", 137, oom=True), HERE, GO, End(TaskState.FAILED, Reason.OUT_OF_MEMORY, 137)),
        (record("timeout", 143), HERE, GO, End(TaskState.FAILED, Reason.TIMEOUT, 143)),
        (record("stopped", 143), HERE, STOPPED, End(TaskState.STOPPED, Reason.USER_STOPPED, 143)),
        (record("failed"), HERE, GO, End(TaskState.FAILED, Reason.NODE, None, True)),
        (GOES, Host(False, failed=True), GO, End(TaskState.FAILED, Reason.NODE, None, True)),
        (GOES, Host(False), GO, End(TaskState.STOPPED, Reason.USER_STOPPED)),
        (None, Host(False), GO, End(TaskState.STOPPED, Reason.USER_STOPPED)),
        (None, HERE, STOPPED, End(TaskState.STOPPED, Reason.USER_STOPPED)),
        (None, HERE, GO, End(TaskState.FAILED, Reason.NODE, None, True)),
    ],
)
def test_the_end_of_a_task_in_an_environment(seen: Record | None, host: Host, target: Target, end: End) -> None:
    """Covers: TRAIN-9."""
    assert end_of_existing(seen, host, target) == end


def test_a_record_is_read_as_it_is_written() -> None:
    """Covers: TRAIN-8."""
    rank = {"role": "main", "rank": 0, "pid": 7, "started_at": 1.5, "ended_at": 2, "exit_code": None, "signal": 9}
    read = read_record({"state": "ended", "outcome": "failed", "heartbeat": 1.0, "ranks": [rank]})
    assert read == Record("ended", "failed", heartbeat=1.0, ranks=(Rank("main", 0, 1.5, 2.0, None, 9),))
    assert read.exit_code == 137


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["state", "outcome", "ranks", "role", "rank", "exit_code", "started_at"]), x
            )
        ),
    )
)
def test_a_hostile_record_is_only_wrong(raw: object) -> None:
    """Covers: TRAIN-9."""
    read = read_record(raw)
    assert read is None or read.exit_code is None or isinstance(read.exit_code, int)
    read_record({"state": "ended", "ranks": [raw]})


def test_a_write_to_the_code_is_told_from_other_errors() -> None:
    """Covers: TRAIN-7."""
    assert wrote_to_code(("Traceback", "OSError: [Errno 30] Read-only file system: 'model.bin'"))
    assert not wrote_to_code(("KeyError: 'x'",))
