"""What an operator tells of a cluster: where our things go, which images, zones, cards and specifications there are.

The chart renders it from its values as one JSON file (camelCase, as values are written); this reads it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

from gemini_core import catalogue
from gemini_core.catalogue import CLASSES, Gpu, Specification

WHOLE = "whole"
HAMI = "hami"
PULL_POLICIES = ("IfNotPresent", "Always", "Never")
Toleration = Mapping[str, Any]


class BadPlan(ValueError):
    """The file cannot be used; the text says where and why."""


@dataclass(frozen=True)
class Image:
    """An image that people choose by name; `reference` is what the nodes pull."""

    id: str
    name: str
    description: str
    reference: str
    pull_policy: str = "IfNotPresent"


@dataclass(frozen=True)
class CardKind:
    """A kind of card of a zone. `declared` None: as many as the nodes have (of whole cards).

    `dialect` `whole`: so many of `resource` (a MIG slice is whole, too). `hami`: a share of a card,
    `share_memory_mib` of its memory and `share_cores` percent of its processors (0: not limited).
    """

    type: str
    memory_gb: float
    resource: str = "nvidia.com/gpu"
    label: str = ""
    declared: int | None = None
    node_labels: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()
    dialect: str = WHOLE
    share_memory_mib: int = 0
    share_cores: int = 0


@dataclass(frozen=True)
class ClusterZone:
    """A zone: the nodes with these labels. `available` is the operator's switch."""

    id: str
    name: str
    region: str
    available: bool = True
    node_labels: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()
    cards: tuple[CardKind, ...] = ()
    specifications: tuple[Specification, ...] = ()

    def card(self, type_: str | None) -> CardKind | None:
        """The kind of card of that name; None where there is none."""
        return next((card for card in self.cards if card.type == type_), None)

    def catalogue(self, found: Mapping[str, int]) -> catalogue.Zone:
        """As the catalogue has it; `found` counts the cards of its nodes by type, where none are declared."""
        gpus = tuple(
            Gpu(
                card.type,
                found.get(card.type, 0) if card.declared is None else card.declared,
                card.memory_gb,
                card.label,
            )
            for card in self.cards
        )
        return catalogue.Zone(self.id, self.name, self.region, self.available, gpus, self.specifications)


@dataclass(frozen=True)
class PodDefaults:
    """What every pod of a person's work has. Empty: the cluster's own. `internet`: it reaches public addresses."""

    scheduler_name: str = ""
    image_pull_secrets: tuple[str, ...] = ()
    priority_class: str = ""
    service_account: str = ""
    runtime_class: str = ""
    host_users: bool = True
    annotations: Mapping[str, str] = field(default_factory=dict)
    internet: bool = True


@dataclass(frozen=True)
class ClusterPlan:
    """All of it. `prefix` begins the name of everything of ours that belongs to no namespace."""

    namespace: str
    claim: str
    prefix: str
    images: tuple[Image, ...]
    zones: tuple[ClusterZone, ...]
    pod: PodDefaults = PodDefaults()

    def zone(self, zone_id: str) -> ClusterZone | None:
        """The zone of that id; None where there is none."""
        return next((zone for zone in self.zones if zone.id == zone_id), None)

    def image(self, image_id: str) -> Image:
        """The image of that id; the first where there is none (any more)."""
        return next((image for image in self.images if image.id == image_id), self.images[0])


def parse(text: str) -> ClusterPlan:
    """The plan in the file's text; BadPlan says what is wrong with it."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise BadPlan(str(error)) from error
    if not isinstance(found, dict):
        raise BadPlan("it is no object")
    namespace = _text(found, "namespace", "the plan")
    images = tuple(_image(one) for one in _list(found, "images", "the plan"))
    zones = tuple(_zone(one) for one in _list(found, "zones", "the plan"))
    if not images or not zones:
        raise BadPlan("there is at least one image and one zone")
    _distinct([image.id for image in images], "two images have the same id")
    _distinct([zone.id for zone in zones], "two zones have the same id")
    _apart(zones)
    claim, prefix = _text(found, "claim", "the plan", "gemini-store"), _text(found, "prefix", "the plan", namespace)
    return ClusterPlan(namespace, claim, prefix, images, zones, _pod(_table(found, "pod", "the plan")))


def _apart(zones: Sequence[ClusterZone]) -> None:
    """Kueue tells where a request goes by node labels alone: no place is found by another's labels."""
    places: list[tuple[str, str, Mapping[str, str]]] = [("", f"zone {zone.id}", zone.node_labels) for zone in zones]
    for zone in zones:
        for card in zone.cards:
            labels = {**zone.node_labels, **card.node_labels}
            places.append((card.resource, f"zone {zone.id}, card {card.type}", labels))
    for (resource, one, mine), (another, other, theirs) in permutations(places, 2):
        if resource == another and mine.items() <= theirs.items():
            raise BadPlan(f"{one}: nodes of {other} have its nodeLabels, too; give each nodeLabels of its own nodes")


def _image(table: Mapping[str, Any]) -> Image:
    id_ = _text(table, "id", "an image")
    where = f"image {id_}"
    policy = _text(table, "pullPolicy", where, "IfNotPresent")
    if policy not in PULL_POLICIES:
        raise BadPlan(f"{where}: pullPolicy is one of {', '.join(PULL_POLICIES)}")
    name, description = _text(table, "name", where, id_), _text(table, "description", where, "")
    return Image(id_, name, description, _text(table, "reference", where), policy)


