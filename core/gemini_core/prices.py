"""Prices: of units, and of specifications that have one of their own (BILL-10). Read from the operator's file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gemini_core.money import MICRO, to_micro

GB = 2**30
UNITS = ("cpu_core_hour", "memory_gb_hour")


class BadPrices(ValueError):
    """The file cannot be used; the text says where and why."""


@dataclass(frozen=True)
class Resources:
    """A configuration to be priced, `instances` times."""

    cpu_millicores: int
    memory_bytes: int
    gpu_type: str | None = None
    gpu_count: int = 0
    instances: int = 1


@dataclass(frozen=True)
class Price:
    """Micro-points per hour, and the part of it that is for cards."""

    micro_per_hour: int
    gpu_micro_per_hour: int

    def times(self, instances: int) -> Price:
        """The price of so many."""
        return Price(self.micro_per_hour * instances, self.gpu_micro_per_hour * instances)


@dataclass(frozen=True)
class Prices:
    """All prices, in micro-points per hour."""

    cpu_core: int
    memory_gb: int
    gpus: Mapping[str, int] = field(default_factory=dict)
    specifications: Mapping[str, int] = field(default_factory=dict)

    def of(self, resources: Resources, specification_id: str | None = None) -> Price | None:
        """The price of a configuration; None where its card has none and neither has the specification.

        A specification's own price is taken where it has one; then its cards' part is what their price is of it.
        """
        cards = self.gpus.get(resources.gpu_type or "") if resources.gpu_count else 0
        gpu = None if cards is None else cards * resources.gpu_count
        own = self.specifications.get(specification_id or "")
        if own is not None:
            return Price(own, min(own, gpu or 0)).times(resources.instances)
        if gpu is None:
            return None
        # One of them is summed exactly and rounded once, half up, to a micro-point.
        exact = self.cpu_core * resources.cpu_millicores * GB + self.memory_gb * resources.memory_bytes * 1000
        return Price((exact + 500 * GB) // (1000 * GB) + gpu, gpu).times(resources.instances)


def parse(text: str) -> Prices:
    """The prices in the operator's file; BadPrices says what is wrong with it."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadPrices(str(error)) from error
    unknown = sorted(set(found) - {"units", "gpus", "specifications"})
    if unknown:
        raise BadPrices(f"[{unknown[0]}] is not known; there are [units], [gpus] and [specifications]")
    units = _table(found, "units")
    for name in units:
        if name not in UNITS:
            raise BadPrices(f"units.{name} is not known; there are {', '.join(UNITS)}")
    for name in UNITS:
        if name not in units:
            raise BadPrices(f"units.{name} is missing")
    cpu, memory = (units[name] for name in UNITS)
    return Prices(cpu, memory, _table(found, "gpus"), _table(found, "specifications"))


def _table(found: Mapping[str, Any], name: str) -> dict[str, int]:
    table = found.get(name, {})
    if not isinstance(table, dict):
        raise BadPrices(f"{name} is a table: write [{name}] above its lines")
    return {key: _price(f"{name}.{key}", value) for key, value in table.items()}


def _price(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadPrices(f'{name} is an amount of points per hour in quotes, like "0.25"')
    try:
        micro = to_micro(value)
    except ValueError as error:
        raise BadPrices(f"{name}: {value!r} is {error}") from error
    if not 0 <= micro <= 1_000_000 * MICRO:
        raise BadPrices(f"{name}: {value!r} is below 0 or above 1,000,000")
    return micro
