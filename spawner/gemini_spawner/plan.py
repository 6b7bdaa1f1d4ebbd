"""The launch plan: what the control plane says an environment is made from (docs/architecture.md, "Launch plan")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any


@dataclass(frozen=True)
class PlannedMount:
    """One folder of the store (`source` is relative to it) at an absolute path inside."""

    source: str
    target: str
    read_only: bool


@dataclass(frozen=True)
class PodPlan:
    """What a cluster adds. Empty texts: the cluster's own. `resources` are those of the cards."""

    image: str
    pull_policy: str
    pull_secrets: tuple[str, ...]
    claim: str
    resources: dict[str, str]
    node_labels: dict[str, str]
    tolerations: tuple[dict[str, Any], ...]
    scheduler_name: str
    priority_class: str
    service_account: str
    runtime_class: str
    host_users: bool
    annotations: dict[str, str]


@dataclass(frozen=True)
class LaunchPlan:
    """Everything that decides what runs. Nothing of it comes from what a user posts to the hub."""

    environment: str
    owner: str
    display_name: str
    workspace_id: str
    workspace_index: int
    image: str
    cpu_cores: float
    memory_bytes: int
    gpus: tuple[str, ...]
    mounts: tuple[PlannedMount, ...]
    variables: dict[str, str]
    pod: PodPlan | None = None

    def to_text(self) -> str:
        """The plan as JSON, equal for equal plans."""
        return json.dumps(asdict(self), sort_keys=True)


def read_plan(wire: Mapping[str, Any]) -> LaunchPlan:
    """The plan in the control plane's answer. ValueError where a source would leave the store."""
    return LaunchPlan(
        environment=wire["environment"],
        owner=wire["owner"],
        display_name=wire["displayName"],
        workspace_id=wire["workspaceId"],
        workspace_index=wire["workspaceIndex"],
        image=wire["image"],
        cpu_cores=float(wire["cpuCores"]),
        memory_bytes=int(wire["memoryBytes"]),
        gpus=tuple(wire["gpus"]),
        mounts=tuple(_mount(one) for one in wire["mounts"]),
        variables=dict(wire["variables"]),
        pod=None if wire["pod"] is None else _pod(wire["pod"]),
    )


def _pod(wire: Mapping[str, Any]) -> PodPlan:
    return PodPlan(
        image=wire["image"],
        pull_policy=wire["pullPolicy"],
        pull_secrets=tuple(wire["pullSecrets"]),
        claim=wire["claim"],
        resources=dict(wire["resources"]),
        node_labels=dict(wire["nodeLabels"]),
        tolerations=tuple(wire["tolerations"]),
        scheduler_name=wire["schedulerName"],
        priority_class=wire["priorityClass"],
        service_account=wire["serviceAccount"],
        runtime_class=wire["runtimeClass"],
        host_users=wire["hostUsers"],
        annotations=dict(wire["annotations"]),
    )


def _mount(wire: Mapping[str, Any]) -> PlannedMount:
    source = PurePosixPath(wire["source"])
    if source.is_absolute() or ".." in source.parts:
        raise ValueError(f"a mount's source lies outside of the store: {source}")
    return PlannedMount(str(source), wire["target"], wire["readOnly"])
