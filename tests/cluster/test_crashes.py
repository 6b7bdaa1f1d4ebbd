"""The control plane dies at every point of a submission to a real cluster, and the end is the same, nothing is left.

Points are every commit and both sides of every call of the cluster's API that changes something. Some are tried each
time; `GEMINI_CLUSTER_POINTS=all` tries all (minutes), any other text those that hold it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster.lined import cut_down, make_plan
from control_plane.fake_backend import FakeBackend
from control_plane.world import fill_data, fill_people
from faults import picture
from faults.acts import create, do, submit, until
from faults.conftest import memory, quick
from faults.life import Act, Life, play
from faults.points import Points, Tried
from faults.world import World
from gemini_control.backends.kubernetes.api import JOBSETS, NETWORK_POLICIES, WORKLOADS, Cluster, Kind
from gemini_control.backends.kubernetes.backend import KubernetesBackend
from gemini_control.home import Home
from gemini_control.store.database import Store
from gemini_core.cluster_plan import ClusterPlan
from gemini_core.observations import Observation

__all__ = ["memory", "quick"]
pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]
CHOSEN = os.environ.get("GEMINI_CLUSTER_POINTS", "")
USUAL = (
    "commit Tasks.create.write #1",
    "after create of a NetworkPolicy #1",
    "before create of a JobSet #1",
    "after create of a JobSet #1",
    "after delete of a JobSet #1",
    "commit Environments.create.write #1",
    "after create of a Workload #1",
    "after delete of a Workload #1",
)
"""Points that are tried where none were asked for."""
SMALL = {"availabilityZone": "local", "gpuType": "", "gpuCount": 0, "cpuCores": 0.1, "memory": 0.25, "image": "local"}
HELD = (JOBSETS, NETWORK_POLICIES, WORKLOADS)
CHANGES = ("create", "ensure", "apply", "patch", "delete")


class TriedCluster(Cluster):
    """A client whose every change is two points."""

    points: Points

    async def _around(self, verb: str, kind: Kind, work: Any) -> Any:
        await self.points.reach(f"before {verb} of a {kind.name}")
        try:
            return await work
        finally:
            await self.points.reach(f"after {verb} of a {kind.name}")


def _tried(verb: str) -> Any:
    async def call(self: TriedCluster, kind: Kind, *args: Any, **options: Any) -> Any:
        return await self._around(verb, kind, getattr(Cluster, verb)(self, kind, *args, **options))

    return call


for _verb in CHANGES:
    setattr(TriedCluster, _verb, _tried(_verb))


class Divided(KubernetesBackend):
    """Tasks are the cluster's; pods of environments, which a hub would make, are told by the world."""

    told: FakeBackend

    async def observe(self, holder: str) -> Observation:
        """Who tells of it is asked."""
        return await (self.told.observe(holder) if holder in self.told.alive else super().observe(holder))

    async def holders(self) -> frozenset[str]:
        """Of both."""
        return await super().holders() | await self.told.holders()

    async def stop(self, holder: str, grace_seconds: float) -> Observation:
        """By whom it is held."""
        return await (
            self.told.stop(holder, grace_seconds) if holder in self.told.alive else super().stop(holder, grace_seconds)
        )

    async def remove(self, holder: str) -> None:
        """By whom it was held."""
        await (self.told.remove(holder) if holder in self.told.alive else super().remove(holder))

    async def key(self, environment_id: str) -> str | None:
        """As the world's pods have it."""
        return await self.told.key(environment_id)


class OnCluster(World):
    """A world whose place of work is a cluster; each life has a way to it of its own."""

    plan: ClusterPlan

    def place(self, points: Points) -> Any:
        """The place of work of one life."""
        api = TriedCluster(self.plan.namespace)
        api.points = points
        backend = Divided(self.home, self.plan, api)
        backend.told = self.backend
        return Tried(backend, "backend", points)


@pytest.fixture
def make_clustered(
    fresh_database: Path, memory: Path, quick: None, cluster_namespace: str
) -> Iterator[Callable[[], OnCluster]]:
    """Makes worlds over one namespace and one tree of queues."""
    plan = make_plan(cluster_namespace)
    made = 0

    def make() -> OnCluster:
        nonlocal made
        made += 1
        folder = memory / f"world-{made}"
        folder.mkdir()
        shutil.copy(fresh_database, folder / "control.sqlite")
        Home(folder).prepare()
        store = Store(Home(folder).database_url)
        store.write_now(fill_people)
        store.write_now(fill_data)
        store.close()
        (folder / "store" / "projects" / "prj-aaaaaaaaaa" / "code").mkdir(parents=True)
        world = OnCluster(folder)
        world.plan = plan
        return world

    yield make
    asyncio.run(_clear(cluster_namespace, plan))


async def _clear(namespace: str, plan: ClusterPlan) -> None:
    cluster = Cluster(namespace)
    await cut_down(cluster, plan)
    await cluster.close()


def on_cluster(kind: Kind, name: str, there: bool) -> Act:
    """Wait until the cluster has, or has not, the object that is named after the row."""

    async def act(life: Life) -> None:
        api = life.app.backend.api

        async def look() -> bool:
            return (await api.get(kind, life.world.known[name]) is not None) is there

        await life.until(look, f"{kind.name} {'there' if there else 'gone'}")

    return act


async def nothing_left(life: Life) -> None:
    """Wait until the cluster has nothing of anybody."""
    api = life.app.backend.api

    async def look() -> bool:
        return not [one for kind in HELD for one in (await api.list(kind))[0]]

    await life.until(look, "clear")


TASK = (
    submit(resourceConfig=SMALL),
    until("task", "allocating"),
    on_cluster(JOBSETS, "task", True),
    do("stop", "task"),
    until("task", "stopped"),
    nothing_left,
)
ENVIRONMENT = (
    create(),
    until("env", "running"),
    on_cluster(WORKLOADS, "env", True),
    do("stop", "env"),
    until("env", "stopped"),
    nothing_left,
)


def chosen(points: list[str]) -> list[str]:
    """Those to die at."""
    if CHOSEN:
        return [one for one in points if CHOSEN == "all" or CHOSEN in one]
    return [one for one in points if one in USUAL]


@pytest.mark.parametrize(("acts", "loose"), [(TASK, ("timelines",)), (ENVIRONMENT, ())], ids=["task", "environment"])
def test_a_crash_anywhere_on_a_cluster_changes_nothing(
    make_clustered: Callable[[], OnCluster], acts: tuple[Act, ...], loose: tuple[str, ...]
) -> None:
    """Covers: TRAIN-10, TRAIN-12, RES-6. One JobSet, one reservation, the same rows and charges, nothing left."""
    play(make_clustered(), acts)  # the queues are there from now on
    quiet = make_clustered()
    points, _ = play(quiet, acts)
    wanted = picture.of(quiet)
    assert (wanted["leaks"], wanted["faults"]) == ([], [])
    died = 0
    for point in (tried := chosen(points)):
        world = make_clustered()
        died += play(world, acts, point)[1]
        seen = picture.of(world)
        different = {one: (seen[one], wanted[one]) for one in wanted if seen[one] != wanted[one]}
        assert {one: two for one, two in different.items() if one not in loose} == {}, point
        shutil.rmtree(world.home)
    print(f"{died} of {len(tried)} crashes, of {len(points)} points")
    assert tried and died >= len(tried) * 0.7
