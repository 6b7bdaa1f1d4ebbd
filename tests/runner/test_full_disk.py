"""The disk is full when a task in an environment ends: nobody but its tender knows how, so that waits for room."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from runner.rig import Runner

REFUSALS = 5
TEND = f"""
import errno, json, sys
from gemini_runner import state, task
from gemini_runner.loop import Loop
from gemini_runner.order import parse_order

task.WRITE_ATTEMPTS, task.WRITE_AGAIN_SECONDS = 2, 0.05
write, refusals = state.write, {REFUSALS}

def write_if_there_is_room(folder, found, *more):
    global refusals
    if found.state == state.ENDED and refusals:
        refusals -= 1
        raise OSError(errno.ENOSPC, "No space left on device")
    write(folder, found, *more)

state.write = write_if_there_is_room
sys.exit(task.tend(parse_order(json.load(sys.stdin)), alone=False, loop=Loop()))
"""


def test_the_end_of_a_task_in_an_environment_waits_for_room(tmp_path: Path) -> None:
    """Longer than a task of its own would. Covers: TRAIN-8, TRAIN-10."""
    runner = Runner(tmp_path / "run")
    order = json.dumps(runner.order("exit 5"))
    done = subprocess.run([sys.executable, "-c", TEND], input=order, capture_output=True, text=True, timeout=60)
    assert done.returncode == 5, done.stderr
    assert done.stderr.count("cannot be written") == REFUSALS
    assert (runner.state()["state"], runner.state()["exit_code"]) == ("ended", 5)
