"""A pod's way to its first process, told in words as it happens, and when to stop hoping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gemini_core.errors import Unavailable
from gemini_core.observations import Failure
from gemini_core.pod_failures import Warned
from gemini_core.pod_sights import PodSight
from gemini_core.reasons import Reason

Event = Mapping[str, Any]
WARNING = "Warning"
SIGNALLED = 128
_WORDS = {
    "FailedScheduling": (25, "pod.waits"),
    "TriggeredScaleUp": (25, "pod.node-coming"),
    "NotTriggerScaleUp": (25, "pod.waits"),
    "Scheduled": (40, "pod.bound"),
    "Pulling": (50, "pod.pulling"),
    "Pulled": (60, "pod.pulled"),
    "FailedMount": (45, "pod.mount-fails"),
    "FailedAttachVolume": (45, "pod.mount-fails"),
}
"""Reasons of events that everybody's cluster gives: how far the start is, and its sentence."""
_ERRORS = {
    Reason.IMAGE: "spawn-pod-image",
    Reason.RESOURCES: "spawn-pod-node-missing",
    Reason.CONFIGURATION: "spawn-pod-configuration",
    Reason.OUT_OF_MEMORY: "spawn-pod-memory",
    Reason.NODE: "spawn-pod-lost",
}


@dataclass(frozen=True)
class Line:
    """One step: how far the start is in percent, the name of a sentence and what it mentions."""

    percent: int
    name: str
    said: str = ""
    image: str = ""


@dataclass
class Story:
    """What was told of one pod; each sentence once. `last` is the last trouble, for whoever gives up."""

    last: str = ""
    _told: set[Line] = field(default_factory=set)

    def news(self, sight: PodSight, events: Iterable[Event]) -> list[Line]:
        """What is new since the last time."""
        lines = [line for line in map(_line, events) if line is not None]
        if sight.started_at is not None:
            lines.append(Line(70, "pod.started"))
        new = [line for line in dict.fromkeys(lines) if line not in self._told]
        self._told.update(new)
        trouble = [line.said for line in new if line.said]
        self.last = trouble[-1] if trouble else self.last
        return new


@dataclass
class Patience:
    """How long trouble may last, in seconds, before a start is given up: what cannot be placed, all else."""

    schedule_seconds: float
    retry_seconds: float
    _since: dict[Reason, float] = field(default_factory=dict)

    def judge(self, sight: PodSight, now: float) -> Unavailable | None:
        """The error of a start that is to be given up; `now` only grows. None: go on hoping."""
        if sight.ended:
            return error_of_end(sight)
        failure = sight.failure
        if failure is None:
            self._since.clear()
            return None
        since = self._since.setdefault(failure.reason, now)
        limit = self.schedule_seconds if failure.reason == Reason.RESOURCES else self.retry_seconds
        return error_of(failure) if failure.final or now - since >= limit else None


def error_of(failure: Failure) -> Unavailable:
    """What a start is told that failed of it."""
    said = failure.detail.said.strip().rstrip(".")
    return Unavailable(_ERRORS.get(failure.reason, "spawn-pod-configuration"), detail=said)


def error_of_end(sight: PodSight) -> Unavailable:
    """What a start is told whose pod ended."""
    if sight.oom:
        return Unavailable("spawn-pod-memory")
    if sight.failure is not None:
        return error_of(sight.failure)
    if sight.exit_code is None:
        return Unavailable("spawn-lost")
    if sight.exit_code > SIGNALLED:
        return Unavailable("spawn-killed", signal=sight.exit_code - SIGNALLED)
    return Unavailable("spawn-ended-silently", code=sight.exit_code)


def warnings_of(events: Iterable[Event]) -> tuple[Warned, ...]:
    """The warnings among the events, the newest first."""
    warned = (Warned(str(one.get("reason")), str(one.get("message"))) for one in events if one.get("type") == WARNING)
    return tuple(reversed(tuple(warned)))


def _line(event: Event) -> Line | None:
    reason, said = event.get("reason") or "", str(event.get("message") or "").strip().rstrip(".")
    known = _WORDS.get(reason)
    if reason in ("Failed", "BackOff"):
        # The kubelet has one reason for images and containers; only its sentence tells.
        about_image = "image" in said.lower()
        return Line(50, "pod.pull-fails", said) if about_image else Line(60, "pod.fails", said)
    if known is None:
        return Line(40, "pod.said", said) if event.get("type") == WARNING and said else None
    percent, name = known
    if name == "pod.pulling":
        return Line(percent, name, image=_quoted(said))
    return Line(percent, name, said if percent in (25, 45) else "")


def _quoted(said: str) -> str:
    parts = said.split('"')
    return parts[1] if len(parts) > 1 else said
