"""Development environments on the wire (API-2 and what the panels show)."""

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
    UsageOut,
)
from gemini_control.models.wire import Line, Moment, Name, OptionalId, Points, Tags, Whole, WireIn, WireOut


class EnvironmentIn(WireIn):
    """A new environment: a specification, or a free choice of resources."""

    name: Name
    project_id: OptionalId = None
    image: Line = ""
    specification_id: OptionalId = None
    resource_config: ResourceConfigIn | None = None
    datasets: list[DatasetIn] = Field(default=[], max_length=16)
    models: list[ModelIn] = Field(default=[], max_length=16)
    tags: Tags = Field(default=[])


class EnvironmentChange(WireIn):
    """What may change; resources and mounts only while it is stopped. A field left out stays."""

    name: Name | None = None
    tags: Tags | None = None
    image: Line | None = None
    specification_id: OptionalId = None
    resource_config: ResourceConfigIn | None = None
    datasets: list[DatasetIn] | None = Field(default=None, max_length=16)
    models: list[ModelIn] | None = Field(default=None, max_length=16)


class EnvironmentDraft(WireIn):
    """A half-filled form: nothing is required, nothing is checked before it is previewed."""

    name: str = ""
    project_id: OptionalId = None
    image: str = ""
    specification_id: OptionalId = None
    resource_config: ResourceConfigIn | None = None
    datasets: list[DatasetIn] = Field(default=[])
    models: list[ModelIn] = Field(default=[])
    tags: list[str] = Field(default=[])


class EnvironmentOut(WireOut):
    """An environment. `status` is API-2's, the finer state is in `state`; `cost` is of this run (or the last)."""

    id: str
    name: str
    type: Literal["notebook", "custom"]
    status: Literal["running", "stopped"]
    image: str
    availability_zone: str
    gpu_type: str | None
    gpu_count: int
    cpu_cores: float | int
    memory: float | int
    uptime: str
    tags: list[str]
    state: str
    target: str
    reason: ReasonOut | None
    position: int | None
    project_id: str
    project_name: str
    owner: str
    workspace_id: str
    specification_id: str | None
    mounts: list[MountOut]
    created_at: Moment
    started_at: Moment | None
    state_since: Moment
    price_per_hour: Points
    cost: Points
    health: str | None
    usage: UsageOut | None
    steps: list[StepOut]
    url: str | None
    terminal_url: str | None
    tensorboard_url: str | None


class EnvironmentPreview(WireOut):
    """What would happen to a form as it is now."""

    environment_name: str | None
    zone_name: str | None
    gpu: str
    cpu_cores: float | int | None
    memory: float | int | None
    price_per_hour: Points | None
    price_is_share: bool
    expected_start: str
    queue: QueueOut | None
    errors: list[ProblemOut]


class LaunchMount(WireOut):
    """A folder of the store and where it appears inside."""

    source: str
    target: str
    read_only: bool


class LaunchPod(WireOut):
    """What a cluster adds: the pod around it. Texts may be empty: the cluster's own.

    `resources` are those of its cards; `image` is what the nodes pull, `claim` the volume that holds the store.
    """

    image: str
    pull_policy: str
    pull_secrets: list[str]
    claim: str
    resources: dict[str, str]
    node_labels: dict[str, str]
    tolerations: list[dict[str, Any]]
    scheduler_name: str
    priority_class: str
    service_account: str
    runtime_class: str
    host_users: bool
    annotations: dict[str, str]


class LaunchPlan(WireOut):
    """All that the spawner needs to start an environment; it adds what the hub gives and nothing else.

    `gpus` are the cards of this machine by number, `pod` is None on one machine.
    """

    environment: str
    owner: str
    display_name: str
    workspace_id: str
    workspace_index: int
    image: str
    cpu_cores: float
    memory_bytes: int
    gpu_type: str | None
    gpu_count: int
    gpus: list[str]
    mounts: list[LaunchMount]
    variables: dict[str, str]
    pod: LaunchPod | None


class ObservationIn(WireIn):
    """What the spawner saw, and when (left out: now); `ended` says how."""

    event: Literal["started", "stop-requested", "ended"]
    at: Moment | None = None
    reason: str | None = Field(default=None, max_length=64)
    detail: str | None = Field(default=None, max_length=4000)
    exit_code: Whole | None = None
    lost: bool = False
