"""What environments and tasks share on the wire: resources, mounts, reasons, steps."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from gemini_control.models.wire import Line, Moment, Number, OptionalId, Whole, WireIn, WireOut


class ResourceConfigIn(WireIn):
    """A free choice of resources (API-3): `memory` in GB (2^30 bytes), `gpu_count` whole cards."""

    availability_zone: OptionalId = None
    gpu_type: OptionalId = None
    gpu_count: Whole = Field(default=0, ge=0, le=1024)
    cpu_cores: Number = Field(default=1, ge=0.1, le=4096)
    memory: Number = Field(default=2, ge=0.25, le=65536)
    image: Line = ""


class DatasetIn(WireIn):
    """A dataset to mount; the newest version where none is named."""

    dataset_id: OptionalId = None
    version_id: OptionalId = None


class ModelIn(WireIn):
    """A model to mount; the newest version where none is named."""

    model_id: OptionalId = None
    version_id: OptionalId = None


class ReasonOut(WireOut):
    """Why it waits or ended: `message` what, `remedy` what to do, `detail` what exactly."""

    code: str
    message: str
    remedy: str
    detail: str


class MountOut(WireOut):
    """A version in its slot, and where it appears inside."""

    kind: Literal["dataset", "model"]
    slot: int
    asset_id: str
    asset_name: str
    version_id: str
    version_number: int
    path: str


class StepOut(WireOut):
    """One step of a start."""

    name: str
    label: str
    state: Literal["waiting", "doing", "done", "failed"]
    at: Moment | None


class UsageOut(WireOut):
    """Live use: `cpu` in cores, `memory` in GB."""

    cpu: float
    memory: float


class QueueOut(WireOut):
    """A place in the line."""

    reason: ReasonOut
    position: int


class ProblemOut(WireOut):
    """Something of a form that would be refused."""

    name: str
    field: str | None
    message: str


def number(value: float) -> float | int:
    """A number as people write it: whole where it is whole."""
    return int(value) if float(value).is_integer() else round(value, 3)


def wire_or_none(model: WireOut | None) -> dict[str, Any] | None:
    """The JSON of a model that may be missing."""
    return None if model is None else model.wire()
