"""Kueue's objects as they should be, what differs from them, and what a Workload tells.

Covers: RES-3, RES-4, RES-6
"""

from __future__ import annotations

import copy
import json
import re
import time
from typing import Any

import pytest
from gemini_core import queues
from gemini_core.cluster_plan import ClusterPlan, parse
from gemini_core.inventory import Inventory
from gemini_core.queueing import Capacity
from gemini_core.queues import COHORT, FLAVOR, LOCAL, QUEUE, Members, Reservation, differs, make_tree
from gemini_core.quota import Holder, Limits
from gemini_core.reasons import Detail, Reason
from gemini_core.standings import (
    GONE,
    LineStep,
    Place,
    Stand,
    Standing,
    next_of_reservation,
    next_of_task,
    standing_of,
    why_evicted,
)

GB = 2**30
WS = "ws-aaaaaaaaaa"
TOLERATION = {"key": "cards", "operator": "Exists", "effect": "NoSchedule"}
CARD = {"type": "A100", "memoryGb": 80, "nodeLabels": {"card": "a100"}, "tolerations": [TOLERATION]}
INVENTORY = Inventory({"az-bj-a": Capacity(8500, 16 * GB, {"A100": 8})})


def make_plan(**more: Any) -> ClusterPlan:
    """A plan with one zone with cards."""
    zone = {"id": "az-bj-a", "nodeLabels": {"zone": "bj-a"}, "cards": [CARD]}
    return parse(
        json.dumps({"namespace": "gemini", "images": [{"id": "i", "reference": "r"}], "zones": [zone], **more})
    )


def tree(limits: dict[Holder, Limits] | None = None, persons: tuple[str, ...] = ("alice",)) -> Any:
    """The tree of one workspace."""
    return make_tree(make_plan(), INVENTORY, Members({WS: persons}, limits or {}))


def test_the_whole_has_what_there_is() -> None:
    """Covers: RES-6: the root's nominal quotas are the inventory, by zone and kind of card."""
    root = tree()[COHORT, "gemini"]
    assert root == {
        "apiVersion": "kueue.x-k8s.io/v1beta2",
        "kind": "Cohort",
        "metadata": {
            "name": "gemini",
            "labels": {"app.kubernetes.io/managed-by": "gemini", "gemini.io/prefix": "gemini"},
        },
        "spec": {
            "resourceGroups": [
                {
                    "coveredResources": ["cpu", "memory"],
                    "flavors": [
                        {
                            "name": "gemini-az-bj-a-cpu",
                            "resources": [
                                {"name": "cpu", "nominalQuota": "8500m"},
                                {"name": "memory", "nominalQuota": str(16 * GB)},
                            ],
                        }
                    ],
                },
                {
                    "coveredResources": ["nvidia.com/gpu"],
                    "flavors": [
                        {
                            "name": "gemini-az-bj-a-gpu-a100",
                            "resources": [{"name": "nvidia.com/gpu", "nominalQuota": "8"}],
                        }
                    ],
                },
            ]
        },
    }


def test_a_membership_borrows_up_to_its_limits() -> None:
    """Covers: RES-4, T6: nothing of its own, no preemption, `cohortName`; the workspace's limits one level above."""
    limits = {Holder(WS, "alice"): Limits(1500, None, 2), Holder(WS): Limits(None, GB, None)}
    found = tree(limits)
    name = queues.queue_name(make_plan(), WS, "alice")
    spec = found[QUEUE, name]["spec"]
    assert spec["cohortName"] == f"gemini-{WS}" and "cohort" not in spec
    cpu, memory = spec["resourceGroups"][0]["flavors"][0]["resources"]
    assert cpu == {"name": "cpu", "nominalQuota": "0", "borrowingLimit": "1500m"}
    assert memory == {"name": "memory", "nominalQuota": "0"}
    (gpu,) = spec["resourceGroups"][1]["flavors"][0]["resources"]
    assert gpu["borrowingLimit"] == "2"
    never = {"withinClusterQueue": "Never", "reclaimWithinCohort": "Never", "borrowWithinCohort": {"policy": "Never"}}
    assert spec["preemption"] == never
    workspace = found[COHORT, f"gemini-{WS}"]["spec"]
    assert workspace["parentName"] == "gemini"
    assert workspace["resourceGroups"][0]["flavors"][0]["resources"][1]["borrowingLimit"] == str(GB)
    assert found[LOCAL, name]["metadata"]["namespace"] == "gemini"


