"""The plan of a cluster, as a chart renders it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gemini_core.cluster_plan import HAMI, BadPlan, parse

PLAN: dict[str, Any] = {
    "namespace": "work",
    "images": [{"id": "base", "reference": "localhost/base:1", "pullPolicy": "Never"}],
    "zones": [
        {
            "id": "az-bj-a",
            "name": "北京可用区A",
            "region": "北京",
            "nodeLabels": {"zone": "a"},
            "cards": [
                {
                    "type": "A100",
                    "memoryGb": 80,
                    "tolerations": [{"key": "gpu", "operator": "Exists"}],
                    "nodeLabels": {"card": "a100"},
                },
                {
                    "type": "A100-half",
                    "memoryGb": 40,
                    "dialect": "hami",
                    "shareMemoryMib": 40960,
                    "shareCores": 50,
                    "declared": 8,
                    "nodeLabels": {"card": "shared"},
                },
            ],
            "specifications": [
                {"class": "B", "number": 1, "cpuCores": 0.5, "memoryGb": 1, "default": True},
                {"class": "P", "number": 1.0, "cpuCores": 8, "memoryGb": 64, "gpuType": "A100", "gpuCount": 4},
            ],
        }
    ],
    "pod": {"schedulerName": None, "imagePullSecrets": ["pull"]},
}


def changed(path: str, value: object) -> str:
    """The plan with one value exchanged; `path` is of keys and indices."""
    plan = json.loads(json.dumps(PLAN))
    place: Any = plan
    *way, last = (int(part) if part.isdigit() else part for part in path.split("."))
    for part in way:
        place = place[part]
    if last == len(place):
        place.append(value)
    else:
        place[last] = value
    return json.dumps(plan)


def test_a_plan_is_read_with_its_defaults() -> None:
    """Covers: RES-1, RES-2."""
    plan = parse(json.dumps(PLAN))
    assert (plan.namespace, plan.claim, plan.prefix) == ("work", "gemini-store", "work")
    assert (plan.images[0].pull_policy, plan.image("gone").id) == ("Never", "base")
    zone = plan.zone("az-bj-a")
    assert zone is not None and zone.node_labels == {"zone": "a"}
    half = zone.card("A100-half")
    assert half is not None and (half.dialect, half.share_memory_mib, half.share_cores) == (HAMI, 40960, 50)
    assert zone.specifications[1].gpu_count == 4 and zone.specifications[1].name == "P1"
    assert (plan.pod.scheduler_name, plan.pod.image_pull_secrets, plan.pod.host_users) == ("", ("pull",), True)


def test_a_zone_declares_what_the_operator_says_else_what_its_nodes_have() -> None:
    """Covers: RES-1."""
    zone = parse(changed("zones.0.cards.1.declared", 6)).zones[0].catalogue({"A100": 3, "A100-half": 99})
    assert [(gpu.type, gpu.declared, gpu.memory_gb) for gpu in zone.gpus] == [("A100", 3, 80.0), ("A100-half", 6, 40.0)]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("namespace", None, "namespace"),
        ("images", [], "at least one image"),
        ("images.0.pullPolicy", "Sometimes", "image base: pullPolicy"),
        ("zones.0.id", "AZ", "small letters"),
        ("zones.0.nodeLabels", {"a": 1}, "nodeLabels"),
        ("zones.0.cards.0.dialect", "mig", "dialect"),
        ("zones.0.cards.0.shareCores", 50, "only a card of the dialect hami"),
        ("zones.0.cards.1.shareCores", 101, "at most 100"),
        ("zones.0.cards.1.declared", None, "declared .* is needed for the dialect hami"),
        ("zones.0.cards.1.nodeLabels", {}, "card A100-half: nodes of zone az-bj-a, card A100 have its nodeLabels, too"),
        (
            "zones.0.cards.1.nodeLabels",
            {"card": "a100", "half": "x"},
            "card A100: nodes of zone az-bj-a, card A100-half",
        ),
        ("zones.1", {"id": "all"}, "zone all: nodes of zone az-bj-a have its nodeLabels, too"),
        ("zones.1", {"id": "more", "nodeLabels": {"zone": "a"}}, "give each nodeLabels of its own nodes"),
        ("zones.0.cards.1.type", "A100", "two cards"),
        ("zones.0.cards.1", "A100", "no object"),
        ("zones.0.cards.1.type", "a100", "two cards"),
        ("zones.0.specifications.1.gpuCount", -1, "P1 asks for -1 cards"),
        ("zones.0.specifications.0.number", float("inf"), "number"),
        ("zones.0.specifications.0.cpuCores", float("nan"), "cpuCores"),
        ("zones.0.specifications.1.gpuType", "T4", "asks for T4"),
        ("zones.0.specifications.0.cpuCores", True, "cpuCores"),
        ("zones.0.specifications.0.number", 1.5, "number"),
        ("pod.imagePullSecrets", [{"name": "pull"}], "imagePullSecrets"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(path: str, value: object, said: str) -> None:
    """Covers: RES-1, RES-2."""
    with pytest.raises(BadPlan, match=said):
        parse(changed(path, value))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"namespace": "a", "zones": {}}'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    """Covers: RES-1, RES-2."""
    with pytest.raises(BadPlan):
        parse(text)
