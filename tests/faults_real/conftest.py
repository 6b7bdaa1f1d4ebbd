"""One platform for all rounds, what its jobs come to undisturbed, and the page that the run writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from platform_fixture import running_platform
from soak.test_soak import about

from faults_real.jobs import WHOLE_LOG, Stage
from faults_real.leaks import Traces
from faults_real.records import Outcome
from faults_real.results import Results
from faults_real.rounds import Standing, check_traces, play

Reference = dict[tuple[str, str], Outcome]


@pytest.fixture(scope="session")
def results() -> Iterator[Results]:
    """Collects all verdicts; written where GEMINI_FAULTS_DOCUMENTS says."""
    collected = Results(about())
    yield collected
    if folder := os.environ.get("GEMINI_FAULTS_DOCUMENTS"):
        collected.save(Path(folder))


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """A platform of its own, with alice at work."""
    with running_platform() as platform:
        made = Stage(platform)
        yield made
        made.records.close()


@pytest.fixture(scope="session")
def standing(stage: Stage) -> Standing:
    """What stays through all rounds."""
    return Standing.make(stage)


@pytest.fixture(scope="session")
def reference(stage: Stage, standing: Standing) -> Reference:
    """How every job comes out when nothing is killed."""
    before = Traces.of(stage.platform, stage.records)
    ended = play(stage, standing, lambda: None)
    check_traces(stage, before)
    found = {(job.subject, job.state): outcome for job, outcome in ended}
    for key in (("dynamic task", "running"), ("existing task", "running")):
        assert found[key].log == WHOLE_LOG
    return found
