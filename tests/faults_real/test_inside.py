"""The processes of a sandbox killed, each in every state in which it is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from platform_fixture import wait_for

from faults_real.conftest import Reference
from faults_real.jobs import Job, Stage, patient
from faults_real.leaks import Traces
from faults_real.pairs import DYNAMIC, ENVIRONMENT, EXISTING, Pair
from faults_real.results import Results, judge
from faults_real.rounds import check_traces
from faults_real.victims import Sandbox, kill

pytestmark = [pytest.mark.faults, pytest.mark.hub, pytest.mark.timeout(900)]

OF_ENVIRONMENT = ("server", "process 1", "witness", "pasta")
OF_TASK = ("process 1", "witness", "pasta", "command")


@pytest.fixture(autouse=True)
def nothing_left(stage: Stage, reference: Reference) -> Iterator[None]:
    """After each test nothing more is on the machine than before it."""
    before = Traces.of(stage.platform, stage.records)
    yield
    check_traces(stage, before)


def strike(stage: Stage, job: Job, process: str) -> None:
    """Kills one process of a job's sandbox while the job is held in its state."""
    folder = stage.folder(job.id) if job.subject != ENVIRONMENT else None
    assert stage.records.state(job.id) == job.state or job.state == "ended", f"{job.id} is no longer {job.state}"
    kill(Sandbox(stage.platform.home, job.sandbox).find(process, folder))


def conclude(stage: Stage, reference: Reference, results: Results, jobs: list[tuple[Job, str]]) -> None:
    """Waits for all ends, judges each pair, checks each charge and deletes the environments."""
    for job, process in jobs:
        pair = Pair(job.subject, job.state, process)

        def verdict(job: Job = job, pair: Pair = pair) -> None:
            # One that ran comes to its end as one that was starting does.
            state = "starting" if (pair.subject, pair.state) == (ENVIRONMENT, "running") else pair.state
            judge(pair, job.finish(), reference[pair.subject, state])
            if job.subject != EXISTING:
                stage.records.check_charge(job.id)

        results.note(pair, verdict)
    for job, _ in jobs:
        if job.subject == ENVIRONMENT:
            stage.delete(job.id)
    assert not results.wrong([Pair(job.subject, job.state, process) for job, process in jobs])


@pytest.mark.parametrize("process", OF_ENVIRONMENT)
def test_under_an_environment_with_tasks(stage: Stage, reference: Reference, results: Results, process: str) -> None:
    """An environment that runs, with tasks in every state. Covers: ENV-3, TRAIN-9, TRAIN-10."""
    host = stage.running_environment(process)
    ended, running, stopping = (stage.at_the_gate(name, host) for name in ("ended", "running", "stopping"))
    stage.open_gate(ended)
    stage.reach(ended, "failed")
    jobs = [stage.task_ended(ended, host), stage.task_running(running, host), stage.task_stopping(stopping, host)]
    jobs.append(stage.task_starting_in(host))
    assert all(stage.records.state(job.id) == job.state for job in jobs[1:])
    strike(stage, stage.environment_running(host), process)
    for job in jobs:
        if process != "process 1" or job.state != "running":
            job.release()
    conclude(stage, reference, results, [(job, process) for job in [*jobs, stage.environment_running(host)]])


def test_under_tasks_in_an_environment(stage: Stage, reference: Reference, results: Results) -> None:
    """The tender of one task and the command of another: no other task is touched. Covers: TRAIN-9."""
    host = stage.running_environment("tasks")
    jobs = []
    for process in ("tender", "command"):
        running, stopping = stage.at_the_gate("running", host), stage.at_the_gate("stopping", host)
        for job in (stage.task_running(running, host), stage.task_stopping(stopping, host)):
            strike(stage, job, process)
            if job.state == "stopping":
                job.release()
            jobs.append((job, process))
    spared = stage.at_the_gate("running", host)
    stage.open_gate(spared)
    stage.reach(spared, "failed")
    assert patient(lambda: stage.records.task(spared)) == reference[EXISTING, "running"]
    patient(lambda: stage.client.environments.stop(host))
    stage.reach(host, "stopped")
    try:
        conclude(stage, reference, results, jobs)
    finally:
        stage.delete(host)


@pytest.mark.parametrize("state", ["starting", "stopping"])
def test_under_an_environment_that_moves(stage: Stage, reference: Reference, results: Results, state: str) -> None:
    """Four environments, in each another process. Covers: ENV-3."""
    jobs = []
    for process in OF_ENVIRONMENT:
        if state == "starting":
            job = stage.environment_starting()
        else:
            job = stage.environment_stopping(stage.running_environment(state))
        strike(stage, job, process)
        job.release()
        jobs.append((job, process))
    conclude(stage, reference, results, jobs)


@pytest.mark.parametrize("state", ["starting", "running", "stopping"])
def test_under_a_task_on_its_own(stage: Stage, reference: Reference, results: Results, state: str) -> None:
    """Four tasks on resources of their own, in each another process. Covers: TRAIN-9, BILL-2."""
    jobs = []
    for process in OF_TASK:
        if state == "starting":
            job = stage.task_starting_alone()
        else:
            made = stage.at_the_gate(state)
            job = stage.task_running(made) if state == "running" else stage.task_stopping(made)
        strike(stage, job, process)
        if state != "running" or process not in ("process 1", "command"):
            job.release()
        jobs.append((job, process))
    conclude(stage, reference, results, jobs)
    assert {job.subject for job, _ in jobs} == {DYNAMIC}


def test_a_network_comes_back(stage: Stage) -> None:
    """pasta killed three times: the witness starts it again each time, and Lab and hub are reached. Covers: ENV-2."""
    made = stage.running_environment("network")
    sandbox = Sandbox(stage.platform.home, made)
    for _ in range(3):
        pasta = sandbox.find("pasta")
        kill(pasta)
        wait_for(lambda pasta=pasta: sandbox.pid("pasta") not in (None, pasta), "another pasta", 30)
        stage.check_lab(made)
    patient(lambda: stage.client.environments.stop(made))
    stage.reach(made, "stopped")
    stage.delete(made)
