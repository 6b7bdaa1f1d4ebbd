"""From a launch plan to a pod, in the words of KubeSpawner's settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gemini_core.cards import UNLIMITED
from gemini_core.manifests import (
    CAPABILITIES,
    ENVIRONMENT,
    MANAGED,
    RUN,
    RUNNER,
    SPECIFICATION,
    STORE,
    WORKSPACE,
    shared_memory,
    unexpanded,
)

from gemini_spawner.plan import LaunchPlan, PlannedMount, PodPlan
from gemini_spawner.server import own_environment, runner_spec

PORT = 8888
PYTHON = RUNNER[0]
STOP_SECONDS = 20
RUN_VOLUME, MEMORY_VOLUME = "gemini-run", "gemini-shm"


def pod_settings(plan: LaunchPlan, pod: PodPlan) -> dict[str, Any]:
    """KubeSpawner's settings by name. They replace whatever was configured: a plan is all that decides what runs."""
    return {
        "image": pod.image,
        "image_pull_policy": pod.pull_policy,
        **({"image_pull_secrets": list(pod.pull_secrets)} if pod.pull_secrets else {}),
        "cmd": None,
        "args": [],
        "port": PORT,
        "working_dir": None,
        **_resources(plan, pod),
        **_place(pod),
        **_folders(plan, pod),
        **_rights(pod),
    }


def added_settings(plan: LaunchPlan, pod: PodPlan) -> dict[str, dict[str, Any]]:
    """Settings that are tables, whose configured entries stay: the chart's NetworkPolicies go by its labels."""
    extra: dict[str, Any] = {
        # Whatever ended has ended, with its exit code: nothing begins a second life in the same pod.
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": STOP_SECONDS,
        "enableServiceLinks": False,
        **({} if pod.host_users else {"hostUsers": False}),
        **({"runtimeClassName": pod.runtime_class} if pod.runtime_class else {}),
    }
    return {
        "common_labels": dict(MANAGED),
        "extra_labels": {ENVIRONMENT: plan.environment, WORKSPACE: plan.workspace_id},
        "extra_annotations": {name: literal(value) for name, value in pod.annotations.items()},
        "extra_pod_config": extra,
    }


def pod_environment(plan: LaunchPlan, hub: Mapping[str, Any], api_url: str) -> dict[str, Any]:
    """The variables of process 1: the plan's, then the hub's (`Spawner.get_env`), and what it is to run."""
    given = {name: value for name, value in hub.items() if name != UNLIMITED}
    own = {name: value for name, value in own_environment(plan, str, api_url).items() if name not in given}
    specification = json.dumps(runner_spec(plan, str, own, PYTHON))
    # The hub's may name each other, as an operator may have meant it.
    variables = {name: unexpanded(value) for name, value in plan.variables.items()}
    return {**variables, **given, SPECIFICATION: unexpanded(specification)}


def literal(text: str) -> str:
    """A text that KubeSpawner's templates leave as it is."""
    return text.replace("{", "{{").replace("}", "}}")


def _resources(plan: LaunchPlan, pod: PodPlan) -> dict[str, Any]:
    # What is reserved in the queue is what the pod asks for, neither more nor less.
    return {
        "cpu_limit": plan.cpu_cores,
        "cpu_guarantee": plan.cpu_cores,
        "mem_limit": plan.memory_bytes,
        "mem_guarantee": plan.memory_bytes,
        "extra_resource_limits": dict(pod.resources),
        "extra_resource_guarantees": {},
    }


def _place(pod: PodPlan) -> dict[str, Any]:
    return {
        "node_selector": dict(pod.node_labels),
        "tolerations": [dict(one) for one in pod.tolerations],
        "scheduler_name": pod.scheduler_name or None,
        "priority_class_name": pod.priority_class,
    }


def _folders(plan: LaunchPlan, pod: PodPlan) -> dict[str, Any]:
    return {
        "storage_pvc_ensure": False,
        "volumes": [
            {"name": STORE, "persistentVolumeClaim": {"claimName": pod.claim}},
            {"name": RUN_VOLUME, "emptyDir": {}},
            {"name": MEMORY_VOLUME, "emptyDir": shared_memory(plan.memory_bytes)},
        ],
        "volume_mounts": [
            {"name": RUN_VOLUME, "mountPath": RUN},
            {"name": MEMORY_VOLUME, "mountPath": "/dev/shm"},
            *(_mount(one) for one in plan.mounts),
        ],
    }


def _mount(one: PlannedMount) -> dict[str, Any]:
    subpath = literal(one.source)
    return {"name": STORE, "subPath": subpath, "mountPath": one.target, "readOnly": one.read_only}


def _rights(pod: PodPlan) -> dict[str, Any]:
    return {
        "uid": 0,
        "gid": 0,
        # Else the node would give every file of the store another group at each start.
        "fs_gid": None,
        "supplemental_gids": [],
        "privileged": False,
        "allow_privilege_escalation": False,
        "container_security_context": {
            "capabilities": {"drop": ["ALL"], "add": list(CAPABILITIES)},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "pod_security_context": {},
        # No privileged one among them: a scheduler of shared cards would refuse the whole pod.
        "init_containers": [],
        "service_account": pod.service_account or None,
        "automount_service_account_token": False,
        # A command, not arguments: an image's entry point would be process 1 and hear the signals.
        "extra_container_config": {"command": list(RUNNER)},
    }
