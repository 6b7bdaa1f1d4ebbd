"""Environments in a real Kueue's line: they wait, start by themselves, and stop when their place is taken back.

Rows, API, tree and line are the platform's own; the pods are told by the test.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from cluster.lined import Kueued, LinedBackend, kueued, make_plan, until
from cluster_fixture import Wire
from control_plane.fake_hub import FakeHub
from control_plane.platform import make_app
from control_plane.world import LAB
from gemini_control.backends.kubernetes.api import WORKLOADS, Cluster
from gemini_control.reconcilers import workqueue
from gemini_control.store import tables as t
from gemini_core.queues import ENVIRONMENT, MANAGED, OURS, QUEUE, queue_name

pytestmark = pytest.mark.cluster


@pytest_asyncio.fixture
async def world(home: Path, hub: FakeHub, cluster: Cluster) -> AsyncIterator[Kueued]:
    """A platform over Kueue."""
    async with kueued(home, hub, cluster, make_plan(cluster.namespace)) as found:
        yield found


async def test_one_over_its_quota_waits_and_starts_by_itself(world: Kueued) -> None:
    """Covers: RES-4, RES-6, T6: quota is named, Kueue's words stand beside it, and room is all it needs."""
    limits = {"cpuCores": 0.15, "memory": None, "gpuCount": None}
    (await world.platform.ask("PUT", f"/workspaces/{LAB}/members/member/limits", "owner", limits)).data  # noqa: B018
    first = await world.running()
    held = await world.reservation(first["id"])
    assert held["spec"]["podSets"][0]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] == "100m"
    second = await world.create(name="lab two")
    waits = await world.told(second["id"], "quota", "insufficient unused quota for cpu")
    assert waits["state"] == "queued" and waits["position"] == 1
    assert "personal limit (CPU cores: 0.15)" in waits["reason"]["detail"]
    await world.post(f"/dev-environments/{first['id']}/stop")
    running = await world.until(second["id"], "running")
    assert running["reason"] is None
    await world.reservation(first["id"], lambda one: one is None)


async def test_a_stopped_queue_takes_its_place_back(world: Kueued) -> None:
    """Covers: RES-6, TRAIN-9: the environment stops and says so; the queue is opened again, and it can start again."""
    made = await world.running()
    await world.api.patch(
        world.kinds[QUEUE], queue_name(world.plan, LAB, "member"), {"spec": {"stopPolicy": "HoldAndDrain"}}
    )
    stopped = await world.until(made["id"], "stopped")
    assert (
        "stopped its queue" in stopped["reason"]["detail"] and "ClusterQueue is stopped" in stopped["reason"]["detail"]
    )
    await world.reservation(made["id"], lambda one: one is None)
    await world.post(f"/dev-environments/{made['id']}/start")
    await world.until(made["id"], "running")


async def test_a_deactivated_place_stops_it(world: Kueued) -> None:
    """Covers: RES-6: an administrator's way to end an environment from the cluster's side."""
    made = await world.running()
    await world.api.patch(WORKLOADS, made["id"], {"spec": {"active": False}})
    stopped = await world.until(made["id"], "stopped")
    assert "deactivated by hand" in stopped["reason"]["detail"]


async def test_one_that_was_deleted_by_hand_is_made_again(world: Kueued) -> None:
    """Covers: RES-6: what runs goes on, and holds its place again."""
    made = await world.running()
    uid = (await world.reservation(made["id"]))["metadata"]["uid"]
    await world.api.delete(WORKLOADS, made["id"])
    await world.reservation(
        made["id"], lambda one: one is not None and one["metadata"]["uid"] != uid and _admitted(one)
    )
    seen = await world.environment(made["id"])
    assert seen["state"] == "running" and seen["reason"] is None


