"""The control plane dies around each call of the real place of work, and its sandbox is found, ended and forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gemini_control.backends.embedded import EmbeddedBackend
from gemini_control.backends.machine import Machine
from gemini_core import orders
from gemini_core.observations import Observation, Presence
from gemini_sandbox import Sandboxes
from gemini_sandbox.abilities import Ground

from faults import picture
from faults.acts import do, settle, submit, until
from faults.life import Act, play
from faults.world import World

pytestmark = pytest.mark.sandbox
ENDS = (submit(command="echo up; exit 3"), until("task", "failed"), settle)
STOPS = (submit(command="echo up; sleep 600"), until("task", "running"), do("stop", "task"))
STOPPED = (*STOPS, until("task", "stopped"), settle)
POINTS = {
    "ends": (
        "before backend.start_task #1",
        "after backend.start_task #1",
        "commit DynamicTasks._write #2",
        "before backend.remove #1",
    ),
    "is-stopped": ("commit Tasks.stop.write #1", "before backend.stop #1", "after backend.stop #1"),
}


class RealBackend(EmbeddedBackend):
    """This machine, which outlives the control planes; `alive` is what the picture asks for."""

    @property
    def alive(self) -> dict[str, Observation]:
        """All sandboxes."""
        return {one: Observation(Presence(self.sandboxes.observe(one).state)) for one in self.sandboxes.ids()}

    def close(self) -> None:
        """The next control plane goes on with it."""


@pytest.fixture
def make_real_world(
    make_world: Callable[[], World], tmp_path: Path, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], World]]:
    """Makes worlds over this machine's sandboxes."""
    monkeypatch.setattr(orders, "STOP_GRACE_SECONDS", 5)
    made: list[Sandboxes] = []

    def make() -> World:
        world = make_world().copy(tmp_path / f"real-{len(made)}")
        made.append(Sandboxes(world.home, ground))
        world.backend = RealBackend(world.home, made[-1], Machine(8, 64 * 2**30))  # type: ignore[assignment]
        return world

    yield make
    for sandboxes in made:
        for one in sandboxes.ids():
            sandboxes.stop(one, 0)
            sandboxes.remove(one)


@pytest.mark.parametrize("name", POINTS)
def test_a_real_sandbox_survives_a_crash_anywhere(make_real_world: Callable[[], World], name: str) -> None:
    """Covers: TRAIN-9, TRAIN-10, BILL-9."""
    acts: tuple[Act, ...] = ENDS if name == "ends" else STOPPED
    loose = ("timelines",)
    quiet = make_real_world()
    play(quiet, acts)
    wanted = picture.of(quiet)
    assert (wanted["leaks"], wanted["faults"]) == ([], [])
    died = 0
    for point in POINTS[name]:
        world = make_real_world()
        died += play(world, acts, point)[1]
        seen = picture.of(world)
        different = {one: (seen[one], wanted[one]) for one in wanted if seen[one] != wanted[one]}
        assert {one: two for one, two in different.items() if one not in loose} == {}, point
        assert list((world.home / "orders").iterdir()) == [], point
    assert died >= len(POINTS[name]) - 1
