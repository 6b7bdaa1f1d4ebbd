"""From submitting a task over HTTP to the moment at which its JobSet is there, seen by a watch of our own."""

from __future__ import annotations

import asyncio
import time
from statistics import median

from bench.figures import Figure, figure
from bench.spreads import percentile
from gemini_control.backends.kubernetes.api import JOBSETS, Cluster, Kind

from bench_cluster.place import Place
from bench_cluster.watching import watching
from bench_cluster.world import PATIENCE, living, make_zone

SUBJECT = "submission"
RATE = 2.0
WARM = 5
CONFIG_MAPS = Kind("v1", "configmaps", "ConfigMap")


def measure(place: Place) -> list[Figure]:
    """At a steady rate; all of them wait, so that nothing else than their coming is measured."""
    return asyncio.run(_measure(place))


async def _measure(place: Place) -> list[Figure]:
    answered: list[float] = []
    created: list[float] = []
    async with living(place.postgresql, make_zone()) as world:
        await world.fill()
        plain = await _plain(world.api, place.sizes.submissions)
        async with watching(world.api, JOBSETS) as jobsets:
            began = time.perf_counter()
            for number in range(WARM + place.sizes.submissions):
                await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
                sent = time.perf_counter()
                task = await world.submit(f"bench {number}")
                answer = time.perf_counter()
                await jobsets.until(lambda: task in jobsets.came, f"the JobSet {task}", PATIENCE)  # noqa: B023
                answered.append(1000 * (answer - sent))
                created.append(1000 * (jobsets.came[task] - sent))
    answered, created = answered[WARM:], created[WARM:]
    of = f"a task submitted, {RATE:g} a second"
    return [
        figure(SUBJECT, "control: a small object made through the same API, median", "ms", [median(plain)]),
        figure(SUBJECT, "control: the same, p99", "ms", [percentile(plain, 0.99)]),
        figure(SUBJECT, f"{of} → answered, durable: median", "ms", [median(answered)]),
        figure(SUBJECT, f"{of} → its JobSet is there: median", "ms", [median(created)]),
        figure(
            SUBJECT, f"{of} → its JobSet is there: p99 of {len(created)}", "ms", [percentile(created, 0.99)], "<", 300
        ),
    ]


async def _plain(cluster: Cluster, count: int) -> list[float]:
    taken = []
    for number in range(count):
        began = time.perf_counter()
        await cluster.create(CONFIG_MAPS, {"metadata": {"name": f"control-{number}"}})
        taken.append(1000 * (time.perf_counter() - began))
    return taken
