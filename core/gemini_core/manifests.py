"""What a cluster is asked for: the JobSet of a task, its pods, and who may reach them. Pure: plain objects out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gemini_core.cluster_plan import Image, PodDefaults, Toleration
from gemini_core.orders import STOP_GRACE_SECONDS

MANAGED = {"app.kubernetes.io/managed-by": "gemini"}
TASK = "gemini.io/task"
ENVIRONMENT = "gemini.io/environment"
WORKSPACE = "gemini.io/workspace"
ROLE = "gemini.io/role"
QUEUE = "kueue.x-k8s.io/queue-name"
PRIORITY = "kueue.x-k8s.io/priority-class"
CONTAINER = "gemini"
STORE = "gemini-store"
RUN = "/run/gemini"
SPECIFICATION = "GEMINI_SPEC"
RUNNER = ("python", "-I", "-m", "gemini_runner")
GRACE_MARGIN = 10
DEADLINE_MARGIN = 3600
"""Seconds beyond limit and grace after which the cluster itself ends a pod whose runner did not. It counts from the
moment that a node took the pod up: an image that is fetched for long must not shorten the task's own time."""
CAPABILITIES = (
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
)
"""What root in a pod keeps: enough for pip and apt, as in a sandbox of one machine."""
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16")
PRIVATE_6 = ("fc00::/7", "fe80::/10")
Object = dict[str, Any]


@dataclass(frozen=True)
class Folder:
    """A folder of the store (`source`, relative to it) and where it appears."""

    source: str
    target: str
    read_only: bool = True


@dataclass(frozen=True)
class Pods:
    """What all pods of a task have in common. `memory_bytes` 0: no limit. `cards` are resources by name."""

    image: Image
    claim: str
    folders: Sequence[Folder]
    cpu_millicores: int
    memory_bytes: int
    cards: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    node_labels: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Toleration] = ()
    defaults: PodDefaults = field(default_factory=PodDefaults)


@dataclass(frozen=True)
class RolePods:
    """So many pods of a role, each with a runner that reads `specification`."""

    name: str
    instances: int
    specification: Mapping[str, Any]


@dataclass(frozen=True)
class TaskObjects:
    """A task as the cluster is to have it. `max_duration` in seconds; `queue` None: it starts at once.

    `priority` is the name of the class that orders it in the queue.
    """

    id: str
    workspace_id: str
    roles: Sequence[RolePods]
    pods: Pods
    max_duration: float | None = None
    queue: str | None = None
    priority: str = ""

    @property
    def labels(self) -> dict[str, str]:
        """What everything of it is labelled with."""
        return {**MANAGED, TASK: self.id, WORKSPACE: self.workspace_id}


def make_jobset(task: TaskObjects) -> Object:
    """One replicated Job a role, indexed, all of them together or none; nothing is started twice."""
    labels = task.labels | ({QUEUE: task.queue} if task.queue else {})
    labels |= {PRIORITY: task.priority} if task.queue and task.priority else {}
    return {
        "metadata": {"name": task.id, "labels": labels},
        "spec": {
            "network": {"enableDNSHostnames": True, "publishNotReadyAddresses": True},
            "failurePolicy": {"maxRestarts": 0},
            "successPolicy": {"operator": "All"},
            # Kueue would say so itself; where it does not look at JobSets nothing starts past the limits.
            **({"suspend": True} if task.queue else {}),
            "replicatedJobs": [{"name": role.name, "replicas": 1, "template": _job(task, role)} for role in task.roles],
        },
    }


def _job(task: TaskObjects, role: RolePods) -> Object:
    labels = {**task.labels, ROLE: role.name}
    pod = make_pod(task.pods, role.specification)
    if task.max_duration is not None:
        # Of the pod, not of the Job: a Job's time runs while its pods wait for a node.
        pod["activeDeadlineSeconds"] = int(task.max_duration) + STOP_GRACE_SECONDS + DEADLINE_MARGIN
    spec: Object = {
        "completionMode": "Indexed",
        "completions": role.instances,
        "parallelism": role.instances,
        "backoffLimit": 0,
        "template": {
            "metadata": {"labels": labels, "annotations": _annotations(task.pods.defaults)},
            "spec": pod,
        },
    }
    return {"metadata": {"labels": labels}, "spec": spec}


