"""A round: everything is held in its state at the same time, something is killed, everything goes on to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gemini_core.errors import GeminiError
from platform_fixture import wait_for

from faults_real.jobs import Job, Stage, patient
from faults_real.leaks import Traces
from faults_real.records import Outcome
from faults_real.victims import Sandbox, kill

Reference = dict[tuple[str, str], Outcome]
Crew = list[tuple[Job, Outcome]]


@dataclass(frozen=True)
class Standing:
    """What stays through all rounds: an environment that runs, one that is stopped, one that failed, ended tasks."""

    running: str
    stopped: str
    failed: str
    ended_in: str
    ended_alone: str

    @classmethod
    def make(cls, stage: Stage) -> Standing:
        """All of it."""
        stopped, failed = stage.running_environment("stopped"), stage.running_environment("failed")
        running = stage.running_environment("running")
        patient(lambda: stage.client.environments.stop(stopped))
        kill(Sandbox(stage.platform.home, failed).find("process 1"))
        ended_in, ended_alone = stage.at_the_gate("ended", running), stage.at_the_gate("ended")
        for task in (ended_in, ended_alone):
            stage.open_gate(task)
            stage.reach(task, "failed")
        stage.reach(stopped, "stopped")
        stage.reach(failed, "failed")
        return cls(running, stopped, failed, ended_in, ended_alone)

    def jobs(self, stage: Stage) -> list[Job]:
        """The idle and the ended as jobs."""
        return [
            stage.environment_idle("stopped", self.stopped),
            stage.environment_idle("failed", self.failed),
            stage.task_ended(self.ended_in, self.running),
            stage.task_ended(self.ended_alone),
        ]


def hold_all(stage: Stage, standing: Standing) -> tuple[list[Job], str]:
    """Every state of everything at the same time, and the task that fills the machine."""
    host = standing.running
    to_stop = stage.running_environment("stopping")
    running, stopping = stage.at_the_gate("running", host), stage.at_the_gate("stopping", host)
    running_alone, stopping_alone = stage.at_the_gate("running"), stage.at_the_gate("stopping")
    jobs = [*standing.jobs(stage), stage.task_running(running, host), stage.task_running(running_alone)]
    jobs.append(stage.environment_starting())
    # What comes from here on is held by something that loses patience: the shortest last.
    filler = stage.fill_but(1)
    jobs.append(stage.task_starting_alone())
    jobs += [stage.environment_queued(), stage.task_queued(), stage.task_stopping(stopping, host)]
    jobs.append(stage.task_starting_in(host))
    jobs += [stage.environment_stopping(to_stop), stage.task_stopping(stopping_alone)]
    # Beside the table's: the one that hosts tasks keeps running.
    jobs.append(Job("environment", "running", host, host, lambda: None, lambda: _still(stage, host)))
    return jobs, filler


def _still(stage: Stage, host: str) -> Outcome:
    stage.check_lab(host)
    return patient(lambda: stage.records.environment(host))


def finish_all(stage: Stage, jobs: list[Job], filler: str) -> Crew:
    """Lets everything go on, waits for every end, checks every charge."""
    stage.empty(filler)
    ended = [(job, job.finish()) for job in jobs]
    for job, _ in ended:
        if job.subject != "existing task" and (job.subject, job.state) != ("environment", "running"):
            stage.records.check_charge(job.id)
    stage.records.check_charge(filler)
    return ended


def clear(stage: Stage, standing: Standing, jobs: list[Job]) -> None:
    """Deletes the environments of a round."""
    kept = set(vars(standing).values())
    for job in jobs:
        if job.subject == "environment" and job.id not in kept:
            stage.delete(job.id)


def check_traces(stage: Stage, before: Traces) -> None:
    """Nothing more is there than before, and the ledger balances."""

    def look() -> bool:
        try:
            return not Traces.of(stage.platform, stage.records).beyond(before)
        except (GeminiError, OSError):
            return False

    try:
        wait_for(look, "the end of all traces", 30)
    except AssertionError:
        left = Traces.of(stage.platform, stage.records).beyond(before)
        raise AssertionError(f"left behind: {left}") from None
    stage.records.check_ledger()


def play(stage: Stage, standing: Standing, disturb: Callable[[], None]) -> Crew:
    """One whole round; `disturb` kills something while everything is held."""
    jobs, filler = hold_all(stage, standing)
    held = {(job.subject, job.state): stage.records.state(job.id) for job in jobs}
    wrong = {key: state for key, state in held.items() if key[1] not in (state, "ended")}
    assert not wrong, f"not held: {wrong}"
    disturb()
    for job in jobs:
        job.release()
    stage.recover()
    ended = finish_all(stage, jobs, filler)
    clear(stage, standing, jobs)
    return ended
