"""Pods as a cluster tells of them: how far one has got, why it does not come, how it ended, several together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from gemini_core import messages, pod_failures, pod_sights
from gemini_core.cluster_texts import TEXTS
from gemini_core.observations import ABSENT, Presence, Stage
from gemini_core.pod_failures import Warned
from gemini_core.pod_sights import Frame, PodSight, of_one, of_task, read
from gemini_core.reasons import Reason

NODE = "node-7"


def at(seconds: float) -> str:
    """A moment as the API writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pod(
    state: dict[str, Any] | None = None, *conditions: dict[str, Any], node: str | None = NODE, **status: Any
) -> Any:
    """A pod with one container; `state` is the container's."""
    container = {"name": "gemini", "image": "registry/user:1", "state": state or {}}
    return {
        "metadata": {"name": "p", "uid": "u", "creationTimestamp": at(1000)},
        "spec": {"nodeName": node},
        "status": {"conditions": list(conditions), "containerStatuses": [container] if state else [], **status},
    }


def condition(type_: str, status: str, **more: Any) -> dict[str, Any]:
    """A condition."""
    return {"type": type_, "status": status, "lastTransitionTime": at(1002), **more}


def waiting(reason: str, message: str = "said") -> dict[str, Any]:
    """The state of a container that waits."""
    return {"waiting": {"reason": reason, "message": message}}


def terminated(code: int, reason: str = "Error", began: float = 1005, ended: float = 1010) -> dict[str, Any]:
    """The state of a container that has ended."""
    return {"terminated": {"exitCode": code, "reason": reason, "startedAt": at(began), "finishedAt": at(ended)}}


SCHEDULED = condition("PodScheduled", "True")
READY_TO_START = condition("PodReadyToStartContainers", "True")


@pytest.mark.parametrize(
    ("found", "stage"),
    [
        (pod(node=None), Stage.NODE),
        (pod(None, SCHEDULED), Stage.BOUND),
        (pod(waiting("ContainerCreating"), SCHEDULED, startTime=at(1003)), Stage.MOUNTS),
        (pod(waiting("ContainerCreating"), SCHEDULED, READY_TO_START, startTime=at(1003)), Stage.IMAGE),
        (pod({"running": {"startedAt": at(1005)}}, SCHEDULED, startTime=at(1003)), None),
        (pod(terminated(0), SCHEDULED, startTime=at(1003)), None),
    ],
)
def test_how_far_a_pod_has_got(found: Any, stage: Stage | None) -> None:
    """Covers: TRAIN-8."""
    assert read(found).stage == stage


@pytest.mark.parametrize(
    ("found", "warned", "reason", "name", "final"),
    [
        (
            pod(None, condition("PodScheduled", "False", reason="Unschedulable", message="0/1"), node=None),
            (),
            Reason.RESOURCES,
            "detail.pod-unschedulable",
            False,
        ),
        (pod(waiting("ErrImagePull"), SCHEDULED), (), Reason.IMAGE, "detail.image-unreached", False),
        (pod(waiting("ImagePullBackOff"), SCHEDULED), (), Reason.IMAGE, "detail.image-unreached", False),
        (pod(waiting("InvalidImageName"), SCHEDULED), (), Reason.IMAGE, "detail.image-unusable", True),
        (pod(waiting("ErrImageNeverPull"), SCHEDULED), (), Reason.IMAGE, "detail.image-unusable", True),
        (
            pod(waiting("CreateContainerConfigError"), SCHEDULED),
            (),
            Reason.CONFIGURATION,
            "detail.container-refused",
            True,
        ),
        (pod(None, SCHEDULED), (Warned("FailedMount", "m"),), Reason.NODE, "detail.pod-unmounted", False),
        (pod(None, SCHEDULED), (Warned("FailedCreatePodSandBox", "m"),), Reason.NODE, "detail.pod-unmade", False),
    ],
)
def test_why_a_pod_does_not_come(
    found: Any, warned: tuple[Warned, ...], reason: Reason, name: str, final: bool
) -> None:
    """Covers: TRAIN-9."""
    failure = read(found, warned).failure
    assert failure is not None
    assert (failure.reason, failure.detail.name, failure.final) == (reason, name, final)
    assert failure.detail.said


