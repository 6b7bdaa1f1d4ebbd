"""What is kept of pods between what a cluster tells and what is written down."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from gemini_control.backends.base import BackendAway
from gemini_control.backends.kubernetes.api import OURS, Cluster, Object
from gemini_control.backends.kubernetes.sightings import Sightings, token_of

TASK = "task-aaaaaaaaaa"
LONG_AGO = "2026-01-01T00:00:00Z"
READY = {
    "metadata": {"name": "n"},
    "spec": {"unschedulable": True},
    "status": {"conditions": [{"type": "Ready", "status": "True"}]},
}
SILENT = {**READY, "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}


def pod(**metadata: Any) -> Object:
    """A pod of the task that runs."""
    labels = {**OURS, "gemini.io/task": TASK}
    variables = [{"name": "JUPYTERHUB_API_TOKEN", "value": "secret"}, {"name": "OTHER", "value": "x" * 10_000}]
    return {
        "metadata": {"name": "p", "uid": "u", "labels": labels, "resourceVersion": "7", "creationTimestamp": LONG_AGO}
        | metadata,
        "spec": {"nodeName": "n", "containers": [{"name": "gemini", "env": variables}]},
        "status": {"containerStatuses": [{"name": "gemini", "state": {"running": {"startedAt": LONG_AGO}}}]},
    }


def seen(found: Object, node: Object | None) -> Sightings:
    """Sightings that were told of one pod."""
    sightings = Sightings(Cluster("nowhere"), lambda name: node)
    sightings.pods.learn(found)
    return sightings


@pytest.mark.parametrize(
    ("node", "deleted", "ended"),
    [
        (READY, LONG_AGO, False),
        (SILENT, LONG_AGO, True),
        (None, LONG_AGO, True),
        (None, None, False),
        (None, "now", False),
    ],
)
def test_a_pod_that_is_deleted_on_a_node_that_is_gone_has_ended(
    node: Object | None, deleted: str | None, ended: bool
) -> None:
    """Covers: TRAIN-9."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if deleted == "now" else deleted
    sightings = seen(pod(**({"deletionTimestamp": at} if at else {})), node)
    (sight,) = sightings.sights(TASK)
    assert (sight.ended, sight.exit_code) == (ended, None)
    assert sightings.sights(TASK) == (sight,), "and stays as it was seen first"


def test_what_was_written_down_is_no_news() -> None:
    """Covers: TRAIN-9."""
    ended = pod()
    ended["status"] = {"containerStatuses": [{"name": "gemini", "state": {"terminated": {"exitCode": 3}}}]}
    sightings = seen(ended, READY)
    assert [one.exit_code for one in sightings.sights(TASK)] == [3]
    assert sightings.holders() == {TASK}
    sightings.forget(TASK)
    assert sightings.sights(TASK) == ()
    sightings._pod_seen("p", sightings.pods.all()["p"], gone=False)
    sightings._pod_seen("p", sightings.pods.all()["p"], gone=True)
    assert sightings.sights(TASK) == () and sightings.holders() == frozenset()


def test_what_is_left_of_a_pod_on_a_node_that_is_gone_keeps_nobody_from_being_seen() -> None:
    """The cluster has its object for as long as that node is away: its end was written down. Covers: TRAIN-9, ENV-3."""
    sightings = seen(pod(deletionTimestamp=LONG_AGO), SILENT)
    assert [one.ended for one in sightings.sights(TASK)] == [True]
    sightings.forget(TASK)
    assert sightings.sights(TASK) == ()
    sightings._pod_seen("p", sightings.pods.all()["p"], gone=True)
    assert sightings.sights(TASK) == () and sightings.holders() == frozenset()


def test_an_attempt_is_not_judged_by_the_one_before() -> None:
    """Who follows keeps how a pod ended, for nobody asks it; when it leads, the task may be in its next attempt.

    Covers: TRAIN-9, TRAIN-10.
    """
    failed = pod()
    failed["status"] = {"containerStatuses": [{"name": "gemini", "state": {"terminated": {"exitCode": 1}}}]}
    sightings = seen(failed, READY)
    sightings._pod_seen("p", sightings.pods.all()["p"], gone=True)
    assert [one.exit_code for one in sightings.sights(TASK)] == [1]
    job = {"name": "main", "replicas": 1, "template": {"spec": {"completions": 1}}}
    metadata = {"name": TASK, "uid": "j", "resourceVersion": "9", "creationTimestamp": "2026-01-01T00:01:00Z"}
    sightings.jobsets.learn({"metadata": metadata, "spec": {"replicatedJobs": [job]}})
    assert sightings.sights(TASK) == ()
    sightings.pods.learn(pod(name="q", uid="v", resourceVersion="10", creationTimestamp="2026-01-01T00:01:00Z"))
    (sight,) = sightings.sights(TASK)
    assert (sight.uid, sight.ended) == ("v", False)


def test_what_goes_unseen_is_kept_until_somebody_asked() -> None:
    """Covers: TRAIN-9, TRAIN-10."""
    sightings = seen(pod(), READY)
    told: list[str] = []
    end = sightings.subscribe(told.append)
    sightings._pod_seen("p", sightings.pods.all()["p"], gone=True)
    (sight,) = sightings.sights(TASK)
    assert sight.gone_at is not None and sightings.holders() == {TASK} and told == [TASK]
    end()


def test_nothing_is_said_of_what_was_never_looked_at() -> None:
    """Covers: TRAIN-10."""
    with pytest.raises(BackendAway):
        seen(pod(), READY).observe(TASK)


def test_of_a_pod_little_is_held_and_its_token() -> None:
    """Covers: TRAIN-1."""
    kept = seen(pod(), READY).pods.all()["p"]
    assert token_of(kept) == "secret"
    assert len(str(kept)) < 1000
