"""What nodes have, by zone; what other pods use of them; amounts as Kubernetes writes them.

Covers: RES-1, RES-1b
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from gemini_core import quantities
from gemini_core.cluster_plan import ClusterPlan, parse
from gemini_core.inventory import count, used_by
from gemini_core.queueing import Capacity

GB = 2**30
TAINT = {"key": "cards", "effect": "NoSchedule"}
TOLERATION = {"key": "cards", "operator": "Exists", "effect": "NoSchedule"}


def make_plan(**card: Any) -> ClusterPlan:
    """A zone with cards on tainted nodes."""
    kind = {"type": "A100", "memoryGb": 80, "tolerations": [TOLERATION], **card}
    zone = {"id": "z", "nodeLabels": {"zone": "z"}, "cards": [kind]}
    return parse(json.dumps({"namespace": "gemini", "images": [{"id": "i", "reference": "r"}], "zones": [zone]}))


def node(name: str = "n", ready: str = "True", **more: Any) -> dict[str, Any]:
    """A node with 8 cores, 16 GB and four cards."""
    has = {"cpu": "7910m", "memory": "16Gi", "nvidia.com/gpu": "4"}
    spec = {"taints": more.get("taints", []), "unschedulable": more.get("cordoned", False)}
    status = {"allocatable": has, "conditions": [{"type": "Ready", "status": ready}]}
    return {"metadata": {"name": name, "labels": more.get("labels", {"zone": "z"})}, "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("one", "cpu", "cards"),
    [
        (node(), 7910, 4),
        (node(ready="Unknown"), 0, 0),
        (node(cordoned=True), 0, 0),
        (node(labels={"zone": "other"}), 0, 0),
        (node(taints=[TAINT]), 7910, 4),
        (node(taints=[{"key": "secret", "effect": "NoExecute"}]), 0, 0),
        (node(taints=[{"key": "slow", "effect": "PreferNoSchedule"}]), 7910, 4),
    ],
)
def test_only_nodes_that_take_its_work_count(one: dict[str, Any], cpu: int, cards: int) -> None:
    """Covers: RES-1b: what a node keeps for cards is the zone's, for that work needs processors, too."""
    found = count(make_plan(), [one]).of("z")
    assert (found.cpu_millicores, found.cards.get("A100", 0)) == (cpu, cards)


def test_a_kind_of_card_is_on_its_own_nodes() -> None:
    """Covers: RES-1: other cards of the same resource are not counted for it."""
    plan = make_plan(nodeLabels={"card": "a100"})
    found = count(plan, [node(), node("m", labels={"zone": "z", "card": "a100"})])
    assert found.of("z").cards == {"A100": 4} and found.largest_of("z").cards == {"A100": 4}
    assert found.of("z").cpu_millicores == 2 * 7910 == found.total().cpu_millicores
    assert found.of("nowhere") == Capacity(0, 0)


def test_what_others_use_is_not_there() -> None:
    """Covers: RES-1b: requests of pods that are not people's work, on their node only."""
    requests = {"cpu": "250m", "memory": "1Gi"}
    pod = {"spec": {"nodeName": "n", "containers": [{"resources": {"requests": requests}}, {"name": "no requests"}]}}
    used = used_by([pod, pod, {"spec": {"containers": []}}])
    assert used == {"n": Capacity(500, 2 * GB)}
    found = count(make_plan(), [node(), node("m")], used)
    assert found.of("z").cpu_millicores == 2 * 7910 - 500
    assert found.of("z").memory_bytes == 30 * GB and found.largest_of("z").memory_bytes == 16 * GB


def test_cards_that_others_use_are_not_there() -> None:
    """Covers: RES-1b."""
    pod = {"spec": {"nodeName": "n", "containers": [{"resources": {"requests": {"nvidia.com/gpu": "1", "cpu": "1"}}}]}}
    found = count(make_plan(), [node(), node("m")], used_by([pod]))
    before = count(make_plan(), [node(), node("m")])
    assert found.of("z").cards == {"A100": before.of("z").cards["A100"] - 1}
    many = used_by([pod] * 100)
    assert count(make_plan(), [node()], many).of("z").cards == {"A100": 0}


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("1500m", "1.5"),
        ("2", "2"),
        (4, "4"),
        ("8Gi", 8 * GB),
        ("1e3", 1000),
        ("1.5k", 1500),
        ("0", 0),
        ("12E", 12 * 10**18),
    ],
)
def test_quantities_are_read(said: object, means: Any) -> None:
    """Covers: RES-4."""
    assert quantities.amount(said) == Decimal(means)


@pytest.mark.parametrize("said", ["", "x", "1 Gi", "Gi", None, "1.2.3"])
def test_what_is_none_is_refused(said: object) -> None:
    """Covers: RES-4: and counts as nothing where it is only counted."""
    with pytest.raises(ValueError, match="no quantity"):
        quantities.amount(said)
    assert quantities.whole(said) == 0 == quantities.millis(said)
