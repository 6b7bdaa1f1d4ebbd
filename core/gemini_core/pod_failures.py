"""Why a pod does not come or how it was ended, in our reasons: from its status and the cluster's warnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gemini_core.observations import Failure
from gemini_core.reasons import Detail, Reason

Pod = Mapping[str, Any]
BAD_IMAGES = frozenset({"InvalidImageName", "ErrImageNeverPull"})
UNREACHED_IMAGES = frozenset({"ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "ImageInspectError"})
BAD_CONTAINERS = frozenset({"CreateContainerError", "CreateContainerConfigError", "RunContainerError", "StartError"})
BACK_OFF = "ImagePullBackOff"
UNMOUNTED = frozenset({"FailedMount", "FailedAttachVolume", "FailedMapVolume"})
UNMADE = frozenset({"FailedCreatePodSandBox", "FailedCreate"})
NODE_GONE = frozenset({"DeletionByTaintManager", "DeletionByPodGC"})
STORAGE = "ephemeral"
REPLACED = "gemini: replaced"
"""The last word of a runner whose task's output was not its own folder any more."""


@dataclass(frozen=True)
class Warned:
    """A warning of the cluster about an object: its word for it, and its text."""

    reason: str
    message: str


def of_coming(pod: Pod, warnings: Iterable[Warned] = ()) -> Failure | None:
    """What keeps a pod from starting; None where nothing does. Not final what may still change by itself."""
    status = pod.get("status") or {}
    if not (pod.get("spec") or {}).get("nodeName"):
        return _unscheduled(status)
    return _waiting(status) or _warned(warnings)


def of_ended(pod: Pod) -> Failure | None:
    """Who ended a pod from outside; None where it ended by itself (its exit code says how)."""
    status = pod.get("status") or {}
    said = str(status.get("message") or "")
    if status.get("reason") == "Evicted":
        name = "detail.pod-storage-full" if STORAGE in said else "detail.pod-evicted"
        return Failure(Reason.NODE, Detail(name, _node(pod), said))
    if status.get("reason") in ("NodeLost", "NodeShutdown", "Terminated", "NodeAffinity"):
        return Failure(Reason.NODE, Detail("detail.node-lost", _node(pod), said))
    disruption = condition(status, "DisruptionTarget")
    if disruption is not None and disruption.get("status") == "True":
        return _disrupted(pod, disruption)
    if status.get("reason") in ("OutOfcpu", "OutOfmemory", "OutOfpods", "UnexpectedAdmissionError"):
        return Failure(Reason.NODE, Detail("detail.pod-refused", _node(pod), said))
    if status.get("reason") == "DeadlineExceeded":
        return Failure(Reason.TIMEOUT, Detail("detail.evicted-time", said=said))
    return Failure(Reason.CONFIGURATION, Detail("detail.output-replaced")) if _was_replaced(status) else None


def _was_replaced(status: Mapping[str, Any]) -> bool:
    ends = ((one.get("state") or {}).get("terminated") or {} for one in status.get("containerStatuses") or ())
    return any(end.get("message") == REPLACED for end in ends)


def _disrupted(pod: Pod, found: Mapping[str, Any]) -> Failure:
    names = {"PreemptionByScheduler": "detail.pod-preempted", "EvictionByEvictionAPI": "detail.pod-drained"}
    reason = str(found.get("reason", ""))
    fallback = "detail.node-lost" if reason in NODE_GONE else "detail.pod-evicted"
    said = str(found.get("message", ""))
    return Failure(Reason.NODE, Detail(names.get(reason, fallback), _node(pod), said))


def _unscheduled(status: Mapping[str, Any]) -> Failure | None:
    found = condition(status, "PodScheduled")
    if found is None or found.get("status") != "False" or found.get("reason") != "Unschedulable":
        return None
    detail = Detail("detail.pod-unschedulable", said=str(found.get("message", "")))
    return Failure(Reason.RESOURCES, detail, final=False)


def _waiting(status: Mapping[str, Any]) -> Failure | None:
    for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        waiting = (container.get("state") or {}).get("waiting") or {}
        word, said = str(waiting.get("reason", "")), str(waiting.get("message", ""))
        image = str(container.get("image", ""))
        if word in BAD_IMAGES:
            return Failure(Reason.IMAGE, Detail("detail.image-unusable", image, said))
        if word in UNREACHED_IMAGES:
            return Failure(Reason.IMAGE, Detail("detail.image-unreached", image, said), final=False)
        if word in BAD_CONTAINERS:
            return Failure(Reason.CONFIGURATION, Detail("detail.container-refused", said=said))
    return None


def _warned(warnings: Iterable[Warned]) -> Failure | None:
    for one in warnings:
        if one.reason in UNMOUNTED:
            return Failure(Reason.NODE, Detail("detail.pod-unmounted", said=one.message), final=False)
        if one.reason in UNMADE:
            return Failure(Reason.NODE, Detail("detail.pod-unmade", said=one.message), final=False)
    return None


def condition(status: Mapping[str, Any], type_: str) -> Mapping[str, Any] | None:
    """The condition of that type; None where there is none."""
    return next((one for one in status.get("conditions") or () if one.get("type") == type_), None)


def _node(pod: Pod) -> str:
    return str((pod.get("spec") or {}).get("nodeName") or "")
