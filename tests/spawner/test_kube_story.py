"""A pod's way told in words, and when a start is given up."""

from __future__ import annotations

from typing import Any

import pytest
from gemini_core import messages, pod_sights, refusals
from gemini_spawner.pod_story import Patience, Story, warnings_of

SCHEDULED = {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-01-01T00:00:01Z"}


def sight(state: dict[str, Any] | None = None, **status: Any) -> pod_sights.PodSight:
    """A pod as the API server has it; with a `state` of its container it is bound."""
    metadata = {"uid": "u", "creationTimestamp": "2026-01-01T00:00:00Z"}
    spec = {} if state is None else {"nodeName": "one"}
    statuses = [] if state is None else [{"name": "notebook", "image": "registry/x:1", "state": state}]
    conditions = status.pop("conditions", [] if state is None else [SCHEDULED])
    told = {"phase": "Pending", "conditions": conditions, "containerStatuses": statuses, **status}
    return pod_sights.read({"metadata": metadata, "spec": spec, "status": told})


def event(reason: str, message: str = "", type_: str = "Normal") -> dict[str, str]:
    """An event of the cluster."""
    return {"reason": reason, "message": message, "type": type_}


WAITS = sight(
    conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes fit."}]
)
PULL_FAILS = sight({"waiting": {"reason": "ErrImagePull", "message": "no such host"}})


def test_each_sentence_is_told_once_and_in_its_order() -> None:
    """Covers: ENV-3."""
    story = Story()
    first = [event("FailedScheduling", "0/3 nodes are available.", "Warning"), event("Scheduled", "to one")]
    assert [(line.percent, line.name, line.said) for line in story.news(sight(), first)] == [
        (25, "pod.waits", "0/3 nodes are available"),
        (40, "pod.bound", ""),
    ]
    more = [*first, event("Pulling", 'Pulling image "registry/x:1"'), event("Pulled", "in 3 s")]
    assert [(line.name, line.image) for line in story.news(sight(), more)] == [
        ("pod.pulling", "registry/x:1"),
        ("pod.pulled", ""),
    ]
    runs = sight({"running": {"startedAt": "2026-01-01T00:00:05Z"}}, phase="Running")
    assert [line.name for line in story.news(runs, more)] == ["pod.started"]
    assert story.news(runs, more) == []
    assert story.last == "0/3 nodes are available"


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (event("Failed", 'Failed to pull image "x": no such host', "Warning"), "pod.pull-fails"),
        (event("BackOff", 'Back-off pulling image "x"', "Warning"), "pod.pull-fails"),
        (event("Failed", "Error: cannot start the process", "Warning"), "pod.fails"),
        (event("FailedMount", "timed out", "Warning"), "pod.mount-fails"),
        (event("TriggeredScaleUp", "one more"), "pod.node-coming"),
        (event("Unheard", "of something", "Warning"), "pod.said"),
    ],
)
def test_trouble_has_words(told: dict[str, str], name: str) -> None:
    """Covers: ENV-3."""
    (line,) = Story().news(sight(), [told])
    assert line.name == name
    for language in messages.LANGUAGES:
        assert line.said in messages.text(name, language, said=line.said, image=line.image)


def test_what_is_no_trouble_is_not_told() -> None:
    """Covers: ENV-3."""
    assert Story().news(sight(), [event("Created"), event("SuccessfulAttachVolume"), event("Killing")]) == []


def test_a_start_is_given_up_when_its_time_is_over() -> None:
    """Waiting for a node and trying again have each a time of their own, which begins again after a success.

    Covers: ENV-3."""
    patience = Patience(schedule_seconds=600, retry_seconds=60)
    assert patience.judge(WAITS, 0) is None
    assert patience.judge(WAITS, 599) is None
    error = patience.judge(WAITS, 600)
    assert error is not None
    assert (error.name, error.params) == ("spawn-pod-node-missing", {"detail": "0/3 nodes fit"})
    assert patience.judge(PULL_FAILS, 600) is None
    assert patience.judge(sight({"waiting": {"reason": "ContainerCreating"}}), 630) is None
    assert patience.judge(PULL_FAILS, 640) is None
    assert patience.judge(PULL_FAILS, 699) is None
    assert patience.judge(PULL_FAILS, 700) is not None


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        (sight({"waiting": {"reason": "ErrImageNeverPull", "message": "not there"}}), "spawn-pod-image"),
        (sight({"waiting": {"reason": "InvalidImageName"}}), "spawn-pod-image"),
        (sight({"waiting": {"reason": "CreateContainerConfigError"}}), "spawn-pod-configuration"),
        (sight({"terminated": {"exitCode": 137, "reason": "OOMKilled"}}, phase="Failed"), "spawn-pod-memory"),
        (sight({"terminated": {"exitCode": 137}}, phase="Failed"), "spawn-killed"),
        (sight({"terminated": {"exitCode": 2}}, phase="Failed"), "spawn-ended-silently"),
        (sight({}, phase="Failed", reason="Evicted", message="disk pressure"), "spawn-pod-lost"),
    ],
)
def test_what_will_not_come_is_given_up_at_once(seen: pod_sights.PodSight, name: str) -> None:
    """In words that the control plane knows again in another language. Covers: ENV-3."""
    error = Patience(schedule_seconds=600, retry_seconds=60).judge(seen, 0)
    assert error is not None
    assert error.name == name
    for language in messages.LANGUAGES:
        assert refusals.retold(f"Spawn failed: {error.text('en')}", language) == error.text(language)


def test_warnings_are_the_newest_first() -> None:
    """Covers: ENV-3."""
    told = [event("FailedMount", "a", "Warning"), event("Pulled"), event("BackOff", "b", "Warning")]
    assert [one.reason for one in warnings_of(told)] == ["BackOff", "FailedMount"]