def test_flavors_carry_the_plans_labels_and_tolerations() -> None:
    """Covers: RES-1, RES-3."""
    spec = tree()[FLAVOR, "gemini-az-bj-a-gpu-a100"]["spec"]
    assert spec == {"nodeLabels": {"zone": "bj-a", "card": "a100"}, "tolerations": [TOLERATION]}


@pytest.mark.parametrize("person", ["alice", "王小明", "../../x", "A" * 255, "o'neil@example.org", "tab\tname"])
def test_names_are_safe_whoever_it_is(person: str) -> None:
    """Covers: RES-6: never user text, at most 63 characters, one a person."""
    plan = make_plan(prefix="a-rather-long-prefix-of-an-installation-in-a-cluster")
    name = queues.queue_name(plan, WS, person)
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name) and len(name) <= 63
    assert name != queues.queue_name(plan, WS, person + "x")


def test_shares_of_cards_are_counted_as_shares() -> None:
    """Covers: RES-3: HAMi's companions are covered, the number of shares binds."""
    share = {**CARD, "type": "A100-8G", "dialect": "hami", "shareMemoryMib": 8192, "declared": 20}
    zone = {"id": "z", "cards": [share]}
    plan = make_plan(zones=[zone])
    inventory = Inventory({"z": Capacity(1000, GB, {"A100-8G": 80})})
    group = make_tree(plan, inventory, Members({}))[COHORT, "gemini"]["spec"]["resourceGroups"][1]
    assert group["coveredResources"] == ["nvidia.com/gpu", "nvidia.com/gpumem"]
    assert group["flavors"][0]["resources"][0]["nominalQuota"] == "20"


def test_a_resource_is_counted_in_one_group() -> None:
    """Covers: RES-3, RES-6: Kueue takes no resource twice; whole cards have nothing of what shares bring along."""
    share = {**CARD, "type": "A100-8G", "dialect": "hami", "shareMemoryMib": 8192, "declared": 20}
    zone = {"id": "z", "cards": [CARD, {**share, "nodeLabels": {"card": "shared"}}]}
    inventory = Inventory({"z": Capacity(1000, GB, {"A100": 8, "A100-8G": 80})})
    groups = make_tree(make_plan(zones=[zone]), inventory, Members({}))[COHORT, "gemini"]["spec"]["resourceGroups"]
    assert [one["coveredResources"] for one in groups] == [["cpu", "memory"], ["nvidia.com/gpu", "nvidia.com/gpumem"]]
    amounts = [[one["nominalQuota"] for one in flavor["resources"]] for flavor in groups[1]["flavors"]]
    assert amounts == [["8", "0"], ["20", str(queues.UNCOUNTED)]]


def test_a_reservation_asks_for_what_the_environment_gets() -> None:
    """Covers: RES-6: on the nodes of its zone and kind of card; nobody owns it."""
    wanted = Reservation("env-aaaaaaaaaa", WS, "alice", "az-bj-a", 1500, GB, "A100", 2, "2026-01-01T00:00:00+00:00")
    made = queues.make_reservation(make_plan(), wanted)
    assert "ownerReferences" not in made["metadata"]
    assert made["spec"]["queueName"] == queues.queue_name(make_plan(), WS, "alice")
    spec = made["spec"]["podSets"][0]["template"]["spec"]
    requests = {"cpu": "1500m", "memory": str(GB), "nvidia.com/gpu": "2"}
    assert spec["containers"][0]["resources"]["requests"] == requests
    assert spec["nodeSelector"] == {"zone": "bj-a", "card": "a100"} and spec["tolerations"] == [TOLERATION]


