"""How a part of the platform is, decided from what was seen of it. Texts are `health.X`, and `remedy.health.X` where
there is something to do; `diagnoses` has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MB = 2**20
GB = 2**30
DISK_LOW_PERCENT, DISK_LOW_BYTES = 10, 10 * GB
DISK_FULL_BYTES = 512 * MB
LAG_SECONDS = 0.5
STEP_SECONDS = 2.0
OK_STATUS, MISSING_STATUS, SERVER_ERROR = 200, 404, 500


class Health(StrEnum):
    """Unknown is no guess in either direction: it could not be seen."""

    OK = "ok"
    UNKNOWN = "unknown"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Verdict:
    """`name` is what is said (`health.<name>`) with `params`; `detail` is what a machine said, shown as it is."""

    state: Health
    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    detail: str | None = None


def worst(states: Iterable[Health]) -> Health:
    """The state of the whole: that of its worst part."""
    order = tuple(Health)
    return max(states, key=order.index, default=Health.UNKNOWN)


def of_proxy(status: int | None) -> Verdict:
    """By the HTTP status with which our own health answers through it; None: nobody answers."""
    if status is None:
        return Verdict(Health.FAILED, "proxy-silent")
    if status != OK_STATUS:
        return Verdict(Health.FAILED, "proxy-astray", {"status": status})
    return Verdict(Health.OK, "proxy-ok")


def of_hub(status: int | None) -> Verdict:
    """By the status with which its API answers our token; None: nobody answers."""
    if status is None:
        return Verdict(Health.FAILED, "hub-silent")
    if status >= SERVER_ERROR:
        return Verdict(Health.FAILED, "hub-failing", {"status": status})
    if status != OK_STATUS:
        return Verdict(Health.FAILED, "hub-refuses", {"status": status})
    return Verdict(Health.OK, "hub-ok")


def of_lag(seconds: float) -> Verdict:
    """By the longest that the control plane let its own events wait in the last minute."""
    if seconds > LAG_SECONDS:
        return Verdict(Health.WARNING, "control-slow", {"lag": round(seconds * 1000)})
    return Verdict(Health.OK, "control-ok")


def of_schema(found: str | None, needed: str) -> Verdict:
    """By the version of the database's schema; one that can be written is at hand."""
    if found != needed:
        return Verdict(Health.FAILED, "database-version", {"found": found or "–", "needed": needed})
    return Verdict(Health.OK, "database-ok")


def of_disk(free: int, total: int, free_files: int | None) -> Verdict:
    """By the bytes that are free, and the files that can still be made (None: without limit)."""
    if free_files == 0:
        return Verdict(Health.FAILED, "disk-files")
    if free < DISK_FULL_BYTES:
        return Verdict(Health.FAILED, "disk-full")
    if free < DISK_LOW_BYTES and free * 100 < DISK_LOW_PERCENT * total:
        return Verdict(Health.WARNING, "disk-low")
    return Verdict(Health.OK, "disk-ok")


def of_sandbox(mode: str, apt: bool, limits: bool, lacks: Iterable[str]) -> Verdict:
    """By what sandboxes can do here; `lacks` is what the trial said."""
    if mode == "plain":
        return Verdict(Health.WARNING, "sandbox-plain", detail="\n".join(lacks) or None)
    if not limits:
        return Verdict(Health.WARNING, f"sandbox-unlimited-{mode}")
    if not apt:
        return Verdict(Health.OK, "sandbox-person")
    return Verdict(Health.OK, "sandbox-ok")


def of_prices(fault: str | None) -> Verdict:
    """By what is wrong with the file of prices."""
    if fault is not None:
        return Verdict(Health.WARNING, "prices-fault", detail=fault)
    return Verdict(Health.OK, "prices-ok")


def of_clock(step: float) -> Verdict:
    """By how far the wall clock was set in the last day, in seconds (signed)."""
    if abs(step) > STEP_SECONDS:
        return Verdict(Health.WARNING, "clock-stepped", {"seconds": f"{step:+.0f}"})
    return Verdict(Health.OK, "clock-ok")


def of_supervisor(held: bool | None) -> Verdict:
    """By whether the platform's lock is held; None: that cannot be seen here."""
    if held is None:
        return Verdict(Health.UNKNOWN, "supervisor-unseen")
    if not held:
        return Verdict(Health.WARNING, "supervisor-gone")
    return Verdict(Health.OK, "supervisor-ok")


def of_replicas(count: int, *, led: bool) -> Verdict:
    """By how many control planes there are, and whether one of them leads."""
    if not led:
        return Verdict(Health.FAILED, "replicas-leaderless")
    if count < 2:
        return Verdict(Health.WARNING, "replicas-single")
    return Verdict(Health.OK, "replicas-ok")


def of_api(status: int, said: str) -> Verdict:
    """By the status with which a cluster's API answers; 0: nobody answers."""
    if status == 0 or status >= SERVER_ERROR:
        return Verdict(Health.FAILED, "kubernetes-silent", detail=said or None)
    if status != OK_STATUS:
        return Verdict(Health.FAILED, "kubernetes-refuses", {"status": status}, said or None)
    return Verdict(Health.OK, "kubernetes-ok")


def of_nodes(ready: int, total: int) -> Verdict:
    """By how many nodes of a cluster take work."""
    if ready == 0:
        return Verdict(Health.FAILED, "nodes-none")
    if ready < total:
        return Verdict(Health.WARNING, "nodes-some", {"ready": ready, "total": total})
    return Verdict(Health.OK, "nodes-ok", {"ready": ready, "total": total})


def of_extension(status: int, kind: str, said: str) -> Verdict:
    """By the status with which a kind that an extension brings can be listed; 0: nobody answers."""
    if status == MISSING_STATUS:
        return Verdict(Health.FAILED, "extension-missing", {"kind": kind})
    if status != OK_STATUS:
        return Verdict(Health.FAILED, "extension-silent", {"status": status}, said or None)
    return Verdict(Health.OK, "extension-ok")
