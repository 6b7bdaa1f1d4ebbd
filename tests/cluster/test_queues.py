"""The tree of queues on a real Kueue: made, corrected when changed by hand, removed with its members.

Covers: RES-4, RES-6
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from cluster.lined import Kueued, kueued, make_plan, tree_kinds, until
from control_plane.fake_hub import FakeHub
from control_plane.world import LAB
from gemini_control.backends.kubernetes.api import Cluster, Object
from gemini_control.backends.kueue.tree import RESYNC, Tree
from gemini_core.queues import COHORT, FLAVOR, LOCAL, MANAGED, OURS, QUEUE, cohort_name, queue_name

pytestmark = pytest.mark.cluster


@pytest_asyncio.fixture
async def world(home: Path, hub: FakeHub, cluster: Cluster) -> AsyncIterator[Kueued]:
    """A platform over Kueue."""
    async with kueued(home, hub, cluster, make_plan(cluster.namespace)) as found:
        yield found


def active(found: Object | None) -> bool:
    """Whether a queue can admit."""
    conditions = ((found or {}).get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Active" and one["status"] == "True" for one in conditions)


async def test_the_tree_is_made_and_can_admit(world: Kueued) -> None:
    """Covers: RES-6: platform → workspace → membership, what there is at the top, names of hashes."""
    plan = world.plan
    name = queue_name(plan, LAB, "member")
    queue = await world.seen(QUEUE, name, active)
    assert queue["spec"]["cohortName"] == cohort_name(plan, LAB)
    assert {quota["nominalQuota"] for quota in _quotas(queue)} == {"0"}
    local = await world.seen(LOCAL, name, active)
    assert local["spec"]["clusterQueue"] == name
    cohort = await world.seen(COHORT, cohort_name(plan, LAB), bool)
    assert cohort["spec"]["parentName"] == plan.prefix
    root = await world.seen(COHORT, plan.prefix, bool)
    assert _quotas(root)[0]["nominalQuota"] not in ("0", 0)
    never = {"withinClusterQueue": "Never", "reclaimWithinCohort": "Never", "borrowWithinCohort": {"policy": "Never"}}
    assert queue["spec"]["preemption"] == never


async def test_what_is_changed_by_hand_is_corrected_within_seconds(world: Kueued) -> None:
    """Covers: RES-6: deleted queues, limits that nobody gave, a queue that was stopped."""
    name = queue_name(world.plan, LAB, "member")
    queue = await world.seen(QUEUE, name, active)
    began = time.monotonic()
    groups = queue["spec"]["resourceGroups"]
    groups[0]["flavors"][0]["resources"][0]["borrowingLimit"] = "1m"
    await world.api.patch(world.kinds[QUEUE], name, {"spec": {"resourceGroups": groups, "stopPolicy": "Hold"}})
    await world.seen(QUEUE, name, lambda one: one["spec"]["stopPolicy"] == "None" and _unlimited(one))
    await world.api.delete(world.kinds[LOCAL], name)
    await world.seen(LOCAL, name, active)
    await world.api.delete(world.kinds[COHORT], cohort_name(world.plan, LAB))
    await world.seen(COHORT, cohort_name(world.plan, LAB), bool)
    assert time.monotonic() - began < RESYNC / 2, "by the watch, not by the next look at all"


async def test_a_local_queue_that_was_led_elsewhere_is_made_anew(world: Kueued) -> None:
    """Covers: RES-6: what cannot be changed is replaced."""
    name, other = queue_name(world.plan, LAB, "member"), queue_name(world.plan, LAB, "owner")
    found = await world.seen(LOCAL, name, active)
    labels = found["metadata"]["labels"]
    await world.platform.app.stop_async()
    await world.api.delete(world.kinds[LOCAL], name)
    wrong = {"metadata": {"name": name, "labels": labels}, "spec": {"clusterQueue": other}}
    await until(lambda: world.api.get(world.kinds[LOCAL], name), lambda one: one is None)
    await world.api.create(world.kinds[LOCAL], wrong)
    await world.platform.app.start_async()
    await world.seen(LOCAL, name, lambda one: one is not None and one["spec"]["clusterQueue"] == name)


async def test_only_what_changed_is_written(world: Kueued) -> None:
    """Covers: RES-6: a new member is two objects, however many there are; one who leaves takes theirs along."""
    await world.seen(QUEUE, queue_name(world.plan, LAB, "owner"), active)
    await world.seen(LOCAL, queue_name(world.plan, LAB, "owner"), active)
    await until(_quiet(world), bool)
    before = world.tree.written
    began = time.monotonic()
    await world.post(f"/workspaces/{LAB}/members", {"name": "新人 / one", "role": "member"}, "owner")
    name = queue_name(world.plan, LAB, "新人 / one")
    await world.seen(LOCAL, name, bool)
    assert time.monotonic() - began < RESYNC / 2, "told by the change, not found at the next look of all"
    local = await world.seen(LOCAL, name, active)
    assert local["metadata"]["annotations"]["gemini.io/person"] == "新人 / one"
    await until(_quiet(world), bool)
    assert world.tree.written == before + 2
    (await world.platform.ask("DELETE", f"/workspaces/{LAB}/members/%E6%96%B0%E4%BA%BA%20%2F%20one", "owner")).data  # noqa: B018
    await world.seen(LOCAL, name, lambda one: one is None)
    await world.seen(QUEUE, name, lambda one: one is None)


async def test_who_leads_again_takes_nothing_for_what_it_was_before(world: Kueued) -> None:
    """Another replica led meanwhile, and made the queue of one who joined. Covers: RES-6, TRAIN-10."""
    first, name = world.tree, queue_name(world.plan, LAB, "late")
    await world.seen(LOCAL, queue_name(world.plan, LAB, "owner"), active)
    await first.stop()
    await world.post(f"/workspaces/{LAB}/members", {"name": "late", "role": "member"}, "owner")
    second = Tree(Cluster(world.plan.namespace), world.plan, first.members, first.nodes)
    await second.start()
    made = [(await world.seen(kind, name, active))["metadata"]["uid"] for kind in (QUEUE, LOCAL)]
    await second.stop()
    await second.cluster.close()
    before = first.written
    await first.start()
    for informer in first.informers.values():
        await informer.wait(60)
    await asyncio.sleep(0.5)
    await first.settled()
    found = [await world.seen(kind, name, active) for kind in (QUEUE, LOCAL)]
    assert [one["metadata"]["uid"] for one in found] == made
    assert [one["metadata"].get("deletionTimestamp") for one in found] == [None, None]
    assert first.written == before


async def test_limits_become_what_may_be_borrowed(world: Kueued) -> None:
    """Covers: RES-4, RES-5: of the workspace on its cohort, of a person on their queue."""
    await world.seen(QUEUE, queue_name(world.plan, LAB, "member"), active)
    limits = {"cpuCores": 1.5, "memory": 2, "gpuCount": None}
    (await world.platform.ask("PUT", f"/workspaces/{LAB}/members/member/limits", "owner", limits)).data  # noqa: B018
    queue = await world.seen(QUEUE, queue_name(world.plan, LAB, "member"), lambda one: not _unlimited(one))
    assert {one["name"]: one["borrowingLimit"] for one in _quotas(queue)} == {"cpu": "1500m", "memory": "2147483648"}
    assert _unlimited(await world.api.get(world.kinds[QUEUE], queue_name(world.plan, LAB, "owner")))


async def test_a_foreign_queue_is_never_touched(home: Path, hub: FakeHub, cluster: Cluster) -> None:
    """Covers: RES-6, TRAIN-9: who would stand in it fails with the reason configuration, and the object is named."""
    plan, kinds = make_plan(cluster.namespace), tree_kinds()
    name = queue_name(plan, LAB, "member")
    foreign = {"metadata": {"name": name}, "spec": {"clusterQueue": "somebody-elses"}}
    await cluster.create(kinds[LOCAL], foreign)
    try:
        async with kueued(home, hub, cluster, plan) as world:
            await world.seen(QUEUE, name, bool)
            await until(_fault(world, name), bool)
            made = await world.create()
            failed = await world.until(made["id"], "failed")
            assert failed["reason"]["code"] == "configuration" and f"LocalQueue {name}" in failed["reason"]["detail"]
            found = await cluster.get(kinds[LOCAL], name)
            assert found is not None
            assert found["spec"]["clusterQueue"] == "somebody-elses"
            assert (found["metadata"].get("labels") or {}).get(MANAGED) != OURS
    finally:
        await cluster.delete(kinds[LOCAL], name)


async def test_flavors_lead_to_the_nodes_of_the_plan(home: Path, hub: FakeHub, cluster: Cluster) -> None:
    """Covers: RES-1, RES-3: a flavor a zone and kind of card, with labels and tolerations."""
    toleration = {"key": "cards", "operator": "Exists", "effect": "NoSchedule"}
    card = {"type": "A100", "memoryGb": 80, "nodeLabels": {"card": "a100"}, "tolerations": [toleration]}
    zone = {"id": "az-bj-a", "nodeLabels": {"zone": "bj-a"}, "cards": [card]}
    async with kueued(home, hub, cluster, make_plan(cluster.namespace, [zone])) as world:
        flavor = await world.seen(FLAVOR, f"{world.plan.prefix}-az-bj-a-gpu-a100", bool)
        assert flavor["spec"]["nodeLabels"] == {"zone": "bj-a", "card": "a100"}
        assert flavor["spec"]["tolerations"] == [toleration]


async def test_cards_and_shares_of_cards_are_counted_side_by_side(home: Path, hub: FakeHub, cluster: Cluster) -> None:
    """Covers: RES-3, RES-6: Kueue takes the tree of a plan that has both, and what it admits from."""
    whole = {"type": "A100", "memoryGb": 80, "nodeLabels": {"card": "a100"}}
    share = {"type": "A100-20G", "memoryGb": 20, "dialect": "hami", "shareMemoryMib": 20480, "shareCores": 25}
    cards = [whole, {**share, "declared": 16, "nodeLabels": {"card": "shared"}}]
    zone = {"id": "az-bj-a", "nodeLabels": {"zone": "bj-a"}, "cards": cards}
    async with kueued(home, hub, cluster, make_plan(cluster.namespace, [zone])) as world:
        queue = await world.seen(QUEUE, queue_name(world.plan, LAB, "owner"), active)
        groups = [one["coveredResources"] for one in queue["spec"]["resourceGroups"]]
        assert groups[1] == ["nvidia.com/gpu", "nvidia.com/gpucores", "nvidia.com/gpumem"]


def _quotas(found: Object) -> list[Object]:
    return [
        resource
        for group in found["spec"]["resourceGroups"]
        for flavor in group["flavors"]
        for resource in flavor["resources"]
    ]


def _unlimited(found: Object | None) -> bool:
    assert found is not None
    return not any("borrowingLimit" in one for one in _quotas(found))


def _quiet(world: Kueued):  # type: ignore[no-untyped-def]
    async def look() -> bool:
        await world.tree.settled()
        return True

    return look


def _fault(world: Kueued, name: str):  # type: ignore[no-untyped-def]
    async def look() -> str:
        return world.tree.fault(name)

    return look
