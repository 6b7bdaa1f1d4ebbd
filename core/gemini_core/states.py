"""States of the long-lived things, and which of them are alike.

Names are the wire's; the words that people read are in `messages`.
"""

from __future__ import annotations

from enum import StrEnum


class EnvironmentState(StrEnum):
    """States of a development environment (ENV-3)."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class TaskState(StrEnum):
    """States of a training task (TRAIN-8). `queued` carries the reason `quota` or `resources`."""

    QUEUED = "queued"
    ALLOCATING = "allocating"
    STARTING = "starting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPING = "stopping"
    STOPPED = "stopped"


class Target(StrEnum):
    """What a person or a policy wants of a long-lived thing; the reconciler moves its state there."""

    RUNNING = "running"
    STOPPED = "stopped"
    DELETED = "deleted"


class LaunchMode(StrEnum):
    """How a training task gets its resources (TRAIN-1)."""

    EXISTING = "existing"
    DYNAMIC = "dynamic"


TASK_ENDED = frozenset({TaskState.SUCCEEDED, TaskState.FAILED, TaskState.STOPPED})
"""States that a task never leaves."""

ENVIRONMENT_IDLE = frozenset({EnvironmentState.STOPPED, EnvironmentState.FAILED})
"""States in which an environment holds nothing and costs nothing."""
