"""Training tasks on the wire (API-3 and what the panels show)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from gemini_control.models.resources import (
    DatasetIn,
    ModelIn,
    MountOut,
    ProblemOut,
    QueueOut,
    ReasonOut,
    ResourceConfigIn,
    StepOut,
)
from gemini_control.models.wire import Moment, Number, OptionalId, Points, Whole, WireIn, WireOut


class RoleIn(WireIn):
    """A role of a distributed task; without a command it runs the task's."""

    name: str = ""
    instances: Whole = 1
    command: str | None = None


class TaskIn(WireIn):
    """A training form, also a half-filled one: what must be there is checked in the form's order (TRAIN-3)."""

    task_name: str | None = None
    description: str | None = None
    command: str | None = None
    launch_mode: str | None = None
    mode: str | None = None
    environment_id: OptionalId = None
    specification_id: OptionalId = None
    resource_config: ResourceConfigIn | None = None
    project_id: OptionalId = None
    dataset_id: OptionalId = None
    dataset_version_id: OptionalId = None
    model_id: OptionalId = None
    model_version_id: OptionalId = None
    datasets: list[DatasetIn] = Field(default=[], max_length=16)
    models: list[ModelIn] = Field(default=[], max_length=16)
    roles: list[RoleIn] = Field(default=[], max_length=64)
    priority: Literal["low", "normal", "high"] = "normal"
    max_duration: Number | None = None
    retries: Whole = Field(default=0, ge=0, le=10)
    retry_on: list[Literal["code", "node", "out-of-memory"]] = Field(default=["code", "node", "out-of-memory"])


class TaskCreated(WireOut):
    """The answer to a submission. `reason` and `position` where it waits."""

    task_id: str
    status: str
    environment_id: str | None = None
    estimated_start_time: Moment | None = None
    reason: ReasonOut | None = None
    position: int | None = None

    def wire(self) -> dict[str, Any]:
        """The JSON object, without what does not apply (API-3)."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class RoleOut(WireOut):
    """A role, how many instances of it there are and what each runs."""

    name: str
    instances: int
    command: str


class RankOut(WireOut):
    """One process of a task."""

    role: str
    rank: int
    state: str
    exit_code: int | None


class TimelineOut(WireOut):
    """A state and when it began."""

    state: str
    at: Moment
    reason: ReasonOut | None


class TaskOut(WireOut):
    """A training task. `cost` of an `existing` one is its share of the environment's charge (BILL-9).

    Its resources are of each instance of each role, its price and cost of all.
    """

    task_id: str
    id: str
    task_name: str
    description: str
    status: str
    state: str
    reason: ReasonOut | None
    position: int | None
    launch_mode: str
    mode: str
    environment_id: str | None
    environment_name: str | None
    availability_zone: str | None
    gpu_type: str | None
    gpu_count: int
    cpu_cores: float | int
    memory: float | int
    instances: int
    image: str
    command: str
    datasets: list[MountOut]
    models: list[MountOut]
    project_id: str
    project_name: str
    owner: str
    workspace_id: str
    created_at: Moment
    started_at: Moment | None
    ended_at: Moment | None
    state_since: Moment
    exit_code: int | None
    lost: bool
    last_lines: list[str]
    priority: str
    retries: int
    retry_on: list[str]
    attempt: int
    roles: list[RoleOut]
    ranks: list[RankOut]
    timeline: list[TimelineOut]
    steps: list[StepOut]
    cost: Points
    gpu_cost: Points
    cost_is_share: bool
    price_per_hour: Points
    max_duration: int | None
    output_path: str
    estimated_start_time: Moment | None


class TaskPreview(WireOut):
    """What a training form comes to: resources of each of `instances`, the price of all."""

    environment_name: str | None
    zone_name: str | None
    gpu: str
    cpu_cores: float | int | None
    memory: float | int | None
    instances: int
    price_per_hour: Points | None
    price_is_share: bool
    expected_start: str
    queue: QueueOut | None
    errors: list[ProblemOut]


class LogOut(WireOut):
    """A piece of a log: bytes from `offset` up to `next`, of `size` so far; `ended`: nothing will follow."""

    text: str
    offset: int
    next: int
    size: int
    ended: bool
