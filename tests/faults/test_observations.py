"""What the spawner tells comes twice, late and in any order: only what is looked up counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from gemini_control.models.environments import ObservationIn

from faults import picture
from faults.acts import do, until
from faults.life import Act, Life, play
from faults.scenarios import RUNNING, STOPPED
from faults.world import World

EVENTS = ("started", "stop-requested", "ended")


def tell(*events: str, ago: timedelta = timedelta()) -> Act:
    """The spawner tells of the environment, as of so long ago."""

    async def act(life: Life) -> None:
        for event in events:
            seen = ObservationIn.model_validate({"event": event, "at": datetime.now(UTC) - ago, "exitCode": 1})
            await life.app.parts.work.launch_plans.observe(life.world.known["env"], seen)

    return act


@pytest.mark.parametrize("events", list(permutations(EVENTS)), ids="-".join)
def test_an_earlier_run_s_observations_change_nothing(make_world: Callable[[], World], events: tuple[str, ...]) -> None:
    """Covers: ENV-3, BILL-2. A teller that was not heard tells again, when the next run is under way."""
    world = make_world()
    play(world, (*RUNNING, tell(*events, *events, ago=timedelta(minutes=5)), until("env", "running")))
    assert picture.of(world)["environments"] == [("env", "running", "running", None, "healthy", 0, 0)]
    assert picture.faults(world) == []


def test_observations_told_twice_end_a_run_once(make_world: Callable[[], World]) -> None:
    """Covers: ENV-3, BILL-2, BILL-9."""
    wanted, world = make_world(), make_world()
    play(wanted, (*RUNNING, *STOPPED))
    twice = tell("started", "started", "stop-requested", "stop-requested", "ended", "ended")
    late = tell("ended", "started", "stop-requested")
    play(world, (*RUNNING, twice, until("env", "stopped"), late, do("stop", "env"), *STOPPED))
    seen, expected = picture.of(world), picture.of(wanted)
    for name in ("environments", "runs", "postings", "accounts", "leaks", "faults"):
        assert seen[name] == expected[name]
