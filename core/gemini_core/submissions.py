"""The training form: what must be there, checked in the order in which people fill it (TRAIN-3)."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

from gemini_core import ranks
from gemini_core.errors import InvalidInput
from gemini_core.ranks import Role
from gemini_core.states import LaunchMode

NAME_LIMIT = 64
DESCRIPTION_LIMIT = 2000
COMMAND_LIMIT = 16_384
MOUNTS_LIMIT = 3
LONGEST = 366 * 86400
"""Seconds; the most that a time limit may be."""
STANDALONE, DISTRIBUTED, HOROVOD = "standalone", "distributed", "horovod"
MODES = (STANDALONE, DISTRIBUTED, HOROVOD)
"""Modes of a task (TRAIN-3b) that are known; Horovod's launcher needs a way into every host that images lack."""
PRIORITY = "normal"
"""That of a task that says none; `queueing.PRIORITIES` are all."""


@dataclass(frozen=True)
class Form:
    """What a person typed and chose; texts trimmed by `trimmed`."""

    task_name: str = ""
    datasets: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    launch_mode: str = ""
    environment_id: str = ""
    zone: str = ""
    command: str = ""
    description: str = ""
    mode: str = STANDALONE
    max_duration: float | None = None
    roles: tuple[Role, ...] = ()
    priority: str = PRIORITY
    retries: int = 0


def trimmed(text: str | None) -> str:
    """`text` without white space around it; empty for None."""
    return (text or "").strip()


def has_control(text: str, allowed: str = "") -> bool:
    """Whether `text` holds a control character (a NUL, an escape) or half of a surrogate pair."""
    return any(unicodedata.category(c) in ("Cc", "Cs") and c not in allowed for c in text)


def problems(form: Form) -> tuple[InvalidInput, ...]:
    """Everything wrong with `form`, first what is shown first; empty where it may be sent."""
    return tuple(error for error in (*_required(form), *_malformed(form)) if error is not None)


def _required(form: Form) -> tuple[InvalidInput | None, ...]:
    existing = form.launch_mode == LaunchMode.EXISTING
    dynamic = form.launch_mode == LaunchMode.DYNAMIC
    return (
        None if form.task_name else InvalidInput("task-name-required", field="taskName"),
        None if form.datasets else InvalidInput("dataset-required", field="datasetId"),
        InvalidInput("environment-required", field="environmentId") if existing and not form.environment_id else None,
        InvalidInput("zone-required", field="resourceConfig.availabilityZone") if dynamic and not form.zone else None,
        None if existing or dynamic else InvalidInput("launch-mode-unknown", field="launchMode"),
    )


def _malformed(form: Form) -> tuple[InvalidInput | None, ...]:
    return (
        _text("taskName", form.task_name, NAME_LIMIT),
        _text("description", form.description, DESCRIPTION_LIMIT, "\n\r\t"),
        _text("command", form.command, COMMAND_LIMIT, "\n\t"),
        _mounts("datasets", form.datasets),
        _mounts("models", form.models),
        _mode(form),
        _duration(form.max_duration),
        # What nothing acts on yet is refused: nobody is to rely on it.
        _priority(form),
        _retries(form),
    )


def _text(field: str, text: str, limit: int, allowed: str = "") -> InvalidInput | None:
    if len(text) > limit:
        return InvalidInput("too-long", field=field, limit=limit)
    return InvalidInput("control-characters", field=field) if has_control(text, allowed) else None


def _mounts(field: str, ids: tuple[str, ...]) -> InvalidInput | None:
    if len(ids) > MOUNTS_LIMIT:
        return InvalidInput("too-many-mounts", field=field, limit=MOUNTS_LIMIT)
    return InvalidInput("mounted-twice", field=field) if len(set(ids)) < len(ids) else None


def _mode(form: Form) -> InvalidInput | None:
    if form.mode not in MODES:
        return InvalidInput("mode-unknown", field="mode")
    if form.mode == STANDALONE:
        return InvalidInput("roles-need-distributed", field="roles") if form.roles else None
    if form.launch_mode == LaunchMode.EXISTING:
        return InvalidInput("mode-needs-dynamic", field="mode")
    return InvalidInput("mode-not-yet", field="mode") if form.mode == HOROVOD else _roles(form.roles)


def _priority(form: Form) -> InvalidInput | None:
    if form.priority == PRIORITY or form.launch_mode != LaunchMode.EXISTING:
        return None
    return InvalidInput("priority-needs-dynamic", field="priority")


def _retries(form: Form) -> InvalidInput | None:
    if not form.retries or form.launch_mode != LaunchMode.EXISTING:
        return None
    return InvalidInput("retries-need-dynamic", field="retries")


def _roles(roles: tuple[Role, ...]) -> InvalidInput | None:
    commands = (
        _text(f"roles[{index}].command", role.command, COMMAND_LIMIT, "\n\t") for index, role in enumerate(roles)
    )
    return ranks.problem(roles) or next((one for one in commands if one is not None), None)


def _duration(seconds: float | None) -> InvalidInput | None:
    if seconds is None or (math.isfinite(seconds) and 1 <= seconds <= LONGEST):
        return None
    return InvalidInput("duration-out-of-range", field="maxDuration", limit=LONGEST)
