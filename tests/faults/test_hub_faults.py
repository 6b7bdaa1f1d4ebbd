"""The hub refuses, is too slow or is not there, at each call of each step; then it is there again, and the end is the
same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from gemini_control.hub import HubRefused
from gemini_core.errors import Unavailable

from faults import picture
from faults.acts import create, do, settle, until
from faults.life import play
from faults.scenarios import BY_NAME, RUNNING, STOPPED, Scenario
from faults.world import World

CALLS = ("server", "start_server", "stop_server", "remove_server", "ask_server")
TRIED = {
    "environment-starts": ("server", "start_server"),
    "environment-stops": ("server", "stop_server"),
    "environment-restarts": ("server", "start_server", "stop_server"),
    "environment-is-deleted": ("server", "stop_server", "remove_server"),
    "task-inside-begins": ("ask_server",),
    "task-inside-is-stopped": ("ask_server",),
}
KINDS: dict[str, Callable[[], Exception]] = {
    "refused-connection": lambda: Unavailable("hub-unreachable"),
    "503": lambda: HubRefused(503, "starting"),
    "429": lambda: HubRefused(429, "too many pending spawns"),
    "500": lambda: HubRefused(500, "internal"),
}


ALL_KINDS = (*KINDS, "timeout")
PAIRS = [(name, kind) for name in TRIED for kind in (ALL_KINDS if name == "environment-starts" else ("500", "timeout"))]


def trouble(world: World, call: str, kind: str, times: int = 2) -> None:
    """The next `times` calls fail so; `timeout`: they are done, and their answer is lost."""
    inner = getattr(world.hub, call)
    left = [times]

    async def failing(*args: Any, **kwargs: Any) -> Any:
        if not left[0]:
            return await inner(*args, **kwargs)
        left[0] -= 1
        if kind == "timeout":
            await inner(*args, **kwargs)
            raise Unavailable("hub-unreachable")
        raise KINDS[kind]()

    setattr(world.hub, call, failing)


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_a_hub_that_fails_a_call_delays_and_changes_nothing(
    make_world: Callable[[], World], name: str, kind: str
) -> None:
    """Covers: ENV-3, TRAIN-10, BILL-9."""
    scenario: Scenario = BY_NAME[name]
    first = make_world()
    play(first, scenario.before)
    quiet = first.copy(first.home.with_name("quiet"))
    play(quiet, scenario.acts)
    wanted = picture.of(quiet)
    for call in TRIED[name]:
        if kind == "500" and call == "start_server":
            continue  # the hub's own way to say that a start failed: below
        world = first.copy(first.home.with_name(f"{call}-{kind}"))
        trouble(world, call, kind)
        play(world, scenario.acts)
        seen = picture.of(world)
        different = {one: (seen[one], wanted[one]) for one in wanted if seen[one] != wanted[one]}
        assert {one: two for one, two in different.items() if one not in scenario.loose} == {}, (call, kind)


def test_a_start_that_the_hub_answers_with_an_error_fails_and_starts_again(make_world: Callable[[], World]) -> None:
    """Covers: ENV-3, BILL-2. What the hub said is the reason; nothing is left of the start, and the next one works."""
    world = make_world()
    trouble(world, "start_server", "500", times=1)
    play(world, (create(), until("env", "failed"), settle))
    assert picture.of(world)["environments"] == [("env", "failed", "stopped", "node", None, 0, 0)]
    assert (picture.leaks(world), picture.faults(world)) == ([], [])
    play(world, (do("start", "env"), until("env", "running"), *STOPPED))
    assert (picture.leaks(world), picture.faults(world)) == ([], [])


def test_a_hub_that_is_away_ends_nothing(make_world: Callable[[], World]) -> None:
    """Covers: ENV-3, TRAIN-10. What runs goes on; a stop ends it all the same, directly."""
    world = make_world()
    play(world, RUNNING)
    for call in CALLS:
        trouble(world, call, "refused-connection", times=10**6)
    play(world, (until("env", "running"), do("stop", "env"), until("env", "stopped"), settle))
    world.hub.servers.clear()
    assert (picture.leaks(world), picture.faults(world)) == ([], [])
