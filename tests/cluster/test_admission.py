"""Tasks in a real Kueue's line: their JobSets wait in the queue of their membership, all pods together or none.

The backend is the cluster's own; the pods never run (there is no such volume), for nothing here needs them to.
Covers: RES-4, RES-6, TRAIN-8
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from cluster.lined import Kueued, make_plan, placed, until
from control_plane.fake_hub import FakeHub
from control_plane.world import LAB
from gemini_control.backends.kubernetes.api import JOBSETS, WORKLOADS, Cluster
from gemini_control.store import tables as t
from gemini_core.queues import queue_name

pytestmark = pytest.mark.cluster
SMALL = {"availabilityZone": "local", "gpuType": "", "gpuCount": 0, "cpuCores": 0.1, "memory": 0.25, "image": "local"}


@pytest_asyncio.fixture
async def world(home: Path, hub: FakeHub, cluster: Cluster) -> AsyncIterator[Kueued]:
    """A platform over this cluster; the client is another than the test's."""
    async with placed(home, hub, cluster, make_plan(cluster.namespace)) as made:
        yield made


async def limit(world: Kueued, cores: float) -> None:
    """What the member may hold at once."""
    wanted = {"cpuCores": cores, "memory": None, "gpuCount": None}
    (await world.platform.ask("PUT", f"/workspaces/{LAB}/members/member/limits", "owner", wanted)).data  # noqa: B018


async def test_a_task_over_its_quota_waits_and_then_goes_on(world: Kueued) -> None:
    """Covers: RES-4, RES-6, TRAIN-8: quota named, Kueue's words beside it; nothing costs until a node is found."""
    await limit(world, 0.15)
    first = (await world.submit(resourceConfig=SMALL))["taskId"]
    jobset = await until(lambda: world.api.get(JOBSETS, first), bool)
    name = queue_name(world.plan, LAB, "member")
    assert jobset["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == name
    await until(lambda: world.task(first), lambda one: one["state"] in ("allocating", "starting"))
    second = (await world.submit(taskName="two", resourceConfig=SMALL))["taskId"]
    waits = await until(
        lambda: world.task(second), lambda one: one["reason"] and "insufficient" in one["reason"]["detail"]
    )
    assert waits["state"] == "queued" and waits["reason"]["code"] == "quota" and waits["position"] == 1
    assert (await world.api.get(JOBSETS, second))["spec"]["suspend"] is True  # type: ignore[index]
    assert not await world.rows(t.runs)
    await world.post(f"/training-tasks/{first}/stop")
    await until(lambda: world.task(second), lambda one: one["state"] in ("allocating", "starting"))
    await until(lambda: world.api.get(JOBSETS, first), lambda one: one is None)


async def test_a_cancelled_task_leaves_nothing_in_the_cluster(world: Kueued) -> None:
    """Covers: TRAIN-9: neither its JobSet nor its Workload."""
    await limit(world, 0.15)
    first = (await world.submit(resourceConfig=SMALL))["taskId"]
    await until(lambda: world.task(first), lambda one: one["state"] in ("allocating", "starting"))
    second = (await world.submit(taskName="two", resourceConfig=SMALL))["taskId"]
    await until(lambda: world.api.get(JOBSETS, second), bool)
    await world.post(f"/training-tasks/{second}/stop")
    await until(lambda: world.api.get(JOBSETS, second), lambda one: one is None)
    await until(lambda: _owners(world.api), lambda found: found == {first})


async def _owners(api: Cluster) -> set[str]:
    items, _ = await api.list(WORKLOADS)
    return {owner["name"] for one in items for owner in one["metadata"].get("ownerReferences", ())}
