"""The whole machine loses power: every process is killed at once, and the next boot has another name."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from soak.measures import processes_of

from faults_real.conftest import Reference
from faults_real.jobs import Stage, patient
from faults_real.leaks import Traces
from faults_real.results import Results
from faults_real.rounds import Standing, check_traces

pytestmark = [pytest.mark.faults, pytest.mark.hub, pytest.mark.timeout(900)]

OTHER_BOOT = "00000000-0000-4000-8000-000000000000"
LOST = {"state": "failed", "reason": "node", "exit_code": None, "lost": True}


@pytest.fixture
def innocent() -> Iterator[subprocess.Popen[bytes]]:
    """A program of somebody else's, which after the reboot has the number that one of ours had before."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def test_a_reboot(
    stage: Stage, standing: Standing, reference: Reference, results: Results, innocent: subprocess.Popen[bytes]
) -> None:
    """What ran is lost and charged to its last sight; what waited goes on; nobody else is hurt.

    Covers: TRAIN-9, TRAIN-10, ENV-3, BILL-2.
    """
    title = "reboot: everything killed at once, another boot id, old process numbers given to others"
    with results.other(title):
        before = Traces.of(stage.platform, stage.records)
        host = stage.running_environment("reboot")
        inside, alone = stage.at_the_gate("running", host), stage.at_the_gate("running")
        starting = stage.environment_starting()
        filler = stage.fill_but(0)
        waits = stage.task_queued()
        power_off(stage)
        reboot(stage.platform.home, innocent.pid)
        stage.recover()
        for task in (inside, alone, filler):
            stage.reach(task, "failed")
            assert patient(lambda task=task: stage.records.task(task)).short() == LOST, task
        stage.reach(host, "failed")
        stage.reach(standing.running, "failed")
        assert patient(lambda: stage.records.environment(host)).reason == "node"
        outcome = starting.finish()
        assert (outcome.state, outcome.reason) == ("failed", "node")
        assert waits.finish() == reference["dynamic task", "queued"]
        assert innocent.poll() is None, "a stranger was killed"
        for id in (host, alone, filler, waits.id, starting.id):
            stage.records.check_charge(id)
            for run in stage.records.runs(id):
                assert run["ended_at"] >= run["started_at"]
        for id in (host, starting.id):
            stage.delete(id)
        check_traces(stage, before)


def power_off(stage: Stage) -> None:
    """Everything that belongs to the platform, at once."""
    for pid in processes_of(stage.platform.home):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    assert stage.platform.process is not None
    stage.platform.process.wait()


def reboot(home: Path, stranger: int) -> None:
    """What was recorded is of another boot; the numbers are now a stranger's, with the stranger's start."""
    start = int(Path(f"/proc/{stranger}/stat").read_text().rpartition(")")[2].split()[19])
    patterns = ("pids/*.json", "sandboxes/*/[wp]*.json", "store/*/*/tasks/*/state.json", "store/tasks/*/state.json")
    for path in (path for pattern in patterns for path in home.glob(pattern)):
        content = json.loads(path.read_text())
        identity = content["runner"] if path.name == "state.json" else content
        if identity and "boot" in identity:
            identity.update(boot=OTHER_BOOT, pid=stranger, start=start)
            path.write_text(json.dumps(content))
    for path in home.glob("sandboxes/*/runc/*/state.json"):
        path.unlink()  # below /run on most machines: gone with the power
