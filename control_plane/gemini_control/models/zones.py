"""Zones and specifications on the wire."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gemini_control.models.wire import Points, WireOut


class ZoneOut(WireOut):
    """A zone (API-4): `gpu_inventory` is what is free now by type, 0 for what is declared and not there."""

    id: str
    name: str
    region: str
    available: bool
    gpu_inventory: dict[str, int]


class SpecificationOut(WireOut):
    """A specification (RES-2): `memory` and `temporary_storage` in GB; `free`: whether it fits now."""

    id: str
    name: str
    class_: Literal["B", "S", "P"] = Field(alias="class")
    number: int
    zone: str
    cpu_cores: float
    memory: float
    gpu_type: str | None
    gpu_count: int
    temporary_storage: float
    price_per_hour: Points | None
    free: bool
    is_default: bool
