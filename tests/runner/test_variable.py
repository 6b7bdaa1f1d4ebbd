"""A runner without a file: its specification comes by a variable, as in a pod."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from gemini_core import pod_failures
from gemini_runner import same

from .rig import ENTRY, Runner, wait_for

SHOW = 'echo "$GEMINI_CODE,$JUPYTERHUB_API_TOKEN,$GEMINI_SPEC"'
HUB = {"GEMINI_CODE": "/gemini/code", "JUPYTERHUB_API_TOKEN": "secret"}


def test_a_task_runs_from_the_variable(runner: Runner) -> None:
    """It has the pod's variables, but neither the specification nor what the hub gave. Covers: TRAIN-6, TRAIN-9."""
    order = runner.order(f"{SHOW}; exit 3")
    assert runner.start({"kind": "task", "id": "task-1", "task": order}, HUB).wait() == 3
    assert runner.log() == "/gemini/code,,\n"


def test_the_server_has_what_the_hub_gave_and_its_tasks_have_not(runner: Runner) -> None:
    """Covers: TRAIN-9, TEN-2b."""
    log = runner.run / "server.log"
    server = {"argv": ["/bin/bash", "-c", f"{SHOW}; sleep 100"], "cwd": str(runner.run), "env": {}, "log": str(log)}
    runner.start({"kind": "environment", "server": server}, HUB)
    wait_for(lambda: log.exists() and "\n" in log.read_text(), "the server says something")
    assert log.read_text() == "/gemini/code,secret,\n"
    wait_for(lambda: runner.try_ask({"do": "list"}), "the socket answers")
    runner.submit(SHOW)
    runner.ended()
    assert runner.log() == "/gemini/code,,\n"


@pytest.mark.parametrize(("arguments", "given"), [([], ""), ([], "{"), (["a.json", "b.json"], "{}"), ([], "[]")])
def test_nothing_to_run_is_said(tmp_path: Path, arguments: list[str], given: str) -> None:
    """Covers: TRAIN-3."""
    argv = [sys.executable, "-I", "-S", str(ENTRY), *arguments]
    ended = subprocess.run(argv, env={"GEMINI_SPEC": given}, cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "GEMINI_SPEC" in ended.stderr


def test_nothing_is_started_where_a_folder_was_replaced(runner: Runner) -> None:
    """A link that leads elsewhere, another folder, and nothing at all are none of them it. Covers: TEN-2, TRAIN-7."""
    meant, other = runner.run / "meant", runner.run / "other"
    other.mkdir()
    for place in ("nothing", "link", "folder"):
        if place == "link":
            meant.symlink_to(other)
        elif place == "folder":
            meant.unlink()
            meant.mkdir()
        spec = {"kind": "task", "id": "task-1", "task": runner.order("echo ran"), "same": {str(other): str(meant)}}
        assert runner.start(spec, {}).wait() == 4
        assert runner.log() == ""
    spec["same"] = {str(other): str(runner.run / "meant" / ".." / "other")}
    assert runner.start(spec, {}).wait() == 0
    assert runner.log() == "ran\n"


def test_the_last_word_is_the_one_that_the_control_plane_reads() -> None:
    """Covers: TRAIN-9."""
    assert same.REPLACED == pod_failures.REPLACED
