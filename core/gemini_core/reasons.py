"""Why something waits or ended: one list for environments and tasks (TRAIN-9), each with its remedy."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A reason's wire name. `messages` holds `reason.<name>` (what) and `remedy.<name>` (what to do)."""

    QUOTA = "quota"
    RESOURCES = "resources"
    IMAGE = "image"
    CONFIGURATION = "configuration"
    ARREARS = "arrears"
    OUT_OF_MEMORY = "out-of-memory"
    CODE = "code"
    NODE = "node"
    TIMEOUT = "timeout"
    USER_STOPPED = "user-stopped"
