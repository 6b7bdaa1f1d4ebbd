"""What a platform offers to run on: zones, their cards, specifications; from an operator's file or from a machine."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GB = 2**30
CLASSES = ("B", "S", "P")
LADDER = (("B", 1, 0.5, 1), ("B", 2, 1, 2), ("S", 1, 2, 4), ("S", 2, 4, 8), ("P", 1, 8, 16), ("P", 2, 16, 32))
"""The specifications of a machine, as far as it has them: class, number, cores, GB of memory."""
DEFAULT_CORES = 2


class BadCatalogue(ValueError):
    """The file cannot be used; the text says where and why."""


@dataclass(frozen=True)
class Gpu:
    """So many cards of a type in a zone, as it declares; `memory_gb` of one card."""

    type: str
    declared: int
    memory_gb: float
    label: str = ""


@dataclass(frozen=True)
class Specification:
    """Class and number (a larger one is faster within its class), and what it gives."""

    kind: str
    number: int
    cpu_cores: float
    memory_gb: float
    temporary_storage_gb: float
    gpu_type: str | None = None
    gpu_count: int = 0
    is_default: bool = False

    @property
    def name(self) -> str:
        """What people call it: `S2`."""
        return f"{self.kind}{self.number}"


@dataclass(frozen=True)
class Zone:
    """A zone; `available` is the operator's switch."""

    id: str
    name: str
    region: str
    available: bool
    gpus: tuple[Gpu, ...]
    specifications: tuple[Specification, ...]


def of_machine(cores: int, memory_bytes: int, cards: Mapping[str, tuple[int, int]], disk_gb: float) -> Zone:
    """The one zone that describes a machine: `memory_bytes` is all of it, `cards` count and bytes of each by type.

    The default specification takes at most half of the memory.
    """
    most = memory_bytes * 8 // 10 / GB
    plain: list[tuple[str, int, float, float]] = [rung for rung in LADDER if rung[2] <= cores and rung[3] <= most]
    plain = plain or [("B", 1, min(0.5, cores), max(0.25, int(most * 2) / 4))]
    half = [rung for rung in plain if rung[3] <= memory_bytes / 2 / GB and rung[2] <= DEFAULT_CORES]
    chosen = (half or plain[:1])[-1]
    found = [
        Specification(kind, number, cpu, memory, disk_gb, is_default=(kind, number) == chosen[:2])
        for kind, number, cpu, memory in plain
    ]
    gpus = tuple(Gpu(type_, count, size / GB) for type_, (count, size) in sorted(cards.items()))
    return Zone("local", "本机 Local", "本机 Local", True, gpus, (*found, *_with_cards(gpus, found, cores, most)))


def _with_cards(
    gpus: Sequence[Gpu], plain: Sequence[Specification], cores: int, most: float
) -> tuple[Specification, ...]:
    number = max((one.number for one in plain if one.kind == "P"), default=0)
    made = []
    for gpu in gpus:
        for count in sorted({1, 2, 4, gpu.declared}):
            if count <= gpu.declared:
                number += 1
                share = count / gpu.declared
                cpu, memory = max(1, int(cores * share)), max(1, int(most * share))
                made.append(Specification("P", number, cpu, memory, plain[0].temporary_storage_gb, gpu.type, count))
    return tuple(made)


def parse(text: str) -> tuple[Zone, ...]:
    """The zones in an operator's file; BadCatalogue says what is wrong with it."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadCatalogue(str(error)) from error
    tables = found.get("zones")
    if not isinstance(tables, list) or not tables:
        raise BadCatalogue("there is no [[zones]] in it")
    zones = tuple(_zone(table) for table in tables)
    if len({zone.id for zone in zones}) != len(zones):
        raise BadCatalogue("two zones have the same id")
    return zones


def _zone(table: Mapping[str, Any]) -> Zone:
    id_ = _take(table, "id", str, "a zone")
    where = f"zone {id_}"
    if not id_.isascii() or not id_.replace("-", "").isalnum() or len(id_) > 40 or id_ != id_.lower():
        raise BadCatalogue(f"{where}: an id is up to 40 small letters, digits and hyphens")
    gpus = tuple(_gpu(one, where) for one in table.get("gpus", ()))
    specifications = tuple(_specification(one, where) for one in table.get("specifications", ()))
    if len({one.name for one in specifications}) != len(specifications):
        raise BadCatalogue(f"{where}: two specifications have the same class and number")
    declared = {gpu.type for gpu in gpus}
    for one in specifications:
        if one.gpu_count and one.gpu_type not in declared:
            raise BadCatalogue(f"{where}: {one.name} asks for {one.gpu_type}, which the zone does not declare")
    available = _take(table, "available", bool, where, True)
    return Zone(
        id_, _take(table, "name", str, where), _take(table, "region", str, where), available, gpus, specifications
    )


def _gpu(table: Mapping[str, Any], where: str) -> Gpu:
    declared = _take(table, "declared", int, where)
    if declared < 0:
        raise BadCatalogue(f"{where}: declared is 0 or more")
    memory = _take(table, "memory_gb", float, where)
    return Gpu(_take(table, "type", str, where), declared, memory, _take(table, "label", str, where, ""))


def _specification(table: Mapping[str, Any], where: str) -> Specification:
    kind = _take(table, "class", str, where)
    if kind not in CLASSES:
        raise BadCatalogue(f"{where}: class {kind!r} is none of {', '.join(CLASSES)}")
    cpu, memory = _take(table, "cpu_cores", float, where), _take(table, "memory_gb", float, where)
    if cpu <= 0 or memory <= 0:
        raise BadCatalogue(f"{where}: cpu_cores and memory_gb are more than 0")
    return Specification(
        kind,
        _take(table, "number", int, where),
        cpu,
        memory,
        _take(table, "temporary_storage_gb", float, where, 20.0),
        table.get("gpu_type"),
        _take(table, "gpu_count", int, where, 0),
        _take(table, "default", bool, where, False),
    )


def _take(table: Mapping[str, Any], name: str, kind: type, where: str, default: Any = None) -> Any:
    value = table.get(name, default)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadCatalogue(f"{where}: {name} is missing or not of the right type")
    return value
