"""KubeSpawner's watches of pods and events, which go on where its own give up.

Its own wait for about a minute while the API server is away. After that the hub would believe for as long as it lives
what it saw last: no start would ever be seen to succeed, and no end be noticed.
"""

from __future__ import annotations

from typing import Any

from kubespawner.reflector import ResourceReflector
from kubespawner.spawner import EventReflector, PodReflector


class _Patient(ResourceReflector):  # type: ignore[misc]
    """What was seen last stays until the API server answers again; then all is listed anew."""

    async def _watch_and_update(self) -> None:
        while not self._stopping:
            await super()._watch_and_update()


class PatientPods(_Patient, PodReflector):  # type: ignore[misc]
    """The pods that a hub made."""


class PatientEvents(_Patient, EventReflector):  # type: ignore[misc]
    """What is told of them."""


WATCHES = {"pods": PatientPods, "events": PatientEvents}
"""By the kinds that KubeSpawner names."""


def saw_nothing(watch: Any) -> bool:
    """Whether the very first look of a watch failed: what it has is nothing, and no more will come."""
    first = watch.first_load_future
    return bool(first.done() and (first.cancelled() or first.exception() is not None))
