"""What the nodes of a real cluster have becomes zones, cards and quotas, and follows them.

The nodes are objects without a machine behind them, kept to themselves by a taint. Covers: RES-1, RES-1b
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cluster.lined import Kueued, kueued, make_plan, until
from cluster_fixture import delete_namespace, make_namespace
from control_plane.fake_hub import FakeHub
from control_plane.world import PROJECT
from gemini_control.backends.kubernetes.api import NODES, OURS, PODS, Cluster, Object, Refused
from gemini_core.queues import COHORT

pytestmark = pytest.mark.cluster
CARD = "queue.test/gpu"
GB = 2**30


@dataclass
class Machines:
    """Nodes of a test's own, by a label and a taint."""

    api: Cluster
    label: str
    names: tuple[str, ...] = ()
    told: dict[str, tuple[int, str]] = field(default_factory=dict)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def zone(self) -> dict[str, Any]:
        """The zone of these nodes, as a plan declares it."""
        toleration = {"key": "queue.test", "value": self.label, "effect": "NoSchedule"}
        card = {"type": "A100", "memoryGb": 80, "resource": CARD}
        return {
            "id": "az-bj-a",
            "name": "北京可用区A",
            "region": "北京",
            "nodeLabels": {"queue.test/zone": self.label},
            "tolerations": [toleration],
            "cards": [card],
        }

    async def add(self, cards: int) -> str:
        """A node with 8 cores, 16 GB and so many cards."""
        name = f"{self.label}-{len(self.names)}"
        taint = {"key": "queue.test", "value": self.label, "effect": "NoSchedule"}
        labels = {"queue.test/zone": self.label}
        await self.api.create(NODES, {"metadata": {"name": name, "labels": labels}, "spec": {"taints": [taint]}})
        self.names += (name,)
        await self.have(name, cards)
        return name

    async def have(self, name: str, cards: int, ready: str = "True") -> None:
        """Tell what a node has."""
        self.told[name] = cards, ready
        await self._tell(name)

    async def beat(self) -> None:
        """Tell it again and again: what says nothing for most of a minute is lost to a cluster."""
        while True:
            await asyncio.sleep(10)
            for name in tuple(self.told):
                await self._tell(name)

    async def _tell(self, name: str) -> None:
        async with self._one:
            cards, ready = self.told[name]
            has = {"cpu": "8", "memory": "16Gi", "pods": "110", CARD: str(cards)}
            condition = {"type": "Ready", "status": ready, "reason": "Test", "message": "as a test says"}
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            moment = {"lastHeartbeatTime": now, "lastTransitionTime": "2026-01-01T00:00:00Z"}
            status = {"capacity": has, "allocatable": has, "conditions": [{**condition, **moment}]}
            await self.api.patch(NODES, name, {"status": status}, "status")

    async def clear(self) -> None:
        """Take them away."""
        for name in self.names:
            await self.api.delete(NODES, name)


@pytest_asyncio.fixture
async def machines(cluster: Cluster) -> AsyncIterator[Machines]:
    """Nodes of this test's own."""
    found = Machines(cluster, f"inv-{secrets.token_hex(4)}")
    beating = asyncio.create_task(found.beat())
    yield found
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
    await found.clear()


@pytest_asyncio.fixture
async def world(home: Path, hub: FakeHub, cluster: Cluster, machines: Machines) -> AsyncIterator[Kueued]:
    """A platform over two such nodes with four cards each."""
    await machines.add(4)
    await machines.add(4)
    async with kueued(home, hub, cluster, make_plan(cluster.namespace, [machines.zone])) as found:
        # A new node is tainted as not ready until the cluster's own controller has seen that it is.
        await until(lambda: free(found), lambda count: count == 8)
        yield found


async def free(world: Kueued) -> int:
    """The free cards as the API tells them."""
    (zone,) = (await world.platform.ask("GET", "/availability-zones")).data
    return int(zone["gpuInventory"]["A100"])


async def test_cards_and_quotas_follow_the_nodes(world: Kueued, machines: Machines) -> None:
    """Covers: RES-1b: what is really there, within seconds of a new node, a cordon and a loss."""
    (zone,) = (await world.platform.ask("GET", "/availability-zones")).data
    assert (zone["id"], zone["name"], zone["gpuInventory"]) == ("az-bj-a", "北京可用区A", {"A100": 8})
    await world.seen(COHORT, world.plan.prefix, lambda one: one is not None and _nominal(one) == "8")
    third = await machines.add(4)
    await until(lambda: free(world), lambda count: count == 12)
    await world.api.patch(NODES, third, {"spec": {"unschedulable": True}})
    await until(lambda: free(world), lambda count: count == 8)
    await machines.have(machines.names[0], 4, ready="False")
    await until(lambda: free(world), lambda count: count == 4)
    await world.seen(COHORT, world.plan.prefix, lambda one: _nominal(one) == "4")


