"""Lists cost the same number of SQL statements for one row and for many."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from gemini_control.store import tables as t
from sqlalchemy import Connection, Table, event, insert, select

from control_plane.platform import Answer
from control_plane.world import DATASET, MODEL_VERSION, VERSIONS, Lab

Found = TypeVar("Found")
MANY = {"environments": 100, "tasks": 2000, "datasets": 100, "models": 100, "projects": 100}


@contextmanager
def counted(world: Lab) -> Iterator[list[str]]:
    """The statements that readers of the database run meanwhile."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    engine = world.platform.store.reader
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def cheapest(world: Lab, address: str) -> tuple[list[str], Answer]:
    """The fewest statements of three requests: what works in the background reads now and then, too."""
    await world.platform.ask("GET", address)
    return await fewest(world, lambda: world.platform.ask("GET", address))


async def fewest(world: Lab, ask: Callable[[], Awaitable[Found]]) -> tuple[list[str], Found]:
    """The fewest statements of three times the same, and its answer."""
    tries = []
    for _ in range(3):
        with counted(world) as seen:
            found = await ask()
        tries.append(seen)
    return min(tries, key=len), found


def copies(tx: Connection, rows: Table, original: str, many: int, **different: Any) -> list[str]:
    """Make copies of a row; their ids."""
    row = dict(tx.execute(select(rows).where(rows.c.id == original)).mappings().one())
    prefix = original.split("-", maxsplit=1)[0]
    ids = [f"{prefix}-{number:010}" for number in range(many)]
    began = datetime.now(UTC)
    values = [
        {**row, **different, "id": one, "name": f"copy {number}", "created_at": began + timedelta(seconds=number)}
        for number, one in enumerate(ids)
    ]
    for start in range(0, many, 500):
        tx.execute(insert(rows), values[start : start + 500])
    return ids


def mount(tx: Connection, holders: list[str], kind: str) -> None:
    """Let each mount a dataset and a model."""
    values = [
        {"holder_id": holder, "holder_kind": kind, "kind": what, "slot": 1, "version_id": version}
        for holder in holders
        for what, version in (("dataset", VERSIONS[0]), ("model", MODEL_VERSION))
    ]
    tx.execute(insert(t.mounts), values)


async def ended_task(world: Lab) -> str:
    """A task that ran and ended, with a run and a timeline."""
    made: str = (await world.submit())["taskId"]
    await world.reached(made, "running")
    world.backend.end(made, 0)
    await world.reached(made, "succeeded")
    return made


async def fill(world: Lab, what: str) -> None:
    """Make many of what is listed, each with all that is shown beside it."""
    one = await ended_task(world) if what == "tasks" else ""
    if what == "environments":
        one = (await world.running(datasets=[{"datasetId": DATASET}]))["id"]

    def write(tx: Connection) -> None:
        if what == "environments":
            # Each in a project of its own, so that names, too, are found together.
            projects = copies(tx, t.projects, "prj-aaaaaaaaaa", MANY[what])
            made = copies(tx, t.environments, one, MANY[what], state="stopped", target="stopped")
            for project, environment in zip(projects, made, strict=True):
                tx.execute(t.environments.update().where(t.environments.c.id == environment).values(project_id=project))
            mount(tx, made, "environment")
        elif what == "tasks":
            made = copies(tx, t.tasks, one, MANY[what])
            mount(tx, made, "task")
            states = [dict(row) for row in tx.execute(select(t.task_states)).mappings()]
            for state in states:
                state.pop("number", None)
                tx.execute(insert(t.task_states), [{**state, "task_id": task} for task in made])
        elif what == "projects":
            copies(tx, t.projects, "prj-aaaaaaaaaa", MANY[what])
        else:
            original, version = (DATASET, VERSIONS[0]) if what == "datasets" else ("md-aaaaaaaaaa", MODEL_VERSION)
            made = copies(tx, t.assets, original, MANY[what])
            row = dict(tx.execute(select(t.versions).where(t.versions.c.id == version)).mappings().one())
            values = [{**row, "id": f"ver-{what[0]}{number:09}", "asset_id": a} for number, a in enumerate(made)]
            tx.execute(insert(t.versions), values)

    await world.platform.store.write(write)


@pytest.mark.parametrize(
    ("what", "address"),
    [
        # What runs is written anew each time: by its state, it is on both pages.
        ("environments", "/dev-environments?sort=state"),
        ("tasks", "/training-tasks"),
        ("datasets", "/datasets"),
        ("models", "/models"),
        ("projects", "/projects"),
    ],
)
async def test_a_list_asks_the_database_the_same_for_one_and_for_many(world: Lab, what: str, address: str) -> None:
    """Covers: API-5. One more row is no further statement, whatever is shown beside it."""
    await fill(world, what)
    limit = f"{address}{'&' if '?' in address else '?'}limit="
    few, one = await cheapest(world, f"{limit}1")
    many, page = await cheapest(world, f"{limit}200")
    assert len(one.data) == 1
    assert len(page.data) >= 100
    assert page.json["page"]["total"] >= MANY[what]
    assert few
    assert len(many) == len(few), many
