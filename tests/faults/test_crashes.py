"""The control plane dies at every point of what it does, each in a life of its own, and the end is the same.

One point alone: `GEMINI_POINT='commit …' pytest 'tests/faults/test_crashes.py::test_…[task-succeeds]'` (the message of
a failure has the whole line).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from faults import picture
from faults.life import play
from faults.scenarios import BY_NAME, SCENARIOS, Scenario
from faults.world import World

POINT = os.environ.get("GEMINI_POINT")
SHOWN = 8
"""So many faults are told of one scenario."""
RECOVERED = ("task-is-tried-again", "environment-restarts")
MISSED = 0.3
"""So much of the points may not come again, where two things happen at once."""


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[one.name for one in SCENARIOS])
def test_a_crash_anywhere_changes_nothing(
    scenario: Scenario, make_world: Callable[[], World], request: pytest.FixtureRequest
) -> None:
    """Covers: TRAIN-10, BILL-9, ENV-3. Same rows, same charges to the micro-point, nothing left behind."""
    first = make_world()
    play(first, scenario.before)
    world = first.copy(first.home.with_name("undisturbed"))
    points, _ = play(world, scenario.acts)
    wanted = picture.of(world)
    assert (wanted["leaks"], wanted["faults"]) == ([], []), "without any crash"
    wrong: list[str] = []
    missed = 0
    for point in [POINT] if POINT else points:
        world = first.copy(first.home.with_name("disturbed"))
        try:
            _, died = play(world, scenario.acts, point)
            missed += not died
            seen = picture.of(world)
        except Exception as error:  # noqa: BLE001 - told with its point
            wrong.append(f"{point}: {error!r}")
        else:
            wrong += [f"{point}: {line}" for line in _differences(wanted, seen, scenario.loose)]
        shutil.rmtree(world.home)
        if len(wrong) >= SHOWN:
            break
    alone = f"GEMINI_POINT=… pytest '{request.node.nodeid}'"
    assert not wrong, f"{len(points)} points; one alone: {alone}\n" + "\n".join(wrong)
    assert missed <= max(4, len(points) * MISSED), f"{missed} of {len(points)} points did not come again"


@pytest.mark.parametrize("name", RECOVERED)
def test_a_crash_while_it_recovers_changes_nothing(make_world: Callable[[], World], name: str) -> None:
    """Covers: TRAIN-10, BILL-9, ENV-3. It dies in the middle, and once more at every point of the life after that."""
    scenario = BY_NAME[name]
    first = make_world()
    play(first, scenario.before)
    world = first.copy(first.home.with_name("undisturbed"))
    points, _ = play(world, scenario.acts)
    wanted = picture.of(world)
    commits = [point for point in points if point.startswith("commit")]
    # Where two things happen at once a point may not come again: then the next one.
    for middle in commits[len(commits) // 2 :]:
        world = first.copy(first.home.with_name("recovered"))
        recovery, died = play(world, scenario.acts, middle)
        shutil.rmtree(world.home)
        if died and recovery:
            break
    assert died and recovery, commits
    wrong: list[str] = []
    for point in recovery:
        world = first.copy(first.home.with_name("disturbed"))
        play(world, scenario.acts, middle, point)
        wrong += [f"{middle}, {point}: {line}" for line in _differences(wanted, picture.of(world), scenario.loose)]
        shutil.rmtree(world.home)
    assert not wrong, "\n".join(wrong[:SHOWN])


def _differences(wanted: dict[str, Any], seen: dict[str, Any], loose: tuple[str, ...]) -> list[str]:
    strict = [name for name in wanted if name not in loose]
    return [f"{name} is {seen[name]}, wanted {wanted[name]}" for name in strict if seen[name] != wanted[name]]
