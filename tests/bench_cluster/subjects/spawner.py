"""What our code adds to a KubeSpawner spawn of the same pod, with a real control plane's launch plan."""

from __future__ import annotations

import asyncio

from bench.figures import Figure, figure
from control_plane.platform import PREFIX
from gemini_spawner.plan import read_plan

from bench_cluster.place import Place
from bench_cluster.spawner import BOUND_MILLISECONDS, Start, added, added_p95, compare
from bench_cluster.world import living, make_zone

SUBJECT = "spawner"


def measure(place: Place) -> list[Figure]:
    """Both in turn, so many times."""
    return asyncio.run(_measure(place))


async def _measure(place: Place) -> list[Figure]:
    async with living(place.postgresql, make_zone()) as world:
        environment = await world.fill()
        plan = read_plan(await world.data("GET", f"/launch-plans/{environment}", person="spawner"))
        start = Start(plan, world.base + PREFIX + "api/v1", "token-of-spawner", world.api.namespace)
        pairs = await compare(start, place.sizes.spawns)
    of = f"what we add: p95 of {place.sizes.spawns} pairs"
    return [
        figure(SUBJECT, "ours: launch plan, settings, pod", "ms", pairs.ours),
        figure(SUBJECT, "KubeSpawner, the same pod", "ms", pairs.theirs),
        figure(SUBJECT, "what we add", "ms", added(pairs)),
        figure(SUBJECT, of, "ms", [added_p95(pairs)], "≤", BOUND_MILLISECONDS),
    ]
