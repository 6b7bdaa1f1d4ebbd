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
from gemini_control.reconcilers.environments import EnvironmentReconciler
from gemini_control.reconcilers.tasks import TaskReconciler
from gemini_control.store import outbox

from control_plane import fake_backend
from faults import picture
from faults.acts import create, do, fall, finish, finish_inside, refuse_orders, settle, submit, tick, until
from faults.life import Act, Life, part, play
from faults.scenarios import BY_NAME, RUNNING, Scenario, ended
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


async def look(life: Life) -> None:
    """Everything is looked at once more, and what follows from that is done."""
    for kind, prefix in ((TaskReconciler, "task-"), (EnvironmentReconciler, "env-")):
        queue = part(life.app.parts, kind).queue
        for one in life.world.known.values():
            if one.startswith(prefix):
                queue.wake(one)
        await queue.settle()


def doze(asleep: bool) -> Act:
    """The spawner is slow, until it is not."""

    async def act(life: Life) -> None:
        life.world.hub.asleep = asleep

    return act


def step(wall: Wall, hours: int) -> Act:
    """Somebody sets the clock."""

    async def act(life: Life) -> None:
        wall.offset += hours * HOUR

    return act


LIMITED = (submit(maxDuration=600), until("task", "running"), finish("task", exit_code=3), *ended("task", "failed"))
LATE = (
    *(refuse_orders(503), submit(inside="env"), look, refuse_orders(0)),
    *(until("task", "running"), finish_inside("task", "env", "succeeded", 0), *ended("task", "succeeded")),
)
SET = (
    *(BY_NAME[name] for name in ("environment-stops", "environment-falls", "task-succeeds", "task-inside-succeeds")),
    Scenario("task-has-a-limit", (), LIMITED),
    Scenario("task-inside-is-ordered-late", RUNNING, LATE),
)
TOLD = ("environments", "tasks", "timelines", "mounts", "leaks", "faults")
"""What no clock changes: all but how long it was."""


@pytest.mark.parametrize("hours", [1, -1])
@pytest.mark.parametrize("scenario", SET, ids=[one.name for one in SET])
def test_a_clock_set_between_any_two_acts(
    make_world: Callable[[], World], wall: Wall, scenario: Scenario, hours: int
) -> None:
    """Covers: BILL-2, BILL-9, ENV-3, TRAIN-8, TRAIN-9. A time limit is counted by a clock that nobody sets."""
    acts = (*scenario.before, *scenario.acts)
    quiet = make_world()
    play(quiet, acts)
    wanted = picture.of(quiet)
    for place in range(len(acts)):
        wall.offset = timedelta()
        world = make_world()
        play(world, (*acts[:place], step(wall, hours), tick, look, *acts[place:]))
        seen = picture.of(world)
        assert {name: seen[name] for name in TOLD} == {name: wanted[name] for name in TOLD}, place
        assert _unsound(world) == [], place


def test_a_clock_set_back_between_admission_and_start_loses_no_end(make_world: Callable[[], World], wall: Wall) -> None:
    """Covers: ENV-3, BILL-2. By the clock its process began, and ended, before the run did."""
    world = make_world()
    begins = (doze(True), create(), step(wall, -1), doze(False), until("env", "running"))
    play(world, (*begins, fall("env", exit_code=137, oom=True), until("env", "failed"), settle))
    seen = picture.of(world)
    assert [row[3] for row in seen["environments"]] == ["out-of-memory"]
    assert (seen["leaks"], seen["faults"], _unsound(world)) == ([], [], [])


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