def test_what_the_plan_no_longer_has_cannot_be_reserved() -> None:
    """Covers: TRAIN-9: the zone or the kind of card is named."""
    gone = Reservation("env-aaaaaaaaaa", WS, "alice", "az-sh-a", 100, GB, None, 0, "")
    with pytest.raises(KeyError, match="az-sh-a"):
        queues.make_reservation(make_plan(), gone)


def changed(path: str, value: Any) -> Any:
    """The queue of alice with something else at a path."""
    found = copy.deepcopy(tree()[QUEUE, queues.queue_name(make_plan(), WS, "alice")])
    *parents, last = path.split(".")
    place = found
    for one in parents:
        place = place[int(one)] if isinstance(place, list) else place[one]
    place[last] = value
    return found


QUOTA = "spec.resourceGroups.0.flavors.0.resources.0"


@pytest.mark.parametrize(
    ("path", "value", "other"),
    [
        (f"{QUOTA}.nominalQuota", 0, False),
        (f"{QUOTA}.nominalQuota", "0m", False),
        (f"{QUOTA}.nominalQuota", "1", True),
        (f"{QUOTA}.borrowingLimit", "5", True),
        ("spec.stopPolicy", "Hold", True),
        ("spec.cohortName", "other", True),
        ("spec.fairSharing", {"weight": 2}, False),
        ("metadata.labels.team", "x", False),
        ("spec.namespaceSelector.matchLabels.more", "x", True),
    ],
)
def test_what_differs_is_seen(path: str, value: Any, other: bool) -> None:
    """Covers: RES-6: amounts as amounts, ours as wholes, an operator's own fields are theirs."""
    wanted = tree()[QUEUE, queues.queue_name(make_plan(), WS, "alice")]
    assert differs(wanted, changed(path, value)) is other


def test_a_thousand_memberships_are_worked_out_quickly() -> None:
    """Covers: RES-6: at every change; generous, for a busy machine."""
    persons = tuple(f"person-{n}" for n in range(1000))
    began = time.perf_counter()
    assert len(tree(persons=persons)) == 2 + 3 + 2 + 2000
    assert time.perf_counter() - began < 5


def workload(active: bool = True, **conditions: tuple[str, str, str]) -> dict[str, Any]:
    """A Workload with conditions (status, reason, message)."""
    told = [
        {"type": kind, "status": status, "reason": reason, "message": message}
        for kind, (status, reason, message) in conditions.items()
    ]
    assigned = [{"flavors": {"cpu": "f-cpu", "memory": "f-cpu", "nvidia.com/gpu": "f-gpu"}}]
    status = {"conditions": told, "admission": {"podSetAssignments": assigned}}
    return {"metadata": {"name": "w", "uid": "u"}, "spec": {"active": active}, "status": status}


ADMITTED = {"QuotaReserved": ("True", "QuotaReserved", "ok"), "Admitted": ("True", "Admitted", "ok")}
EVICTED = {"Evicted": ("True", "ClusterQueueStopped", "The ClusterQueue is stopped")}


@pytest.mark.parametrize(
    ("seen", "stand", "said"),
    [
        (None, Stand.GONE, ""),
        (workload(), Stand.WAITING, ""),
        (workload(QuotaReserved=("False", "Pending", "insufficient quota")), Stand.WAITING, "insufficient quota"),
        (workload(**ADMITTED), Stand.ADMITTED, ""),
        (workload(**ADMITTED, **EVICTED), Stand.EVICTED, "The ClusterQueue is stopped"),
        (workload(active=False, **ADMITTED), Stand.EVICTED, ""),
        (workload(**ADMITTED, Evicted=("False", "QuotaReserved", "again")), Stand.ADMITTED, ""),
    ],
)
def test_a_workload_tells_where_one_stands(seen: Any, stand: Stand, said: str) -> None:
    """Covers: RES-6, T3: what is evicted may still read admitted, for nobody owns a reservation."""
    found = standing_of(seen)
    assert (found.stand, found.said) == (stand, said)


