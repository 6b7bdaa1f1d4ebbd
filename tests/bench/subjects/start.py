"""The second start: everything of `gemini up`, beside a hub without us with the same proxy."""

from __future__ import annotations

import signal
import time

from platform_fixture import Platform, running_platform

from bench.figures import Figure, Names, compared
from bench.peers import BareHub
from bench.place import Place
from bench.spreads import in_turn

SUBJECT = "start"


def measure(place: Place) -> list[Figure]:
    """Both have been started before, so that databases, keys and the sample are there."""
    hub = place.plain_hub
    hub.stop()
    with running_platform() as platform:
        platform.signal(signal.SIGTERM)
        pairs = in_turn(place.sizes.rounds, lambda: ours(platform), lambda: theirs(hub))
        platform.start()
    hub.start()
    names = Names(
        "gemini up → ready: sandbox tried, database checked, proxy, hub, control plane",
        "a bare hub that starts the same proxy → answers",
        "ours / bare hub",
    )
    return compared(SUBJECT, names, "s", pairs, "≤", 1.5)


def ours(platform: Platform) -> float:
    """Seconds until it says that it is ready."""
    began = time.perf_counter()
    platform.start()
    took = time.perf_counter() - began
    platform.signal(signal.SIGTERM)
    return took


def theirs(hub: BareHub) -> float:
    """Seconds until it answers through the proxy."""
    took = hub.start()
    hub.stop()
    return took
