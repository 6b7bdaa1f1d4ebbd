"""What the nodes of a cluster really have, by zone: processors, memory, and cards by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gemini_core import quantities
from gemini_core.cluster_plan import HAMI, CardKind, ClusterPlan, ClusterZone, Toleration
from gemini_core.queueing import Capacity

Node = Mapping[str, Any]
NOTHING = Capacity(0, 0)
KEPT_OUT = ("NoSchedule", "NoExecute")


@dataclass(frozen=True)
class Inventory:
    """What there is, by zone; `largest` is the most that one node of a zone has of each."""

    zones: Mapping[str, Capacity] = field(default_factory=dict)
    largest: Mapping[str, Capacity] = field(default_factory=dict)

    def of(self, zone_id: str | None) -> Capacity:
        """What the zone has; nothing where there is no such zone."""
        return self.zones.get(zone_id or "", NOTHING)

    def largest_of(self, zone_id: str | None) -> Capacity:
        """The most that one node of a zone has."""
        return self.largest.get(zone_id or "", NOTHING)

    def total(self) -> Capacity:
        """All zones together."""
        cards: dict[str, int] = {}
        for zone in self.zones.values():
            for kind, count in zone.cards.items():
                cards[kind] = cards.get(kind, 0) + count
        cpu = sum(zone.cpu_millicores for zone in self.zones.values())
        return Capacity(cpu, sum(zone.memory_bytes for zone in self.zones.values()), cards)


def count(plan: ClusterPlan, nodes: Iterable[Node], others: Mapping[str, Capacity] | None = None) -> Inventory:
    """What the nodes that take work have; `others` is what is used on them, by name, by what is not ours."""
    usable = [node for node in nodes if is_usable(node)]
    parts = {
        zone.id: [_part(zone, node, (others or {}).get(_name(node), NOTHING)) for node in usable] for zone in plan.zones
    }
    return Inventory(
        {zone: _sum(found) for zone, found in parts.items()}, {zone: _most(found) for zone, found in parts.items()}
    )


def used_by(pods: Iterable[Mapping[str, Any]]) -> dict[str, Capacity]:
    """What pods ask for, by the name of their node; cards by the name of their resource."""
    used: dict[str, Capacity] = {}
    for pod in pods:
        node = str(pod.get("spec", {}).get("nodeName") or "")
        if not node:
            continue
        asked = [(one.get("resources") or {}).get("requests") or {} for one in pod["spec"].get("containers") or ()]
        before = used.get(node, NOTHING)
        cpu = before.cpu_millicores + sum(quantities.millis(one.get("cpu", 0)) for one in asked)
        cards = dict(before.cards)
        for name, amount in (item for one in asked for item in one.items() if "/" in item[0]):
            cards[name] = cards.get(name, 0) + quantities.whole(amount)
        memory = before.memory_bytes + sum(quantities.whole(one.get("memory", 0)) for one in asked)
        used[node] = Capacity(cpu, memory, cards)
    return used


def is_usable(node: Node) -> bool:
    """Whether a node takes new work: ready, and not cordoned."""
    conditions = node.get("status", {}).get("conditions") or ()
    ready = any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)
    return ready and not node.get("spec", {}).get("unschedulable")


def tolerates(tolerations: Iterable[Toleration], taints: Iterable[Mapping[str, Any]]) -> bool:
    """Whether pods with these tolerations may be placed on a node with these taints."""
    kept_out = [taint for taint in taints if taint.get("effect") in KEPT_OUT]
    allowed = tuple(tolerations)
    return all(any(_matches(one, taint) for one in allowed) for taint in kept_out)


def _matches(toleration: Toleration, taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if toleration.get("operator") == "Exists":
        return not toleration.get("key") or toleration["key"] == taint.get("key")
    return toleration.get("key") == taint.get("key") and (toleration.get("value") or "") == (taint.get("value") or "")


def _name(node: Node) -> str:
    return str(node.get("metadata", {}).get("name", ""))


def _has(node: Node, labels: Mapping[str, str]) -> bool:
    found = node.get("metadata", {}).get("labels") or {}
    return all(found.get(key) == value for key, value in labels.items())


def _part(zone: ClusterZone, node: Node, others: Capacity) -> Capacity:
    """What one node has for a zone."""
    if not _has(node, zone.node_labels):
        return NOTHING
    taints = node.get("spec", {}).get("taints") or ()
    has = node.get("status", {}).get("allocatable") or {}
    there = {card.type: (card.resource, _cards(zone, card, node, has, taints)) for card in zone.cards}
    cards = {kind: max(0, found - others.cards.get(resource, 0)) for kind, (resource, found) in there.items()}
    # What a card's nodes keep for its work alone is the zone's all the same: that work needs processors, too.
    if not tolerates(zone.tolerations, taints) and not any(found for _, found in there.values()):
        return Capacity(0, 0, cards)
    cpu = quantities.millis(has.get("cpu", 0)) - others.cpu_millicores
    memory = quantities.whole(has.get("memory", 0)) - others.memory_bytes
    return Capacity(max(0, cpu), max(0, memory), cards)


def _cards(zone: ClusterZone, card: CardKind, node: Node, has: Mapping[str, Any], taints: Iterable[Any]) -> int:
    there = _has(node, card.node_labels) and tolerates((*zone.tolerations, *card.tolerations), taints)
    return quantities.whole(has.get(card.resource, 0)) if there else 0


def _sum(parts: list[Capacity]) -> Capacity:
    cards: dict[str, int] = {}
    for part in parts:
        for kind, found in part.cards.items():
            cards[kind] = cards.get(kind, 0) + found
    return Capacity(sum(one.cpu_millicores for one in parts), sum(one.memory_bytes for one in parts), cards)


def _most(parts: list[Capacity]) -> Capacity:
    cards: dict[str, int] = {}
    for part in parts:
        for kind, found in part.cards.items():
            cards[kind] = max(cards.get(kind, 0), found)
    cpu = max((one.cpu_millicores for one in parts), default=0)
    return Capacity(cpu, max((one.memory_bytes for one in parts), default=0), cards)


def shares(card: CardKind, found: int) -> int:
    """How many of a kind can be given away where the nodes advertise `found`: an operator says how many shares fit."""
    return min(found, card.declared or 0) if card.dialect == HAMI else found