def make_pod(pods: Pods, specification: Mapping[str, Any]) -> Object:
    """The specification of a pod whose process 1 is the runner."""
    defaults = pods.defaults
    spec: Object = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": STOP_GRACE_SECONDS + GRACE_MARGIN,
        "nodeSelector": dict(pods.node_labels),
        "tolerations": [dict(one) for one in pods.tolerations],
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [_container(pods, specification)],
        "volumes": [
            {"name": STORE, "persistentVolumeClaim": {"claimName": pods.claim}},
            {"name": "run", "emptyDir": {}},
            {"name": "shm", "emptyDir": shared_memory(pods.memory_bytes)},
        ],
    }
    named = {
        "schedulerName": defaults.scheduler_name,
        "priorityClassName": defaults.priority_class,
        "serviceAccountName": defaults.service_account,
        "runtimeClassName": defaults.runtime_class,
        "imagePullSecrets": [{"name": name} for name in defaults.image_pull_secrets],
    }
    spec |= {key: value for key, value in named.items() if value}
    return spec if defaults.host_users else {**spec, "hostUsers": False}


def shared_memory(memory_bytes: int) -> Object:
    """The volume for /dev/shm, as large as the memory that it counts as; 0: as the node allows.

    Data loaders of several processes hand tensors over by it; a container's own has 64 MiB.
    """
    return {"medium": "Memory", **({"sizeLimit": str(memory_bytes)} if memory_bytes else {})}


def unexpanded(value: str) -> str:
    """A variable's value that reaches the program as it is: a cluster puts values of its own for `$(NAME)`."""
    return value.replace("$", "$$")


def _container(pods: Pods, specification: Mapping[str, Any]) -> Object:
    variables = {**pods.variables, SPECIFICATION: json.dumps(specification, separators=(",", ":"))}
    resources = {"cpu": f"{pods.cpu_millicores}m", **dict(pods.cards)}
    if pods.memory_bytes:
        resources["memory"] = str(pods.memory_bytes)
    return {
        "name": CONTAINER,
        "image": pods.image.reference,
        "imagePullPolicy": pods.image.pull_policy,
        "command": list(RUNNER),
        "workingDir": "/",
        "env": [{"name": name, "value": unexpanded(value)} for name, value in sorted(variables.items())],
        "resources": {"limits": resources, "requests": resources},
        "securityContext": {
            "runAsUser": 0,
            "runAsGroup": 0,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"], "add": list(CAPABILITIES)},
        },
        "volumeMounts": [
            {"name": "run", "mountPath": RUN},
            {"name": "shm", "mountPath": "/dev/shm"},
            *(_mount(folder) for folder in pods.folders),
        ],
    }


def _mount(folder: Folder) -> Object:
    mount = {"name": STORE, "mountPath": folder.target, "subPath": folder.source}
    return {**mount, "readOnly": True} if folder.read_only else mount


def _annotations(defaults: PodDefaults) -> dict[str, str]:
    # An autoscaler that wants to empty a node waits for it: training that is moved is training that is lost.
    return {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false", **defaults.annotations}


def make_network_policy(task: TaskObjects, owner: Object | None = None) -> Object:
    """A task's pods reach each other, names, and, where all pods do, public addresses; only they reach them.

    `owner` is its JobSet, with which it goes.
    """
    same = [{"podSelector": {"matchLabels": {TASK: task.id}}}]
    names = {"ports": [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]}
    world = {
        "to": [
            {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(PRIVATE)}},
            {"ipBlock": {"cidr": "::/0", "except": list(PRIVATE_6)}},
        ]
    }
    return {
        "metadata": {"name": task.id, "labels": task.labels},
        "spec": {
            "podSelector": {"matchLabels": {TASK: task.id}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": same}],
            "egress": [{"to": same}, names, *([world] if task.pods.defaults.internet else [])],
        },
    }