async def test_who_has_no_place_any_more_is_told_so(world: Kueued) -> None:
    """Covers: RES-6: somebody else got it meanwhile; it is not stopped for that, and has one again with room."""
    made = await world.running()
    await world.platform.app.stop_async()
    await world.api.delete(WORKLOADS, made["id"])
    limits = {"workspace_id": LAB, "person": "member", "cpu_millicores": 50, "changed_by": "owner"}

    def lower(tx):  # type: ignore[no-untyped-def]
        now = tx.scalar(t.workspaces.select().with_only_columns(t.workspaces.c.created_at).limit(1))
        tx.execute(t.member_limits.insert().values(**limits, changed_at=now))

    world.platform.app = _next_life(world)
    await world.platform.app.start_async()
    await world.platform.store.write(lower)
    world.platform.store.tell("limits")
    queue = queue_name(world.plan, LAB, "member")
    await world.seen(QUEUE, queue, lambda one: "borrowingLimit" in str(one["spec"]))
    await world.api.delete(WORKLOADS, made["id"])
    lost = await world.told(made["id"], "resources", "reservation was deleted")
    assert lost["state"] == "running"
    wide = {"cpuCores": 1, "memory": None, "gpuCount": None}
    (await world.platform.ask("PUT", f"/workspaces/{LAB}/members/member/limits", "owner", wide)).data  # noqa: B018
    await until(lambda: world.environment(made["id"]), lambda one: one["reason"] is None)


async def test_a_foreign_workload_of_its_name_is_not_touched(world: Kueued) -> None:
    """Covers: TRAIN-9: the environment fails with the reason configuration, which names the object."""
    made = await world.running()
    await world.post(f"/dev-environments/{made['id']}/stop")
    await world.until(made["id"], "stopped")
    await world.reservation(made["id"], lambda one: one is None)
    pods = [{"name": "main", "count": 1, "template": {"spec": {"containers": [{"name": "c", "image": "none"}]}}}]
    await world.api.create(WORKLOADS, {"metadata": {"name": made["id"]}, "spec": {"podSets": pods}})
    await world.post(f"/dev-environments/{made['id']}/start")
    failed = await world.until(made["id"], "failed")
    assert failed["reason"]["code"] == "configuration" and f"Workload {made['id']}" in failed["reason"]["detail"]
    assert (await world.api.get(WORKLOADS, made["id"])) is not None


async def test_what_a_killed_control_plane_left_is_found_or_taken_away(world: Kueued) -> None:
    """Covers: RES-6: one that was admitted meanwhile goes on, one without a row is removed."""
    made = await world.running()
    await world.platform.app.stop_async()
    left = {"metadata": {"name": "env-zzzzzzzzzz", "labels": {MANAGED: OURS, ENVIRONMENT: "env-zzzzzzzzzz"}}}
    pods = [{"name": "main", "count": 1, "template": {"spec": {"containers": [{"name": "c", "image": "none"}]}}}]
    await world.api.create(WORKLOADS, {**left, "spec": {"podSets": pods}})
    uid = (await world.reservation(made["id"]))["metadata"]["uid"]
    world.platform.app = _next_life(world)
    await world.platform.app.start_async()
    await world.reservation("env-zzzzzzzzzz", lambda one: one is None)
    assert (await world.reservation(made["id"]))["metadata"]["uid"] == uid
    assert (await world.environment(made["id"]))["state"] == "running"


async def test_a_cluster_that_is_away_is_said_and_waited_for(
    home: Path, hub: FakeHub, cluster: Cluster, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Covers: RES-6: the API server unreachable: the reason says so, and it starts by itself when it is back."""
    monkeypatch.setattr(workqueue, "LONGEST_BACKOFF", 1.0)
    plan = make_plan(cluster.namespace)
    async with kueued(home, hub, cluster, plan, Cluster(cluster.namespace, wire.kubeconfig)) as world:
        await world.running()
        wire.cut()
        made = await world.create(name="lab two")
        away = await world.told(made["id"], "resources", "does not answer")
        assert away["state"] == "queued"
        wire.mend()
        await until(lambda: world.environment(made["id"]), lambda one: one["state"] == "running", 60)


def _next_life(world: Kueued):  # type: ignore[no-untyped-def]
    backend = LinedBackend(world.backend.store, cluster=world.plan, api=world.api, alive=world.backend.alive)
    return make_app(world.platform.home, world.platform.hub, backend=backend)


def _admitted(found: dict) -> bool:  # type: ignore[type-arg]
    conditions = (found.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Admitted" and one["status"] == "True" for one in conditions)