async def test_what_another_installation_has_on_the_same_nodes_is_not_there(
    home: Path, hub: FakeHub, cluster: Cluster, machines: Machines
) -> None:
    """Its people's work is somebody else's here: what both gave away would wait for a node. Covers: RES-1b, RES-6."""
    name, beside = await machines.add(4), f"{cluster.namespace}-beside"
    labels = {**OURS, "gemini.io/environment": "env-aaaaaaaaaa", "gemini.io/workspace": "ws-aaaaaaaaaa"}
    asked = {"cpu": "2", "memory": "1Gi", CARD: "3"}
    container = {"name": "notebook", "image": "none", "resources": {"requests": asked, "limits": asked}}
    spec = {"nodeName": name, "containers": [container], "automountServiceAccountToken": False}
    await make_namespace(beside)
    try:
        pod = {"metadata": {"name": "theirs", "labels": labels}, "spec": spec}
        await until(lambda: _made(cluster, pod, beside), bool)
        async with kueued(home, hub, cluster, make_plan(cluster.namespace, [machines.zone])) as world:
            await until(lambda: free(world), lambda count: count == 1)
            nodes = world.platform.app.backend.nodes
            assert nodes.inventory.of("az-bj-a").cpu_millicores <= 6000
    finally:
        await cluster.delete(PODS, "theirs", namespace=beside)
        await delete_namespace(beside)


async def test_specifications_are_made_of_what_a_node_has(world: Kueued) -> None:
    """Covers: RES-2: none are declared, so there is a ladder up to the largest node, cards included."""
    found = (await world.platform.ask("GET", "/specifications?zone=az-bj-a")).data
    assert found and all(one["cpuCores"] <= 8 for one in found)
    assert any(one["gpuCount"] == 4 for one in found) and sum(one["isDefault"] for one in found) == 1


async def test_cards_are_given_where_they_are_and_then_they_are_gone(world: Kueued) -> None:
    """Covers: RES-1b, RES-4, RES-6: a place is a zone's nodes; the next waits for cards and says so."""
    wish = {"availabilityZone": "az-bj-a", "gpuType": "A100", "gpuCount": 3, "cpuCores": 1, "memory": 1}
    first = await world.running(specificationId=None, resourceConfig=wish)
    assert await free(world) == 5
    rows = await world.rows(_environments())
    assert rows[0]["placement"]["nodeLabels"] == world.plan.zones[0].node_labels
    assert rows[0]["placement"]["tolerations"] == [dict(one) for one in world.plan.zones[0].tolerations]
    await world.running(name="lab two", specificationId=None, resourceConfig=wish)
    third = await world.create(name="lab three", specificationId=None, resourceConfig=wish)
    waits = await world.told(third["id"], "resources", "insufficient")
    assert "GPUs are short" in waits["reason"]["detail"]
    await world.post(f"/dev-environments/{first['id']}/stop")
    await world.until(third["id"], "running")


async def test_more_cards_than_a_machine_has_are_refused(world: Kueued) -> None:
    """Covers: RES-1b: the zone has eight, and no machine has more than four: it would wait for ever."""
    wish = {"availabilityZone": "az-bj-a", "gpuType": "A100", "gpuCount": 6, "cpuCores": 1, "memory": 1}
    body = {"name": "lab", "projectId": PROJECT, "resourceConfig": wish}
    error = (await world.platform.ask("POST", "/dev-environments", "member", body)).error
    assert error["name"] == "beyond-node-gpu" and error["field"] == "resourceConfig.gpuCount"


def _environments() -> Any:
    from gemini_control.store import tables

    return tables.environments


def _nominal(cohort: dict[str, Any]) -> str:
    groups = {group["coveredResources"][0]: group for group in cohort["spec"]["resourceGroups"]}
    return str(groups[CARD]["flavors"][0]["resources"][0]["nominalQuota"])


async def _made(cluster: Cluster, pod: Object, namespace: str) -> bool:
    """Whether a pod could be made: a new namespace has no account at first."""
    try:
        await cluster.ensure(PODS, pod, namespace)
    except Refused:
        return False
    return True
