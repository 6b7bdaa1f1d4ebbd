"""Pods as they were seen, and what several of them together are: one observation of a task or an environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gemini_core import pod_failures
from gemini_core.observations import ABSENT, Failure, Observation, Presence, Stage
from gemini_core.pod_failures import Warned
from gemini_core.reasons import Detail, Reason

STOPPED_CODE = 143
CONTAINERS = ("gemini", "notebook")
"""The container with our process 1: a task's, and the spawner's."""
Object = Mapping[str, Any]


@dataclass(frozen=True)
class PodSight:
    """One pod. Times are Unix seconds. `gone_at`: it went before its end was told (then there is no exit code)."""

    uid: str
    created_at: float
    bound_at: float | None = None
    stage: Stage | None = None
    started_at: float | None = None
    finished_at: float | None = None
    gone_at: float | None = None
    exit_code: int | None = None
    oom: bool = False
    deleting: bool = False
    failure: Failure | None = None

    @property
    def ended(self) -> bool:
        """Whether none of its processes is left."""
        return self.finished_at is not None or self.gone_at is not None

    def gone(self, at: float) -> PodSight:
        """The same after the cluster forgot it."""
        return self if self.ended else replace(self, gone_at=at, stage=None, failure=None)


@dataclass(frozen=True)
class Frame:
    """What is known around the pods of a task. `expected` is how many there will be.

    `there`: its JobSet is, and nobody deletes it; `waits`: it stands in the line (suspended); `ours`: we end it.
    `failed` is what the JobSet says of its failure; empty where it has not failed.
    """

    expected: int
    there: bool
    waits: bool = False
    ours: bool = False
    failed: str = ""


def read(pod: Object, warnings: Iterable[Warned] = ()) -> PodSight:
    """A pod of the API."""
    metadata, status = pod["metadata"], pod.get("status") or {}
    state = (_container(status).get("state") or {}) if _container(status) else {}
    running, ended = state.get("running") or {}, state.get("terminated") or {}
    over = bool(ended) or status.get("phase") in ("Succeeded", "Failed")
    began = seconds(running.get("startedAt") or ended.get("startedAt"))
    bound = _bound(pod)
    finished = (seconds(ended.get("finishedAt")) or _last_change(status) or began or bound) if over else None
    coming = not over and began is None
    return PodSight(
        uid=str(metadata.get("uid", "")),
        created_at=seconds(metadata.get("creationTimestamp")) or 0.0,
        bound_at=bound,
        stage=_stage(pod) if coming else None,
        started_at=began if began is not None or not over else None,
        finished_at=finished,
        exit_code=ended.get("exitCode") if ended else None,
        oom=ended.get("reason") == "OOMKilled",
        deleting=bool(metadata.get("deletionTimestamp")),
        failure=pod_failures.of_coming(pod, warnings) if coming else pod_failures.of_ended(pod) if over else None,
    )


def of_one(sights: Sequence[PodSight]) -> Observation:
    """An environment: its newest pod."""
    if not sights:
        return ABSENT
    sight = max(sights, key=lambda one: (one.created_at, not one.ended))
    return _ended((sight,), ours=False) if sight.ended else _alive((sight,), 1)


def of_task(sights: Sequence[PodSight], frame: Frame) -> Observation:
    """A task: all its pods, and the JobSet around them."""
    alive = [one for one in sights if not one.ended]
    if alive:
        return _alive(sights, frame.expected if frame.there else len(sights))
    if sights and (len(sights) >= frame.expected or not frame.there or frame.waits or frame.failed):
        return _closed(sights, frame)
    if frame.there and frame.failed:
        return Observation(Presence.ENDED, failure=_jobset_failed(frame.failed))
    return Observation(Presence.COMING) if frame.there else ABSENT


def _closed(sights: Sequence[PodSight], frame: Frame) -> Observation:
    """No pod is left: how they ended, or who ended them."""
    seen = _ended(sights, frame.ours)
    if seen.failure is not None or frame.ours or seen.exit_code == 0:
        return seen
    if frame.there and frame.waits:
        return replace(seen, failure=Failure(Reason.RESOURCES, Detail("detail.evicted")))
    by_hand = not frame.there and seen.exit_code in (None, STOPPED_CODE)
    return replace(seen, failure=Failure(Reason.NODE, Detail("detail.deleted-outside"))) if by_hand else seen


def _alive(sights: Sequence[PodSight], expected: int) -> Observation:
    bound = _first(one.bound_at for one in sights)
    coming = [one for one in sights if not one.ended and one.started_at is None]
    # Once one has ended, others may have gone unseen: nobody is waited for any more.
    missing = 0 if any(one.ended for one in sights) else expected - len(sights)
    if not coming and missing <= 0:
        started = max((one.started_at for one in sights if one.started_at is not None), default=None)
        return Observation(Presence.RUNNING, started_at=started, allocated_at=bound)
    order = list(Stage)
    stages = [one.stage for one in coming if one.stage is not None] + ([Stage.NODE] if missing > 0 else [])
    failure = next((one.failure for one in coming if one.failure is not None), None)
    stage = min(stages, key=order.index, default=Stage.NODE)
    return Observation(Presence.COMING, allocated_at=bound, stage=stage, failure=failure)


def _ended(sights: Sequence[PodSight], ours: bool) -> Observation:
    failed = sorted((one for one in sights if one.exit_code), key=_order_of_failure)
    first = failed[0] if failed else None
    unseen = [one for one in sights if one.exit_code is None]
    started = max((one.started_at for one in sights if one.started_at is not None), default=None)
    failure = next((one.failure for one in (*failed, *sights) if one.failure is not None), None)
    # Who was never started has no end that could have been missed.
    lost = first is None and failure is None and not ours and any(one.started_at is not None for one in unseen)
    return Observation(
        Presence.ENDED,
        started_at=started,
        ended_at=max((one.finished_at or one.gone_at or one.created_at for one in sights), default=None),
        exit_code=first.exit_code if first else None if unseen else 0,
        oom=any(one.oom for one in sights),
        lost=lost,
        allocated_at=_first(one.bound_at for one in sights),
        failure=failure,
    )


def _order_of_failure(sight: PodSight) -> tuple[bool, float]:
    """The cluster tells seconds only; who was stopped by us because another failed is not the first."""
    return sight.exit_code == STOPPED_CODE, sight.finished_at or 0.0


def of_jobs(warnings: Iterable[Warned]) -> Failure | None:
    """Why a task has no pods yet, where the cluster warned of what is to make them."""
    said = next((one.message for one in warnings if one.reason in pod_failures.UNMADE), None)
    return (
        None if said is None else Failure(Reason.CONFIGURATION, Detail("detail.pods-refused", said=said), final=False)
    )


def _jobset_failed(said: str) -> Failure:
    return Failure(Reason.CONFIGURATION, Detail("detail.pods-refused", said=said))


def _stage(pod: Object) -> Stage:
    status = pod.get("status") or {}
    if not (pod.get("spec") or {}).get("nodeName"):
        return Stage.NODE
    if not status.get("startTime"):
        return Stage.BOUND  # its kubelet has not taken it up yet
    ready = pod_failures.condition(status, "PodReadyToStartContainers")
    if ready is None or ready.get("status") != "True":
        return Stage.MOUNTS
    return Stage.STARTING if _container(status).get("imageID") else Stage.IMAGE


def _bound(pod: Object) -> float | None:
    if not (pod.get("spec") or {}).get("nodeName"):
        return None
    scheduled = pod_failures.condition(pod.get("status") or {}, "PodScheduled")
    at = (scheduled or {}).get("lastTransitionTime") or (pod.get("status") or {}).get("startTime")
    return seconds(at or pod["metadata"].get("creationTimestamp"))


def _container(status: Mapping[str, Any]) -> Mapping[str, Any]:
    found = status.get("containerStatuses") or ()
    return next((one for one in found if one.get("name") in CONTAINERS), found[0] if found else {})


def _last_change(status: Mapping[str, Any]) -> float | None:
    return max(
        (at for one in status.get("conditions") or () if (at := seconds(one.get("lastTransitionTime")))), default=None
    )


def _first(moments: Iterable[float | None]) -> float | None:
    return min((one for one in moments if one is not None), default=None)


def seconds(text: object) -> float | None:
    """A moment of the API in Unix seconds."""
    return datetime.fromisoformat(text).timestamp() if isinstance(text, str) else None
