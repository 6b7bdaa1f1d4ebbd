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


class Place(StrEnum):
    """What a row wants of the line."""

    AWAY = "away"
    """Nothing: it has ended, or there is none."""
    QUEUED = "queued"
    HOLDING = "holding"
    """It was admitted and lives."""


class LineStep(StrEnum):
    """What is done next about one in the line."""

    REST = "rest"
    JOIN = "join"
    """Let it stand there (again)."""
    LEAVE = "leave"
    ADMIT = "admit"
    EVICT = "evict"
    """It is stopped: what it had was taken back."""
    REQUEUE = "requeue"
    """It never got to a node: it waits again."""
    LOST = "lost"
    """It lives without a place: that is told."""
    HELD = "held"
    """It has its place (again)."""


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


def next_of_reservation(place: Place, standing: Standing, since: str, *, may: bool) -> LineStep:
    """The next step of an environment; `may`: nothing but the line keeps it, `since`: of this life of it."""
    if place == Place.AWAY:
        return LineStep.REST if standing.stand == Stand.GONE else LineStep.LEAVE
    if place == Place.HOLDING:
        steps = {Stand.GONE: LineStep.JOIN, Stand.EVICTED: LineStep.EVICT, Stand.WAITING: LineStep.LOST}
        return steps.get(standing.stand, LineStep.HELD)
    if standing.stand == Stand.GONE:
        return LineStep.JOIN if may else LineStep.REST
    if not may or standing.since != since:
        return LineStep.LEAVE
    if standing.stand == Stand.EVICTED:
        # What nobody owns never comes back by itself: it is made anew, unless somebody switched it off.
        return LineStep.EVICT if standing.final else LineStep.LEAVE
    return LineStep.ADMIT if standing.stand == Stand.ADMITTED else LineStep.REST


def next_of_task(place: Place, standing: Standing, *, may: bool, bound: bool) -> LineStep:
    """The next step of a task; `may` as above, `bound`: it got to a node."""
    if place == Place.AWAY:
        return LineStep.REST if standing.stand == Stand.GONE else LineStep.LEAVE
    if place == Place.HOLDING:
        return _of_held_task(standing, bound)
    if standing.stand == Stand.GONE:
        return LineStep.JOIN if may else LineStep.REST
    if not may:
        return LineStep.LEAVE
    if standing.stand == Stand.EVICTED and standing.final:
        return LineStep.EVICT
    return LineStep.ADMIT if standing.stand == Stand.ADMITTED else LineStep.REST


def _of_held_task(standing: Standing, bound: bool) -> LineStep:
    if standing.stand in (Stand.GONE, Stand.ADMITTED):
        return LineStep.REST
    # Kueue has suspended it, and its pods are gone: what it did until now is lost with them.
    return LineStep.EVICT if bound or standing.final else LineStep.REQUEUE
