"""Each of the platform's own processes killed while everything is in every state at the same time."""

from __future__ import annotations

import os
import signal

import pytest

from faults_real.conftest import Reference
from faults_real.jobs import ENDED, Stage
from faults_real.leaks import Traces
from faults_real.pairs import PLATFORM, Pair
from faults_real.results import Results, judge
from faults_real.rounds import Standing, check_traces, play

pytestmark = [pytest.mark.faults, pytest.mark.hub, pytest.mark.timeout(900)]


@pytest.mark.parametrize("process", PLATFORM)
def test_killed_in_every_state(
    stage: Stage, standing: Standing, reference: Reference, results: Results, process: str
) -> None:
    """All that waits, starts, runs, stops or has ended comes out as undisturbed. Covers: TRAIN-9, TRAIN-10, BILL-2."""
    before = Traces.of(stage.platform, stage.records)
    ended = play(stage, standing, lambda: kill_part(stage, process))
    for job, outcome in ended:
        pair = Pair(job.subject, job.state, process)
        results.note(pair, lambda pair=pair, outcome=outcome: judge(pair, outcome, reference[pair.subject, pair.state]))
    check_traces(stage, before)
    assert not results.wrong([Pair(job.subject, job.state, process) for job, _ in ended])


@pytest.mark.parametrize("process", PLATFORM)
def test_killed_while_a_task_is_given_its_place(
    stage: Stage, reference: Reference, results: Results, process: str
) -> None:
    """Between the allocation and the first step towards a sandbox. Covers: TRAIN-9, BILL-2."""
    before = Traces.of(stage.platform, stage.records)
    job, filler = stage.task_allocating()
    assert stage.records.state(job.id) == "allocating"
    kill_part(stage, process)
    job.release()
    stage.recover()
    pair = Pair(job.subject, "allocating", process)

    def verdict() -> None:
        judge(pair, job.finish(), reference[job.subject, "queued"])
        stage.records.check_charge(job.id)

    results.note(pair, verdict)
    stage.reach(filler, *ENDED)
    check_traces(stage, before)
    assert not results.wrong([pair])


def kill_part(stage: Stage, process: str) -> None:
    """SIGKILL, without waiting for the next life."""
    os.kill(stage.platform.pid(process), signal.SIGKILL)
    if process == "supervisor":
        assert stage.platform.process is not None
        stage.platform.process.wait()
