"""The disk is full at each write: a clear refusal, nothing half done, and it goes on by itself when there is room."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from typing import Any

import pytest
from control_plane.platform import Answer
from sqlalchemy import Connection, text

from faults import picture
from faults.acts import do, finish, settle, until
from faults.life import Act, Life
from faults.scenarios import BY_NAME, RUNNING
from faults.world import World

ROOM_AFTER = 0.05
"""Seconds that a disk stays full."""
NAMES = (
    *("upload", "version", "version-is-deleted", "project-is-deleted", "task-succeeds", "task-is-tried-again"),
    *("task-inside-begins", "environment-starts", "environment-is-deleted"),
)
REMOVING = ("environment-is-deleted", "project-is-deleted", "version-is-deleted", "task-is-tried-again")
"""These only take away, which works on a full disk."""


class FullLife(Life):
    """A life whose disk is full from a point on, for a while: whatever makes something on it fails."""

    def __init__(self, world: World, full_at: str) -> None:
        super().__init__(world)
        self.full_at = full_at
        self.full = False
        self.filled = False
        self.refusals: list[Answer] = []
        self.points.on_file = self._on_file

    def _on_file(self, event: str, point: str) -> None:
        if point == self.full_at and not self.filled:
            self.full = self.filled = True
            self.loop.call_soon_threadsafe(self.loop.call_later, ROOM_AFTER, self._room)
        if self.full and event not in ("os.remove", "os.rmdir"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _room(self) -> None:
        self.full = False

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        """As a person does who is told that the disk is full: again, with the same key."""
        while True:
            answer = await super().ask(method, path, body, **more)
            if answer.status != 507:
                return answer
            self.refusals.append(answer)
            await asyncio.sleep(ROOM_AFTER / 5)


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_refuses_and_goes_on(make_world: Callable[[], World], name: str) -> None:
    """Covers: API-1, CAT-6, TRAIN-7, TRAIN-10."""
    scenario = BY_NAME[name]
    first = make_world()
    _live(Life(first), scenario.before)
    quiet = first.copy(first.home.with_name("quiet"))
    undisturbed = Life(quiet)
    _live(undisturbed, scenario.acts)
    wanted = picture.of(quiet)
    points = [point for point in undisturbed.points.met if point.startswith("file ")]
    assert points or name in REMOVING
    told = 0
    for number, point in enumerate(points):
        world = first.copy(first.home.with_name(f"full-{number}"))
        life = FullLife(world, point)
        _live(life, scenario.acts)
        seen = picture.of(world)
        different = {one: (seen[one], wanted[one]) for one in wanted if seen[one] != wanted[one]}
        assert {one: two for one, two in different.items() if one not in (*scenario.loose, "audit")} == {}, point
        told += len(life.refusals)
        for answer in life.refusals:
            assert (answer.error["name"], "disk is full" in answer.json["message"]) == ("disk-full", True)
            assert answer.error["remedy"]
    assert told or name not in ("upload", "version", "task-succeeds")


def _live(life: Life, acts: tuple[Act, ...]) -> None:
    life.world.done = 0
    try:
        assert life.live(acts)
    finally:
        life.end()


def test_a_database_that_cannot_grow_refuses_and_goes_on(make_world: Callable[[], World]) -> None:
    """Covers: API-1, TRAIN-10, BILL-9. SQLite's own limit of pages says what a full disk says."""
    world = make_world()

    def limit(pages: str) -> Act:
        def write(tx: Connection) -> None:
            (count,) = tx.execute(text("PRAGMA page_count")).one()
            tx.exec_driver_sql(f"PRAGMA max_page_count = {pages.format(count=count)}")

        async def act(life: Life) -> None:
            await life.app.parts.store.write(write)

        return act

    async def until_refused(life: Life) -> None:
        for number in range(200):
            body = {"name": f"project {number} " + "x" * 40, "description": "x" * 4000}
            answer = await life.ask("POST", "/projects", body, key=f"fill-{number}")
            if answer.status != 200:
                assert (answer.status, answer.error["name"]) == (507, "disk-full"), answer.body
                assert answer.error["remedy"]
                life.world.known["refused"] = str(number)
                return
        raise AssertionError("never full")

    async def again(life: Life) -> None:
        number = life.world.known["refused"]
        body = {"name": f"project {number} " + "x" * 40, "description": "x" * 4000}
        assert (await life.ask("POST", "/projects", body, key=f"fill-{number}")).status == 200

    task = BY_NAME["task-fails"]
    acts = (
        *RUNNING,
        *task.before,
        limit("{count}"),
        until_refused,
        finish("task", exit_code=3),
        pause,
        limit("1000000"),
        until("task", "failed"),
        again,
        do("stop", "env"),
        until("env", "stopped"),
        settle,
    )
    _live(Life(world), acts)
    assert (picture.leaks(world), picture.faults(world)) == ([], [])


async def pause(life: Life) -> None:
    """Let what cannot be written be tried some times."""
    await asyncio.sleep(ROOM_AFTER)
