"""Eight ranks on nodes that pretend to run pods: all start together, or none does.

`GEMINI_FAKE_NODES` names a program that takes a number of nodes and what each has as `RESOURCE=COUNT`, and makes or
removes nodes accordingly (0: all of them), with the label `type=fake` and the taint below.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from cluster.lined import Kueued, make_plan, placed, until
from cluster_fixture import claim_folder
from control_plane.fake_hub import FakeHub
from gemini_control.backends.kubernetes.api import JOBSETS, PODS, Cluster
from gemini_control.store import tables as t

pytestmark = pytest.mark.cluster
CARD = "gang.test/card"
RANKS = 8
TOLERATION = {"key": "kwok.x-k8s.io/node", "operator": "Exists", "effect": "NoSchedule"}
ZONE = {
    "id": "local",
    "name": "Pretended",
    "nodeLabels": {"type": "fake"},
    "tolerations": [TOLERATION],
    "cards": [{"type": "A100", "memoryGb": 80, "resource": CARD}],
    "specifications": [{"class": "B", "number": 1, "default": True, "cpuCores": 0.1, "memoryGb": 0.25}],
}
EACH = {"availabilityZone": "local", "gpuType": "A100", "gpuCount": 1, "cpuCores": 1, "memory": 1, "image": "local"}
ROLES = [{"name": "chief", "instances": 1}, {"name": "worker", "instances": RANKS - 1}]


def make_nodes(count: int) -> None:
    """So many nodes with a card each."""
    command = [os.environ["GEMINI_FAKE_NODES"], str(count), *([f"{CARD}=1"] if count else [])]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def fake_nodes(cluster_namespace: str) -> Iterator[None]:
    """As many nodes as there are ranks, with a card each."""
    if not os.environ.get("GEMINI_FAKE_NODES"):
        pytest.skip("GEMINI_FAKE_NODES names no program that makes nodes")
    make_nodes(RANKS)
    yield
    make_nodes(0)


@pytest_asyncio.fixture
async def world(fake_nodes: None, home: Path, hub: FakeHub, cluster: Cluster) -> AsyncIterator[Kueued]:
    """A platform over those nodes."""
    await claim_folder(cluster.namespace)
    async with placed(home, hub, cluster, make_plan(cluster.namespace, [ZONE])) as made:
        yield made


async def nodes_of(world: Kueued, task: str) -> list[str]:
    """The nodes of the pods that a task has; empty texts for those that wait for one."""
    return [one["spec"].get("nodeName", "") for one in (await world.api.list(PODS, f"gemini.io/task={task}"))[0]]


async def test_eight_ranks_start_together_or_not_at_all(world: Kueued) -> None:
    """Covers: TRAIN-6, TRAIN-8, RES-6, BILL-2. With seven cards free nothing starts or costs; then the eighth is."""
    first = (await world.submit(command="true", resourceConfig=EACH))["taskId"]
    await until(lambda: world.task(first), lambda seen: seen["state"] == "running", 60)
    gang = (await world.submit(taskName="gang", roles=ROLES, command="true", resourceConfig=EACH))["taskId"]
    waits = await until(
        lambda: world.task(gang), lambda seen: seen["reason"] and "insufficient" in seen["reason"]["detail"], 60
    )
    assert (waits["state"], waits["reason"]["code"], waits["position"]) == ("queued", "resources", 1)
    jobset = await world.api.get(JOBSETS, gang)
    assert jobset is not None and jobset["spec"]["suspend"] is True
    assert await nodes_of(world, gang) == []
    assert [run["holder_id"] for run in await world.rows(t.runs)] == [first]
    await world.post(f"/training-tasks/{first}/stop")
    seen = await until(lambda: world.task(gang), lambda task: task["state"] == "running", 60)
    # Pods that only pretend start so fast that nobody need see them starting.
    states = [line["state"] for line in seen["timeline"] if line["state"] != "starting"]
    assert states == ["queued", "allocating", "running"]
    placed = await nodes_of(world, gang)
    assert len(placed) == len(set(placed)) == RANKS and all(placed)
    assert len(await world.rows(t.runs)) == 2
    await world.post(f"/training-tasks/{gang}/stop")
    await until(lambda: world.task(gang), lambda task: task["state"] == "stopped", 60)
    await until(lambda: nodes_of(world, gang), lambda left: not left, 60)
