"""Limits of workspaces and persons, and what is held against them, on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from gemini_control.models.wire import Moment, WireIn, WireOut, as_number, as_whole

# Bounds before what reads the number, within the choice of none: only so the OpenAPI document has them.
Cores = Annotated[float, Field(ge=0, le=1_000_000), BeforeValidator(as_number)]
Gigabytes = Annotated[float, Field(ge=0, le=10_000_000), BeforeValidator(as_number)]
Cards = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(as_whole)]


class LimitsIn(WireIn):
    """The most that may be held at once: `cpu_cores`, `memory` in GB (2^30 bytes), `gpu_count` cards of all kinds.

    What is null or left out has no limit.
    """

    cpu_cores: Cores | None = None
    memory: Gigabytes | None = None
    gpu_count: Cards | None = None


class LimitsOut(WireOut):
    """Limits; null is none. `changed_by` and `changed_at` are null where they were never set."""

    cpu_cores: float | int | None
    memory: float | int | None
    gpu_count: int | None
    changed_by: str | None
    changed_at: Moment | None


class HoldingOut(WireOut):
    """`count` environments and tasks with resources of their own, and what they have together."""

    count: int
    cpu_cores: float | int
    memory: float | int
    gpu_count: int


class QuotaUseOut(WireOut):
    """Limits, what is held against them, and what waits (for quota or for resources)."""

    limits: LimitsOut
    held: HoldingOut
    queued: HoldingOut
