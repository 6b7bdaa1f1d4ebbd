"""Where things appear inside an environment or a task. The table is in docs/architecture.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gemini_core.orders import Places

from gemini_control.backends.base import Bind, Inside, TaskLaunch

CODE = "/gemini/code"
OUTPUT = "/gemini/output"
RUN = "/run/gemini"
TASKS = f"{RUN}/tasks"
SNAPSHOTS = f"{RUN}/snapshots"
PERSON = f"{RUN}/person"
SPECIFICATION = f"{RUN}/spec.json"
RUNNER = f"{RUN}/runner"
OUTPUTS = f"{RUN}/outputs"
"""The folder that holds a task's output, read-only: on a cluster that output may be another by the time it is mounted.
"""


def data(slot: int) -> str:
    """The folder of the dataset in `slot` (1-3)."""
    return f"/gemini/data-{slot}"


def pretrain(slot: int) -> str:
    """The folder of the model in `slot` (1-3)."""
    return f"/gemini/pretrain{slot}"


def mount(kind: str, slot: int) -> str:
    """The folder of a dataset or a model."""
    return data(slot) if kind == "dataset" else pretrain(slot)


def binds_of_task(launch: TaskLaunch) -> tuple[Bind, ...]:
    """What a task with a sandbox of its own has of the store."""
    return (
        Bind(launch.code, CODE),
        Bind(launch.output, OUTPUT, read_only=False),
        Bind(launch.folder, f"{TASKS}/{launch.id}", read_only=False),
        *(Bind(source, data(slot)) for slot, source in sorted(launch.data.items())),
        *(Bind(source, pretrain(slot)) for slot, source in sorted(launch.pretrain.items())),
    )


def places_of_task(launch: TaskLaunch) -> Places:
    """Where a task with a sandbox of its own finds things."""
    return Places(f"{TASKS}/{launch.id}", CODE, OUTPUT, _slots(launch.data, data), _slots(launch.pretrain, pretrain))


def places_inside(inside: Inside) -> Places:
    """Where a task inside an environment finds things."""
    return Places(
        f"{TASKS}/{inside.task}",
        f"{SNAPSHOTS}/{inside.task}",
        f"{OUTPUT}/{inside.output.rsplit('/', 1)[-1]}",
        _slots(inside.data, data),
        _slots(inside.pretrain, pretrain),
    )


def _slots(folders: Mapping[int, str], name: Callable[[int], str]) -> dict[int, str]:
    return {slot: name(slot) for slot in folders}
