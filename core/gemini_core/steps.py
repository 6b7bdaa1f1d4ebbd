"""The steps of a start that people watch: each waits, is done, or has failed (TRAIN-8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gemini_core.observations import Stage

FIND_NODE = "find-node"
ALLOCATE_GPU = "allocate-gpu"
PULL_IMAGE = "pull-image"
MOUNT = "mount"
START = "start"
ORDER = (FIND_NODE, ALLOCATE_GPU, PULL_IMAGE, MOUNT, START)
Steps = list[dict[str, Any]]
_STAGES = {
    Stage.NODE: FIND_NODE,
    Stage.BOUND: ALLOCATE_GPU,
    # A cluster mounts before it pulls: what is mounted is done where the start is reached.
    Stage.MOUNTS: PULL_IMAGE,
    Stage.IMAGE: PULL_IMAGE,
    Stage.STARTING: START,
}


def of_stage(stage: Stage | None) -> str:
    """The step that is under way where one that comes has got so far."""
    return FIND_NODE if stage is None else _STAGES[stage]


def fresh() -> Steps:
    """All steps, waiting."""
    return [{"name": name, "state": "waiting", "at": None} for name in ORDER]


def reach(steps: Sequence[dict[str, Any]], name: str, at: str) -> Steps:
    """`name` is under way and all before it are done; what was reached already keeps its moment. Never goes back."""
    steps = list(steps) or fresh()
    index = ORDER.index(name)
    return [_advanced(step, place, index, at) for place, step in enumerate(steps)]


def finish(steps: Sequence[dict[str, Any]], at: str) -> Steps:
    """All are done."""
    return [step if step["state"] == "done" else {**step, "state": "done", "at": at} for step in steps or fresh()]


def fail(steps: Sequence[dict[str, Any]], at: str) -> Steps:
    """The one under way (or the first that waits) has failed."""
    failed = next((step["name"] for step in steps if step["state"] in ("doing", "waiting")), None)
    return [{**step, "state": "failed", "at": at} if step["name"] == failed else step for step in steps]


def _advanced(step: dict[str, Any], place: int, index: int, at: str) -> dict[str, Any]:
    wanted = "done" if place < index else "doing" if place == index else "waiting"
    order = ("waiting", "doing", "done", "failed")
    if order.index(step["state"]) >= order.index(wanted):
        return step
    return {**step, "state": wanted, "at": at}
