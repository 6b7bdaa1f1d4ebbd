"""Where somebody stands in a cluster's line, as the conditions of a Workload tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gemini_core.reasons import Detail, Reason


class Stand(StrEnum):
    """Where one stands."""

    GONE = "gone"
    """Nothing stands there."""
    WAITING = "waiting"
    ADMITTED = "admitted"
    EVICTED = "evicted"
    """What was given is taken back, or it may not wait any longer."""


@dataclass(frozen=True)
class Standing:
    """Where a holder stands. `flavors` are where it was placed, `said` is what Kueue says.

    `since` is the reservation's own (`queues.SINCE`); `uid` names this very object. `final`: it never comes back
    by itself.
    """

    stand: Stand
    said: str = ""
    why: str = ""
    flavors: tuple[str, ...] = ()
    since: str = ""
    uid: str = ""
    final: bool = False


GONE = Standing(Stand.GONE)
DEACTIVATED = "Deactivated"
_EVICTIONS = {
    "Preempted": (Reason.RESOURCES, "detail.evicted-preempted"),
    "PodsReadyTimeout": (Reason.RESOURCES, "detail.evicted-late"),
    "AdmissionCheck": (Reason.RESOURCES, "detail.evicted-check"),
    "ClusterQueueStopped": (Reason.RESOURCES, "detail.evicted-stopped"),
    "LocalQueueStopped": (Reason.RESOURCES, "detail.evicted-stopped"),
    "NodeFailures": (Reason.NODE, "detail.evicted-node"),
    "MaximumExecutionTimeExceeded": (Reason.TIMEOUT, "detail.evicted-time"),
    DEACTIVATED: (Reason.RESOURCES, "detail.evicted-deactivated"),
}


def standing_of(workload: Mapping[str, Any] | None, since: str = "") -> Standing:
    """What a Workload tells; `since` is what its annotation holds."""
    if workload is None or workload.get("metadata", {}).get("deletionTimestamp"):
        return GONE
    uid = str(workload["metadata"].get("uid", ""))
    status = workload.get("status") or {}
    conditions = {one["type"]: one for one in status.get("conditions") or ()}
    evicted = conditions.get("Evicted", {})
    if workload.get("spec", {}).get("active") is False:
        # It may still read Admitted, with no quota: the owner of a Workload clears that, and nobody owns ours.
        return Standing(Stand.EVICTED, evicted.get("message", ""), DEACTIVATED, since=since, uid=uid, final=True)
    if evicted.get("status") == "True":
        return Standing(Stand.EVICTED, evicted.get("message", ""), evicted.get("reason", ""), since=since, uid=uid)
    if conditions.get("Admitted", {}).get("status") == "True":
        return Standing(Stand.ADMITTED, flavors=flavors_of(status), since=since, uid=uid)
    reserved = conditions.get("QuotaReserved", {})
    return Standing(Stand.WAITING, reserved.get("message", ""), reserved.get("reason", ""), since=since, uid=uid)


def flavors_of(status: Mapping[str, Any]) -> tuple[str, ...]:
    """The flavors that all parts of a Workload were placed in, each once."""
    parts: Iterable[Mapping[str, Any]] = (status.get("admission") or {}).get("podSetAssignments") or ()
    return tuple(dict.fromkeys(name for part in parts for name in (part.get("flavors") or {}).values()))


def why_evicted(standing: Standing) -> tuple[Reason, Detail]:
    """Why something was taken out of the line, in words; Kueue's own beside them."""
    reason, name = _EVICTIONS.get(standing.why.removesuffix("DueToRequeuingLimitExceeded"), (None, ""))
    return reason or Reason.RESOURCES, Detail(name or "detail.evicted", said=standing.said)
