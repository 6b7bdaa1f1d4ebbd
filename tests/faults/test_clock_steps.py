"""The wall clock is set by an hour, forwards or backwards, while things run.

What is promised: nothing is charged twice or below zero, every end lies at or after its start, and everything still
reaches its end. A run that a clock was set back in is charged less, one that it was set forward in more, for a run is
what the wall clock says (docs/architecture.md, "Money").
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from gemini_control.managers import environments, launch_plans, ledger, tasks
from gemini_control.reconcilers import clock, dynamic, existing
from gemini_control.reconcilers import environments as environment_steps
from gemini_control.store import outbox

from control_plane import fake_backend
from faults import picture
from faults.life import Act, Life, play
from faults.scenarios import BY_NAME, RUNNING, do, finish, settle, submit, tick, until
from faults.world import World

HOUR = timedelta(hours=1)
READERS: tuple[ModuleType, ...] = (
    *(environments, launch_plans, ledger, tasks),
    *(clock, dynamic, existing, environment_steps, outbox),
)


class Wall:
    """A wall clock that can be set; `offset` is how far it is off."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def read(self, zone: Any = None) -> datetime:
        """The time it shows."""
        return datetime.now(zone) + self.offset

    def seconds(self) -> float:
        """As Unix seconds."""
        return time.time() + self.offset.total_seconds()


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    """The wall clock of everything that reads one: the control plane and the witness of the sandboxes."""
    wall = Wall()

    class Shown(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return wall.read(tz)

    for module in READERS:
        if hasattr(module, "datetime"):
            monkeypatch.setattr(module, "datetime", Shown)

    class Time:
        time = staticmethod(wall.seconds)

    monkeypatch.setattr(fake_backend, "time", Time)
    return wall


def step(wall: Wall, hours: int) -> Act:
    """Somebody sets the clock."""

    async def act(life: Life) -> None:
        wall.offset += hours * HOUR

    return act


@pytest.mark.parametrize("hours", [1, -1])
@pytest.mark.parametrize("name", ["environment-stops", "task-succeeds"])
def test_a_clock_set_between_any_two_acts(make_world: Callable[[], World], wall: Wall, name: str, hours: int) -> None:
    """Covers: BILL-2, BILL-9, ENV-3, TRAIN-8."""
    scenario = BY_NAME[name]
    acts = (*scenario.before, *scenario.acts)
    for place in range(len(acts)):
        wall.offset = timedelta()
        world = make_world()
        play(world, (*acts[:place], step(wall, hours), tick, *acts[place:]))
        assert (picture.leaks(world), picture.faults(world)) == ([], []), place
        assert _unsound(world) == [], place


def test_a_clock_set_forth_and_back_charges_no_minute_twice(make_world: Callable[[], World], wall: Wall) -> None:
    """Covers: BILL-2, BILL-9. What was charged an hour too early is not charged again when that hour comes."""
    world = make_world()
    forth, back = step(wall, 1), step(wall, -1)
    acts = (*RUNNING, submit(), until("task", "running"), forth, tick, back, tick, forth, tick, tick, back, tick)
    end = (finish("task"), until("task", "succeeded"), do("stop", "env"), until("env", "stopped"), settle)
    play(world, (*acts, *end))
    assert (picture.leaks(world), picture.faults(world), _unsound(world)) == ([], [], [])
    with sqlite3.connect(world.home / "control.sqlite") as database:
        charged = [row[0] for row in database.execute("select charged_minutes from runs")]
    assert all(1 <= minutes <= 61 for minutes in charged), charged


def _unsound(world: World) -> list[str]:
    """Runs that end before they begin, charges below nothing, times before the beginning."""
    queries = {
        "run": "select id from runs where ended_at < started_at or charged_micro < 0 or last_seen_at < started_at",
        "task": "select id from tasks where ended_at < started_at or ended_at < created_at - 3700000000",
        "posting": "select transaction_id from postings where account_id = 'platform:revenue' and amount_micro < 0",
        "minute": "select run_id from transactions group by run_id having sum(minutes) != "
        "(select charged_minutes from runs where id = run_id)",
    }
    with sqlite3.connect(world.home / "control.sqlite") as database:
        return [f"{name} {row[0]}" for name, query in queries.items() for row in database.execute(query)]