def _zone(table: Mapping[str, Any]) -> ClusterZone:
    id_ = _text(table, "id", "a zone")
    where = f"zone {id_}"
    if not id_.isascii() or not id_.replace("-", "").isalnum() or len(id_) > 40 or id_ != id_.lower():
        raise BadPlan(f"{where}: an id is up to 40 small letters, digits and hyphens")
    cards = tuple(_card(one, where) for one in _list(table, "cards", where))
    specifications = tuple(_specification(one, where) for one in _list(table, "specifications", where))
    # The names of what is made of them are in small letters.
    _distinct([card.type.lower() for card in cards], f"{where}: two cards have the same type")
    _distinct([one.name for one in specifications], f"{where}: two specifications have the same class and number")
    for one in specifications:
        if one.gpu_count < 0:
            raise BadPlan(f"{where}: {one.name} asks for {one.gpu_count} cards")
        if one.gpu_count and one.gpu_type not in {card.type for card in cards}:
            raise BadPlan(f"{where}: {one.name} asks for {one.gpu_type}, which the zone does not have")
    return ClusterZone(
        id_,
        _text(table, "name", where, id_),
        _text(table, "region", where, ""),
        _take(table, "available", bool, where, True),
        _labels(table, "nodeLabels", where),
        _tolerations(table, where),
        cards,
        specifications,
    )


def _card(table: Mapping[str, Any], zone: str) -> CardKind:
    type_ = _text(table, "type", f"{zone}: a card")
    where = f"{zone}, card {type_}"
    dialect = _text(table, "dialect", where, WHOLE)
    if dialect not in (WHOLE, HAMI):
        raise BadPlan(f"{where}: dialect is {WHOLE} or {HAMI}")
    declared = None if table.get("declared") is None else _take(table, "declared", int, where)
    if dialect == HAMI and declared is None:
        # The nodes tell into how many parts HAMi would cut a card, whatever the share's size.
        raise BadPlan(f"{where}: declared (how many such shares there are) is needed for the dialect {HAMI}")
    share = _take(table, "shareMemoryMib", int, where, 0), _take(table, "shareCores", int, where, 0)
    if dialect == WHOLE and any(share):
        raise BadPlan(f"{where}: only a card of the dialect {HAMI} has a share")
    if min(*share, declared or 0) < 0 or share[1] > 100:
        raise BadPlan(f"{where}: numbers are 0 or more, shareCores at most 100")
    return CardKind(
        type_,
        _take(table, "memoryGb", float, where),
        _text(table, "resource", where, "nvidia.com/gpu"),
        _text(table, "label", where, ""),
        declared,
        _labels(table, "nodeLabels", where),
        _tolerations(table, where),
        dialect,
        *share,
    )


def _specification(table: Mapping[str, Any], zone: str) -> Specification:
    kind = _text(table, "class", f"{zone}: a specification")
    if kind not in CLASSES:
        raise BadPlan(f"{zone}: class {kind!r} is none of {', '.join(CLASSES)}")
    where = f"{zone}, specification {kind}"
    cpu, memory = _take(table, "cpuCores", float, where), _take(table, "memoryGb", float, where)
    if cpu <= 0 or memory <= 0:
        raise BadPlan(f"{where}: cpuCores and memoryGb are more than 0")
    return Specification(
        kind,
        _take(table, "number", int, where),
        cpu,
        memory,
        _take(table, "temporaryStorageGb", float, where, 20.0),
        _text(table, "gpuType", where, "") or None,
        _take(table, "gpuCount", int, where, 0),
        _take(table, "default", bool, where, False),
    )


def _pod(table: Mapping[str, Any]) -> PodDefaults:
    where = "pod"
    secrets = _list(table, "imagePullSecrets", where)
    if not all(isinstance(one, str) for one in secrets):
        raise BadPlan("pod: imagePullSecrets are names")
    return PodDefaults(
        _text(table, "schedulerName", where, ""),
        tuple(secrets),
        _text(table, "priorityClass", where, ""),
        _text(table, "serviceAccount", where, ""),
        _text(table, "runtimeClass", where, ""),
        _take(table, "hostUsers", bool, where, True),
        _labels(table, "annotations", where),
        _take(table, "internet", bool, where, True),
    )


def _tolerations(table: Mapping[str, Any], where: str) -> tuple[Toleration, ...]:
    found = _list(table, "tolerations", where)
    if not all(isinstance(one, dict) for one in found):
        raise BadPlan(f"{where}: tolerations are objects")
    return tuple(found)


def _labels(table: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    found = _table(table, name, where)
    if not all(isinstance(value, str) for value in found.values()):
        raise BadPlan(f"{where}: the values of {name} are texts")
    return dict(found)


def _distinct(names: Sequence[str], wrong: str) -> None:
    if len(set(names)) != len(names):
        raise BadPlan(wrong)


def _text(table: Mapping[str, Any], name: str, where: str, default: str | None = None) -> str:
    return str(_take(table, name, str, where, default))


def _list(table: Mapping[str, Any], name: str, where: str) -> list[Any]:
    return list(_take(table, name, list, where, []))


def _table(table: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    return dict(_take(table, name, dict, where, {}))


def _take(table: Mapping[str, Any], name: str, kind: type, where: str, default: Any = None) -> Any:
    """The value of `name`; null is as good as absent, for that is how a chart writes an empty value."""
    if not isinstance(table, dict):
        raise BadPlan(f"{where} is no object")
    value = default if table.get(name) is None else table[name]
    number = kind in (float, int) and isinstance(value, int | float) and not isinstance(value, bool)
    endless = number and not math.isfinite(value)
    if number and not endless and value == kind(value):
        value = kind(value)  # a chart writes whole numbers as decimals and the other way round
    if endless or not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadPlan(f"{where}: {name} is missing or not of the right type")
    return value
