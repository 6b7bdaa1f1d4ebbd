"""Many tasks wait in the queue, run on many nodes and end: what that takes of the control plane.

A first round, of fewer, is its warm-up. What is compared is its memory at rest: before the many came, and after the
cluster has nothing of them any more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from bench.figures import Figure, figure
from bench.running import NotHere
from gemini_control.backends.kubernetes.api import JOBSETS, PODS, WORKLOADS

from bench_cluster import fake_nodes
from bench_cluster.fake_nodes import CARDS, Ends
from bench_cluster.place import Place
from bench_cluster.process import Process, observed
from bench_cluster.watching import Seen, watching
from bench_cluster.world import CORES, World, living, until

SUBJECT = "queue"
AT_ONCE = 8
LONG = 900.0
LOOK_SECONDS = 1.0
BOUND = 1.25


@dataclass
class Round:
    """What one round took: seconds, and of the processor of the control plane, by what was done."""

    seconds: dict[str, float] = field(default_factory=dict)
    cores: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    left: int = 0


def measure(place: Place) -> list[Figure]:
    """Where nobody names a program that makes nodes, it cannot be measured."""
    if fake_nodes.program() is None:
        raise NotHere(f"{fake_nodes.VARIABLE} names no program that makes nodes which pretend to run pods")
    place.say(f"making {place.sizes.nodes} nodes")
    with fake_nodes.made(place.sizes.nodes) as zone:
        return asyncio.run(_measure(place, dict(zone)))


async def _measure(place: Place, zone: dict[str, object]) -> list[Figure]:
    async with living(place.postgresql, zone) as world, observed(world.pid) as process:
        crowd = Crowd(place, world, process)
        await world.fill()
        await crowd.round(place.sizes.first)
        await asyncio.sleep(place.sizes.rest_seconds)
        before = process.memory()
        place.say(f"{before:.0f} MiB after the first {place.sizes.first}")
        found = await crowd.round(place.sizes.tasks)
        await asyncio.sleep(place.sizes.rest_seconds)
        after = process.memory()
        return _figures(place, found, (before, process.most, after))


class Crowd:
    """Rounds of tasks."""

    def __init__(self, place: Place, world: World, process: Process) -> None:
        self.place = place
        self.world = world
        self.process = process
        self.rounds = 0

    async def round(self, count: int) -> Round:
        """So many tasks wait, run, end, and are gone from the cluster."""
        found = Round()
        self.rounds += 1
        await self.world.limit(CORES)
        async with (
            watching(self.world.api, JOBSETS) as jobsets,
            watching(self.world.api, WORKLOADS) as workloads,
            watching(self.world.api, PODS) as pods,
        ):
            others = len(workloads.there)
            wait = self.place.sizes.rest_seconds
            await self._timed(found, "submitted", self._submit(count))
            await self._timed(found, "made", self._made(jobsets, count))
            await self._timed(found, "queued", self._stand(workloads, count + others))
            await self._timed(found, "waited", asyncio.sleep(wait))
            await self.world.limit(None)
            running = min(count, self.place.sizes.nodes)
            await self._timed(found, "running", self._reached("running", running))
            await self._timed(found, "ended", self._end(pods, running))
            await self._timed(found, "stopped", self._stop())
            await self._timed(found, "gone", self._gone(jobsets))
            found.left = len(jobsets.there)
        return found

    async def _timed(self, found: Round, name: str, step: Awaitable[None]) -> None:
        began, used = time.perf_counter(), self.process.seconds()
        await step
        took = time.perf_counter() - began
        found.seconds[name], found.cores[name] = took, (self.process.seconds() - used) / took
        found.memory[name] = self.process.memory()
        said = f"{took:.1f} s, {found.cores[name]:.2f} cores, {found.memory[name]:.0f} MiB"
        self.place.say(f"round {self.rounds}: {name} after {said}")

    async def _submit(self, count: int) -> None:
        left = iter(range(count))

        async def some() -> None:
            for number in left:
                await self.world.submit(f"bench {self.rounds}-{number}", cards=CARDS)

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))

    async def _reached(self, state: str, count: int) -> None:
        async def enough() -> bool:
            return await self.world.count(state) >= count

        await until(enough, f"{count} tasks are {state}", LONG, LOOK_SECONDS)

    async def _end(self, pods: Seen, count: int) -> None:
        before = await self.world.count("succeeded")
        async with _cancelled_at_end(Ends(self.world.api, pods).end_all()):
            await self._reached("succeeded", count + before)

    async def _made(self, jobsets: Seen, count: int) -> None:
        await jobsets.until(lambda: len(jobsets.there) >= count, f"{count} JobSets are there", LONG)

    async def _stand(self, workloads: Seen, count: int) -> None:
        await workloads.until(lambda: len(workloads.there) >= count, f"{count} stand in the queue", LONG)

    async def _stop(self) -> None:
        """Those that did not end."""
        while found := await self.world.alive():
            left = iter(found)

            async def some(left: Iterator[str] = left) -> None:
                for task in left:
                    await self.world.data("POST", f"/training-tasks/{task}/stop")

            await asyncio.gather(*(some() for _ in range(AT_ONCE)))

    async def _gone(self, jobsets: Seen) -> None:
        # The cluster takes its time to collect what belonged to them; we have nothing more to do with that.
        with suppress(TimeoutError):
            await jobsets.until(lambda: not jobsets.there, "no JobSet is left", self.place.sizes.patience_seconds)


@asynccontextmanager
async def _cancelled_at_end(work: Awaitable[None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _figures(place: Place, found: Round, memory: tuple[float, float, float]) -> list[Figure]:
    sizes, seconds, cores = place.sizes, found.seconds, found.cores
    tasks = f"{sizes.tasks:,} tasks"
    before, most, after = memory
    lines = [
        (f"{tasks} submitted, {AT_ONCE} at once", "s", seconds["submitted"]),
        ("then: until each of them has its JobSet", "s", seconds["made"]),
        ("then: until Kueue has all of them in its queue", "s", seconds["queued"]),
        ("processor of the control plane while they were submitted", "cores", cores["submitted"]),
        ("processor while they wait", "cores", cores["waited"]),
        (f"let go → one on each of {sizes.nodes} nodes runs", "s", seconds["running"]),
        ("processor meanwhile", "cores", cores["running"]),
        (f"then: until {sizes.nodes} have ended, each followed by the next", "s", seconds["ended"]),
        ("processor meanwhile, with all positions told anew", "cores", cores["ended"]),
        ("then: all others stopped", "s", seconds["stopped"]),
        ("JobSets that the cluster is still taking away a while later", "", float(found.left)),
        (f"memory of the control plane at rest, after a first {sizes.first} tasks", "MiB", before),
        (f"memory while {tasks} wait", "MiB", found.memory["waited"]),
        ("the most that was seen", "MiB", most),
        (f"memory at rest, after these {tasks}", "MiB", after),
    ]
    plain = [figure(SUBJECT, of, unit, [value]) for of, unit, value in lines]
    return [*plain, figure(SUBJECT, "memory at rest, after / before", "×", [after / before], "≤", BOUND)]