def test_flavors_are_told_once_each() -> None:
    """Covers: RES-6."""
    assert standing_of(workload(**ADMITTED)).flavors == ("f-cpu", "f-gpu")


@pytest.mark.parametrize(
    ("why", "reason", "name"),
    [
        ("NodeFailures", Reason.NODE, "detail.evicted-node"),
        ("ClusterQueueStopped", Reason.RESOURCES, "detail.evicted-stopped"),
        ("Deactivated", Reason.RESOURCES, "detail.evicted-deactivated"),
        ("SomethingNew", Reason.RESOURCES, "detail.evicted"),
    ],
)
def test_evictions_have_reasons_in_words(why: str, reason: Reason, name: str) -> None:
    """Covers: TRAIN-9: also one that Kueue learns after us."""
    assert why_evicted(Standing(Stand.EVICTED, "said", why)) == (reason, Detail(name, said="said"))


def stands(stand: Stand, final: bool = False, since: str = "now") -> Standing:
    """A standing of this life."""
    return GONE if stand == Stand.GONE else Standing(stand, since=since, final=final)


@pytest.mark.parametrize(
    ("place", "standing", "may", "step"),
    [
        (Place.AWAY, stands(Stand.GONE), True, LineStep.REST),
        (Place.AWAY, stands(Stand.ADMITTED), True, LineStep.LEAVE),
        (Place.QUEUED, stands(Stand.GONE), True, LineStep.JOIN),
        (Place.QUEUED, stands(Stand.GONE), False, LineStep.REST),
        (Place.QUEUED, stands(Stand.WAITING), True, LineStep.REST),
        (Place.QUEUED, stands(Stand.WAITING), False, LineStep.LEAVE),
        (Place.QUEUED, stands(Stand.ADMITTED), True, LineStep.ADMIT),
        (Place.QUEUED, stands(Stand.ADMITTED), False, LineStep.LEAVE),
        (Place.QUEUED, stands(Stand.ADMITTED, since="before"), True, LineStep.LEAVE),
        (Place.QUEUED, stands(Stand.EVICTED), True, LineStep.LEAVE),
        (Place.QUEUED, stands(Stand.EVICTED, final=True), True, LineStep.EVICT),
        (Place.HOLDING, stands(Stand.ADMITTED, since="before"), False, LineStep.HELD),
        (Place.HOLDING, stands(Stand.GONE), False, LineStep.JOIN),
        (Place.HOLDING, stands(Stand.WAITING), False, LineStep.LOST),
        (Place.HOLDING, stands(Stand.EVICTED), False, LineStep.EVICT),
    ],
)
def test_the_next_step_of_a_reservation(place: Place, standing: Standing, may: bool, step: LineStep) -> None:
    """Covers: RES-6."""
    assert next_of_reservation(place, standing, "now", may=may) == step


@pytest.mark.parametrize(
    ("place", "standing", "bound", "step"),
    [
        (Place.AWAY, stands(Stand.WAITING), False, LineStep.LEAVE),
        (Place.QUEUED, stands(Stand.GONE), False, LineStep.JOIN),
        (Place.QUEUED, stands(Stand.ADMITTED), False, LineStep.ADMIT),
        (Place.QUEUED, stands(Stand.EVICTED), False, LineStep.REST),
        (Place.HOLDING, stands(Stand.ADMITTED), True, LineStep.REST),
        (Place.HOLDING, stands(Stand.GONE), True, LineStep.REST),
        (Place.HOLDING, stands(Stand.EVICTED), True, LineStep.EVICT),
        (Place.HOLDING, stands(Stand.WAITING), True, LineStep.EVICT),
        (Place.HOLDING, stands(Stand.EVICTED), False, LineStep.REQUEUE),
    ],
)
def test_the_next_step_of_a_task(place: Place, standing: Standing, bound: bool, step: LineStep) -> None:
    """Covers: RES-6, TRAIN-8: one that never got to a node waits again."""
    assert next_of_task(place, standing, may=True, bound=bound) == step