def test_what_only_takes_its_time_is_no_failure() -> None:
    """Covers: TRAIN-8."""
    assert read(pod(waiting("ContainerCreating"), SCHEDULED, startTime=at(1003))).failure is None
    assert read(pod(node=None)).failure is None
    assert read(pod({"running": {"startedAt": at(1005)}}, SCHEDULED), [Warned("FailedMount", "once")]).failure is None


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (pod(terminated(137), reason="Evicted", message="low on resource: memory"), "detail.pod-evicted"),
        (pod(terminated(137), reason="Evicted", message="ephemeral local storage"), "detail.pod-storage-full"),
        (pod(None, phase="Failed", reason="NodeLost", message="gone"), "detail.node-lost"),
        (
            pod(terminated(143), condition("DisruptionTarget", "True", reason="EvictionByEvictionAPI")),
            "detail.pod-drained",
        ),
        (
            pod(terminated(143), condition("DisruptionTarget", "True", reason="PreemptionByScheduler")),
            "detail.pod-preempted",
        ),
        (
            pod(None, condition("DisruptionTarget", "True", reason="DeletionByTaintManager"), phase="Failed"),
            "detail.node-lost",
        ),
        (pod(None, phase="Failed", reason="OutOfcpu", message="no"), "detail.pod-refused"),
    ],
)
def test_who_ended_a_pod(found: Any, name: str) -> None:
    """Covers: TRAIN-9."""
    failure = read(found).failure
    assert failure is not None and (failure.reason, failure.detail.name, failure.detail.value) == (
        Reason.NODE,
        name,
        NODE,
    )


def test_an_end_has_its_code_its_moment_and_memory() -> None:
    """Covers: TRAIN-9, BILL-2."""
    sight = read(pod(terminated(137, "OOMKilled"), SCHEDULED))
    assert (sight.bound_at, sight.started_at, sight.finished_at) == (1002, 1005, 1010)
    assert (sight.exit_code, sight.oom, sight.failure, sight.ended) == (137, True, None, True)


def sight(number: int = 0, **facts: Any) -> PodSight:
    """A pod of a task."""
    return PodSight(f"u{number}", 1000.0 + number, **facts)


RUNS = {"bound_at": 1001.0, "started_at": 1005.0}
ENDED = {**RUNS, "finished_at": 1010.0, "exit_code": 0}
THERE = Frame(2, there=True)


def test_a_task_runs_when_all_its_pods_do() -> None:
    """Covers: TRAIN-6, TRAIN-8."""
    assert of_task([], THERE).state == Presence.COMING
    first = of_task([sight(0, **RUNS)], THERE)
    assert (first.state, first.stage, first.allocated_at) == (Presence.COMING, Stage.NODE, 1001.0)
    later = sight(1, bound_at=1003.0, stage=Stage.IMAGE)
    both = of_task([sight(0, **RUNS), later], THERE)
    assert (both.state, both.stage, both.allocated_at) == (Presence.COMING, Stage.IMAGE, 1001.0)
    seen = of_task([sight(0, **RUNS), sight(1, bound_at=1003.0, started_at=1009.0)], THERE)
    assert (seen.state, seen.started_at, seen.allocated_at) == (Presence.RUNNING, 1009.0, 1001.0)
    half = of_task([sight(0, **ENDED), sight(1, **RUNS)], THERE)
    assert half.state == Presence.RUNNING


