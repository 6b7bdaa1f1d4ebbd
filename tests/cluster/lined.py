"""A platform over Kueue: rows, API, tree, line and nodes are the real ones, pods are told by the test.

`Kueued.backend` stands for the pods; all else of a cluster is the cluster's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from control_plane.fake_backend import FakeBackend
from control_plane.fake_hub import FakeHub
from control_plane.platform import Platform, make_app
from control_plane.world import PROJECT, Lab, fill_data, fill_people, reach
from gemini_control.backends.kubernetes.api import JOBSETS, WORKLOADS, Cluster, Object
from gemini_control.backends.kubernetes.backend import KubernetesBackend
from gemini_control.backends.kueue.line import make_queues
from gemini_control.backends.kueue.nodes import Nodes
from gemini_control.backends.kueue.tree import PLURALS, Kind, Tree
from gemini_control.backends.lines import Membership, Queues
from gemini_core.cluster_plan import ClusterPlan, parse
from gemini_core.queueing import Capacity
from gemini_core.queues import API, KINDS, LOCAL, PREFIX, named

PATIENCE = 60.0
SMALL = {"cpuCores": 0.1, "memoryGb": 0.125}


def make_plan(namespace: str, zones: list[dict[str, Any]] | None = None) -> ClusterPlan:
    """A plan of a test: everything is named after its namespace."""
    smallest = {"class": "B", "number": 1, "default": True, **SMALL}
    here = {"id": "local", "name": "Here", "specifications": [smallest]}
    plan = {"namespace": namespace, "prefix": namespace, "images": [{"id": "local", "reference": "none"}]}
    return parse(json.dumps({**plan, "zones": zones or [here]}))


@dataclass
class LinedBackend(FakeBackend):
    """Pods that a test tells of, in the line of a real cluster."""

    api: Cluster | None = None
    tree: Tree | None = None
    nodes: Nodes | None = None

    def capacity(self, zone_id: str | None = None) -> Capacity:
        """What the nodes have."""
        assert self.nodes is not None
        return self.nodes.inventory.of(zone_id) if zone_id else self.nodes.inventory.total()

    def largest(self, zone_id: str) -> Capacity:
        """What the largest of them has."""
        assert self.nodes is not None
        return self.nodes.inventory.largest_of(zone_id)

    def queues(self, members: Membership) -> Queues | None:
        """Kueue."""
        assert self.api is not None
        assert self.cluster is not None
        self.nodes = Nodes(self.api, self.cluster)
        made = make_queues(self.api, self.cluster, self.nodes, members)
        (self.tree,) = made.leading  # type: ignore[assignment]
        return Queues(made.line, everywhere=(self.nodes,), leading=made.leading)


@dataclass
class Kueued(Lab):
    """A world with a cluster's line."""

    api: Cluster
    plan: ClusterPlan
    kinds: dict[str, Kind] = field(default_factory=dict)

    @property
    def tree(self) -> Tree:
        """The keeper of the queues."""
        tree: Tree = self.platform.app.backend.tree
        return tree

    async def until(self, environment_id: str, state: str) -> dict[str, Any]:
        """Wait until an environment is in a state; a real line takes its time."""
        return await reach(lambda: self.environment(environment_id), state, PATIENCE)

    async def reached(self, task_id: str, state: str) -> dict[str, Any]:
        """Wait until a task is in a state."""
        return await reach(lambda: self.task(task_id), state, PATIENCE)

    async def seen(self, kind: str, name: str, good: Callable[[Object | None], Any]) -> Any:
        """Wait until an object is as it should be."""
        return await until(lambda: self.api.get(self.kinds[kind], name), good)

    async def reservation(self, environment_id: str, good: Callable[[Object | None], Any] = bool) -> Any:
        """Wait until a reservation is as it should be."""
        return await until(lambda: self.api.get(WORKLOADS, environment_id), good)

    async def told(self, environment_id: str, code: str, detail: str = "") -> dict[str, Any]:
        """Wait until an environment says why it waits or ended."""

        def says(one: dict[str, Any]) -> bool:
            reason = one["reason"]
            return reason is not None and reason["code"] == code and detail in reason["detail"]

        found: dict[str, Any] = await until(lambda: self.environment(environment_id), says)
        return found

    async def post(self, path: str, body: Any = None, person: str = "member") -> Any:
        """Ask for something and have it."""
        return (await self.platform.ask("POST", path, person, body)).data


async def until(look: Callable[[], Awaitable[Any]], good: Callable[[Any], Any], seconds: float = PATIENCE) -> Any:
    """Look until it is good; fails, showing it, where it never is."""
    give_up = time.monotonic() + seconds
    while not good(seen := await look()):
        assert time.monotonic() < give_up, seen
        await asyncio.sleep(0.05)
    return seen


def tree_kinds() -> dict[str, Kind]:
    """The kinds of the tree, as the API names them."""
    return {kind: Kind(API, plural, kind, namespaced=kind == LOCAL) for kind, plural in PLURALS.items()}


async def cut_down(api: Cluster, plan: ClusterPlan) -> None:
    """Take away all that a test made, and return when it has gone: the next one's tree has the same names."""
    for kind in (JOBSETS, WORKLOADS):
        await _remove(api, kind)
    kinds = tree_kinds()
    for name in reversed(KINDS):
        await _remove(api, kinds[name], f"{PREFIX}={named(plan.prefix)}")


async def _remove(api: Cluster, kind: Kind, labels: str = "") -> None:
    async def there() -> list[Object]:
        return (await api.list(kind, labels))[0]

    await asyncio.gather(*(api.delete(kind, one["metadata"]["name"]) for one in await there()))
    await until(there, lambda found: not found)


@contextlib.asynccontextmanager
async def _running(home: Path, hub: FakeHub, backend: Any, api: Cluster, plan: ClusterPlan) -> AsyncIterator[Kueued]:
    """The platform over that backend, with people, projects, data and credit."""
    app = make_app(home, hub, backend=backend)
    await app.start_async()
    world = Kueued(Platform(app, hub), api, plan, tree_kinds())
    try:
        await world.platform.store.write(fill_people)
        world.platform.store.tell("members")
        await world.platform.store.write(fill_data)
        yield world
    finally:
        world.platform.client.close()
        await world.platform.app.stop_async()
        await cut_down(api, plan)


@contextlib.asynccontextmanager
async def kueued(
    home: Path, hub: FakeHub, api: Cluster, plan: ClusterPlan, own: Cluster | None = None
) -> AsyncIterator[Kueued]:
    """The platform over Kueue, its pods told by the test; `own` is its own way to the cluster."""
    backend = LinedBackend(home / "store", cluster=plan, api=own or api)
    try:
        async with _running(home, hub, backend, api, plan) as world:
            world.obey()
            yield world
    finally:
        if own is not None:
            await own.close()


@contextlib.asynccontextmanager
async def placed(home: Path, hub: FakeHub, api: Cluster, plan: ClusterPlan) -> AsyncIterator[Kueued]:
    """The platform over Kueue and the cluster's own pods, with code to submit; its client is another than `api`."""
    backend = KubernetesBackend(home, plan, Cluster(plan.namespace))
    async with _running(home, hub, backend, api, plan) as world:
        code = backend.store / "projects" / PROJECT / "code"
        code.mkdir(parents=True)
        (code / "train.py").write_text("print('ok')")
        yield world
