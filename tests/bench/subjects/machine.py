"""The controls: what the machine's disk and loopback do at best while all this is measured."""

from __future__ import annotations

from bench.figures import Figure
from bench.machine import controls
from bench.place import Place


def measure(place: Place) -> list[Figure]:
    """The controls."""
    return controls(place.folder())