def test_a_task_ends_with_its_last_pod_and_the_first_failure() -> None:
    """Covers: TRAIN-7, BILL-2."""
    done = of_task([sight(0, **ENDED), sight(1, **{**ENDED, "finished_at": 1020.0})], THERE)
    assert (done.state, done.exit_code, done.ended_at, done.failure) == (Presence.ENDED, 0, 1020.0, None)
    failed = sight(1, **{**ENDED, "exit_code": 5})
    stopped = sight(0, **{**ENDED, "exit_code": 143})
    both = of_task([stopped, failed], THERE)
    assert (both.exit_code, both.failure, both.lost) == (5, None, False)


def test_pods_that_went_unseen_end_it_without_a_code() -> None:
    """Covers: TRAIN-9."""
    seen = of_task([sight(0, **RUNS).gone(1030.0)], Frame(0, there=False))
    assert (seen.state, seen.exit_code, seen.lost, seen.ended_at) == (Presence.ENDED, None, True, 1030.0)
    assert seen.failure is not None and seen.failure.detail.name == "detail.deleted-outside"
    ours = of_task([sight(0, **{**ENDED, "exit_code": 143})], Frame(0, there=False, ours=True))
    assert (ours.exit_code, ours.failure, ours.lost) == (143, None, False)
    by_hand = of_task([sight(0, **{**ENDED, "exit_code": 143})], Frame(0, there=False))
    assert by_hand.failure is not None and by_hand.failure.detail.name == "detail.deleted-outside"


def test_a_task_that_was_sent_back_to_the_line_has_ended() -> None:
    """Covers: RES-6, TRAIN-9."""
    seen = of_task([sight(0, **{**ENDED, "exit_code": 143})], Frame(2, there=True, waits=True))
    assert seen.failure is not None and seen.failure.reason == Reason.RESOURCES
    assert of_task([], Frame(2, there=True, waits=True)).state == Presence.COMING


def test_a_task_whose_pods_were_never_made_says_why() -> None:
    """Covers: TRAIN-9."""
    seen = of_task([], Frame(2, there=True, failed="DeadlineExceeded"))
    assert seen.state == Presence.ENDED
    assert seen.failure is not None and seen.failure.detail.said == "DeadlineExceeded"
    assert of_task([], Frame(0, there=False)) is ABSENT
    warned = pod_sights.of_jobs([Warned("FailedCreate", "exceeded quota")])
    assert warned is not None and warned.detail.said == "exceeded quota"


def test_an_environment_is_its_newest_pod() -> None:
    """Covers: ENV-3."""
    assert of_one([]) is ABSENT
    old, new = sight(0, **ENDED), sight(5, bound_at=1007.0, started_at=1008.0)
    assert of_one([new, old]).state == Presence.RUNNING
    assert of_one([old]).exit_code == 0


def test_every_detail_has_its_words() -> None:
    """Covers: TRAIN-9."""
    for module in (pod_failures, pod_sights):
        with open(str(module.__file__), encoding="utf-8") as file:
            words = {part for part in file.read().split('"') if part.startswith("detail.")}
        assert words and all(messages.text(word, "zh-CN", value="x") for word in words)
    assert all(name.startswith(("detail.", "mode.")) for name in TEXTS)


def test_a_runner_that_found_another_folder_in_the_place_of_its_output_says_so() -> None:
    """Covers: TEN-2, TRAIN-9."""
    ended = terminated(4)
    ended["terminated"]["message"] = pod_failures.REPLACED
    found = read(pod(ended, SCHEDULED, phase="Failed")).failure
    assert found is not None and found.final
    assert (found.reason, found.detail.name) == (Reason.CONFIGURATION, "detail.output-replaced")
    assert read(pod(terminated(4), SCHEDULED, phase="Failed")).failure is None


def test_a_pod_that_the_cluster_ended_for_its_time_says_so() -> None:
    """Covers: TRAIN-9."""
    found = read(pod(terminated(137), SCHEDULED, phase="Failed", reason="DeadlineExceeded")).failure
    assert found is not None and found.reason == Reason.TIMEOUT
