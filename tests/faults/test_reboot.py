"""The machine restarts: every process is gone, the boot has another id. Nothing is invented, nothing starts again."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gemini_core.observations import Presence
from gemini_sandbox import Sandboxes
from gemini_sandbox.process import boot_id

from faults import picture
from faults.acts import do, settle, submit, until
from faults.life import Life, play
from faults.scenarios import RUNNING
from faults.world import World

MINUTES = 7
"""How long everything had run, as far as anybody saw."""


def reboot(world: World) -> None:
    """All is killed; what the sandboxes' records say is that somebody saw them last some minutes after their start."""
    seen = time.time()
    for holder, one in world.backend.alive.items():
        if one.state == Presence.RUNNING:
            lost = replace(one, state=Presence.ENDED, last_seen=seen, lost=True, ended_at=None, exit_code=None)
            world.backend.alive[holder] = lost
    world.hub.servers.clear()
    world.hub.said.clear()
    with sqlite3.connect(world.home / "control.sqlite") as database:
        began = int((seen - MINUTES * 60 + 1) * 1e6)
        database.execute("update runs set started_at = ?, last_seen_at = ? where ended_at is null", (began, began))


def test_after_a_reboot_all_is_lost_and_charged_to_the_last_sight(make_world: Callable[[], World]) -> None:
    """Covers: ENV-3, TRAIN-9, TRAIN-10, BILL-2, BILL-9."""
    world = make_world()
    play(world, (*RUNNING, submit(), until("task", "running"), submit("in", inside="env"), until("in", "running")))
    reboot(world)
    ended = (until("env", "failed"), until("task", "failed"), until("in", "failed"), settle)
    play(world, ended)
    seen = picture.of(world)
    assert (seen["leaks"], seen["faults"]) == ([], [])
    assert seen["environments"] == [("env", "failed", "stopped", "node", None, 0, 0)]
    assert {row[:6] for row in seen["tasks"]} == {
        ("task", "failed", "running", "node", None, 1),
        ("in", "failed", "running", "node", None, 1),
    }
    assert [row[3] for row in seen["runs"]] == [MINUTES, MINUTES]
    assert world.hub.servers == {}, "nothing starts again by itself"
    play(world, (rest, do("start", "env"), until("env", "running"), do("stop", "env"), until("env", "stopped"), settle))
    assert (picture.leaks(world), picture.faults(world)) == ([], [])


async def rest(life: Life) -> None:
    """Nothing moves."""
    assert life.world.hub.servers == {}


def test_a_sandbox_of_another_boot_is_lost(tmp_path: Path) -> None:
    """Covers: TRAIN-9, BILL-2. Its processes' numbers are others' by now: none is taken for them or killed."""
    folder = tmp_path / "sandboxes" / "task-aaaaaaaaaa"
    folder.mkdir(parents=True)
    earlier = "00000000-0000-0000-0000-000000000000"
    assert boot_id() != earlier
    # The number of a process that lives: this one.
    mine = {"pid": 1, "start": 1, "boot": earlier, "started_at": time.time() - 100}
    for name in ("witness", "process"):
        (folder / f"{name}.json").write_text(json.dumps(mine))
    host = {"mode": "root", "etc": "", "cgroup_parent": None}
    (folder / "spec.json").write_text(json.dumps({"host": host, "mounts": [], "devices": []}))
    (folder / "seen").touch()
    seen = Sandboxes(tmp_path).observe("task-aaaaaaaaaa")
    assert (seen.state, seen.lost, seen.exit_code, seen.signal) == ("ended", True, None, None)
    assert seen.last_seen is not None
