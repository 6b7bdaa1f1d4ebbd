"""The billing clock over real rows: what it charges, and when it looks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from gemini_control.reconcilers import clock as billing_clock
from gemini_control.reconcilers.clock import Clock
from gemini_control.store import tables as t
from gemini_core import billing

from control_plane.platform import Platform
from control_plane.world import World

PRICE = 200_000
"""Of the environment of these tests, in micro-points an hour."""


@pytest.fixture
async def world(platform: Platform, lab: str) -> World:
    """A filled world with an obedient spawner."""
    world = World(platform)
    await world.fill()
    world.obey()
    return world


async def test_what_ended_while_nobody_looked_is_not_charged_on(world: World) -> None:
    """The platform is away over two full hours, and its clock is back before the end has been seen.

    Covers: BILL-2, BILL-9."""
    await world.running()
    (run,) = await world.rows(t.runs)
    store, runs = world.platform.store, world.platform.parts.work.environments.admission.runs
    began = run["started_at"]
    await store.write(lambda tx: runs.sight(tx, run["id"], began + timedelta(minutes=9, seconds=1)))
    await Clock(store, runs, lambda: began + timedelta(hours=2, minutes=30)).tick()
    (run,) = await world.rows(t.runs)
    assert run["charged_minutes"] <= 10
    await store.write(lambda tx: runs.close(tx, run["id"], began + timedelta(minutes=19, seconds=1)))
    (run,) = await world.rows(t.runs)
    assert (run["charged_minutes"], run["charged_micro"]) == (20, billing.charge(PRICE, 20))


async def test_every_hour_is_looked_at_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was seen last shortly before it is charged to its end when it has been seen again. Covers: BILL-2."""
    monkeypatch.setattr(billing_clock, "LONGEST_SLEEP", 0.0)
    runs = world.platform.parts.work.environments.admission.runs
    begin = datetime(2026, 1, 1, 8, 20, tzinfo=UTC)
    times = iter(begin + timedelta(seconds=5 * turn) for turn in range(100_000))
    ticks: list[datetime] = []
    done = asyncio.Event()

    class Counted(Clock):
        async def tick(self) -> None:
            ticks.append(next(times))
            if len(ticks) == 6:
                done.set()

    counted = Counted(world.platform.store, runs, lambda: next(times))
    await counted.start()
    async with asyncio.timeout(30):
        await done.wait()
    await counted.stop()
    minutes = [(one - begin).total_seconds() // 60 for one in ticks]
    assert minutes == [0, 1, 40, 41, 100, 101]
