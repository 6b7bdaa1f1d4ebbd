"""Tasks end in a true state, whatever their command does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .rig import Runner, alive, wait_for


def test_succeeds_with_its_log_and_code(runner: Runner) -> None:
    """Covers: TRAIN-8, TRAIN-9."""
    runner.task("echo out; echo err >&2; echo task $GEMINI_TASK_ID $X", env={"X": "1"})
    assert runner.wait() == 0
    state = runner.state()
    assert (state["state"], state["outcome"], state["exit_code"]) == ("ended", "succeeded", 0)
    rank = state["ranks"][0]
    assert (rank["exit_code"], rank["signal"], rank["oom"]) == (0, None, False)
    assert state["started_at"] <= rank["ended_at"] <= state["ended_at"]
    assert runner.log() == "out\nerr\ntask task-1 1\n"


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("no-such-program", 127, "command not found"),
        ("python3 no-such-file.py", 2, "No such file"),
        ("if then", 2, "syntax error"),
        ("exit 7", 7, ""),
        ("kill -SEGV $$", 139, ""),
        ("exec 1>&- 2>&-; exit 3", 3, ""),
    ],
)
def test_fails_with_the_code_of_its_command(runner: Runner, command: str, code: int, said: str) -> None:
    """Covers: TRAIN-9."""
    runner.task(command)
    assert runner.wait() == code
    assert runner.state()["outcome"] == "failed"
    assert runner.state()["exit_code"] == code
    assert said in runner.log()


def test_a_program_that_is_not_there_says_so_in_its_log(runner: Runner) -> None:
    """Covers: TRAIN-9."""
    order = runner.order("")
    order["ranks"][0]["argv"] = ["/no/such/program"]
    runner.start({"kind": "task", "task": order})
    assert runner.wait() == 127
    assert "cannot start: No such file or directory: /no/such/program" in runner.log()


def test_a_folder_that_is_not_there_says_so_in_its_log(runner: Runner) -> None:
    """Covers: TRAIN-9."""
    order = runner.order("true")
    order["ranks"][0]["cwd"] = "/no/such/folder"
    runner.start({"kind": "task", "task": order})
    assert runner.wait() == 127
    assert "/no/such/folder" in runner.log()


def test_much_output_goes_straight_to_the_file(runner: Runner) -> None:
    """Covers: TRAIN-9, TRAIN-10."""
    runner.task("head -c 1000000000 /dev/zero | tr '\\0' x")
    assert runner.wait(240) == 0
    log = runner.run / "tasks/task-1/main-0.log"
    assert log.stat().st_size == 1_000_000_000
    log.unlink()


def test_one_that_ignores_sigterm_is_killed_after_its_grace(runner: Runner) -> None:
    """Covers: TRAIN-9."""
    runner.task("trap '' TERM; echo up; while true; do sleep 0.05; done", stop_grace_seconds=0.3)
    wait_for(lambda: "up" in runner.log(), "the command runs")
    runner.signal(signal.SIGTERM)
    assert runner.wait() == 143
    state = runner.state()
    assert (state["outcome"], state["stop_requested"]) == ("stopped", True)
    assert state["ranks"][0]["signal"] == signal.SIGKILL
    assert state["ranks"][0]["oom"] is False


def test_a_stop_that_came_before_its_end_counts(runner: Runner) -> None:
    """Its command is killed while the request to stop waits to be heard: stopped, by that signal. Covers: TRAIN-9."""
    runner.task("sleep 100")
    wait_for(lambda: (runner.run / "control.sock").exists() and runner.try_ask({"do": "list"}), "it listens")
    rank = runner.state()["ranks"][0]["pid"]
    runner.signal(signal.SIGSTOP)
    runner.signal(signal.SIGTERM)
    os.kill(rank, signal.SIGKILL)
    wait_for(lambda: not alive(rank), "its end")
    runner.signal(signal.SIGCONT)
    state = runner.ended()
    assert (state["outcome"], state["ranks"][0]["signal"]) == ("stopped", signal.SIGKILL)


def test_one_that_heeds_sigterm_may_tidy_up(runner: Runner) -> None:
    """Covers: TRAIN-9."""
    runner.task("trap 'echo saved; exit 0' TERM; echo up; while true; do sleep 0.05; done")
    wait_for(lambda: "up" in runner.log(), "the command runs")
    runner.signal(signal.SIGTERM)
    assert runner.wait() == 143
    assert runner.log().endswith("saved\n")
    assert runner.state()["ranks"][0]["exit_code"] == 0


def test_the_time_limit_ends_it(runner: Runner) -> None:
    """Covers: TRAIN-9."""
    runner.task("sleep 100", max_duration_seconds=0.3)
    assert runner.wait() == 124
    assert runner.state()["outcome"] == "timeout"


DAEMON = """
import os, sys, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
for fd in (0, 1, 2): os.close(fd)
os.execve("/bin/sleep", ["sleep", "321"], {})
"""


@pytest.mark.parametrize("namespace", [False, True])
def test_what_it_left_behind_is_ended(make_runner: Callable[..., Runner], namespace: bool) -> None:
    """A daemon with a session of its own and no variables is still the task's. Covers: TRAIN-9, BILL-2."""
    runner = make_runner(namespace)
    (runner.run / "daemon.py").write_text(DAEMON)
    runner.task(f"{sys.executable} daemon.py; nohup sleep 322 & echo forked")
    assert runner.wait() == 0
    assert runner.state()["outcome"] == "succeeded"
    assert "forked" in runner.log()
    left = subprocess.run(["pgrep", "-f", "^sleep 32[12]$"], capture_output=True, text=True, check=False)
    assert left.stdout == ""


def test_a_failing_rank_ends_the_others(runner: Runner) -> None:
    """Covers: TRAIN-6."""
    runner.task(["sleep 100", "sleep 0.2; exit 5", "sleep 100"])
    assert runner.wait() == 5
    state = runner.state()
    assert (state["outcome"], state["exit_code"]) == ("failed", 5)
    assert [(r["exit_code"], r["signal"]) for r in state["ranks"]] == [(None, 15), (5, None), (None, 15)]


def test_all_ranks_must_succeed(runner: Runner) -> None:
    """Covers: TRAIN-6."""
    runner.task(["true", "sleep 0.3; echo late"])
    assert runner.wait() == 0
    assert runner.log(rank=1) == "late\n"


def test_a_known_task_is_never_started_twice(make_runner: Callable[..., Runner]) -> None:
    """The runner killed: started again it records the task as lost and does not run it. Covers: TRAIN-10, TRAIN-9."""
    runner = make_runner()
    runner.task("echo $$ >> pids; sleep 100")
    wait_for(lambda: runner.numbers("pids"), "the command runs")
    os.kill(runner.pid(), signal.SIGKILL)
    runner.wait()
    again = make_runner()
    again.task("echo $$ >> pids; sleep 100")
    assert again.wait() == 1
    state = again.state()
    assert (state["state"], state["outcome"], state["lost"], state["exit_code"]) == ("ended", "failed", True, None)
    assert len(again.numbers("pids")) == 1
    assert not alive(again.numbers("pids")[0])
    third = make_runner()
    third.task("true")
    assert third.wait() == 1


def test_state_is_a_heartbeat_of_the_contract(runner: Runner) -> None:
    """Covers: TRAIN-10."""
    runner.task("sleep 100")
    wait_for(lambda: runner.state()["state"] == "running", "it runs")
    first = runner.state()
    assert set(first) >= {"id", "state", "outcome", "runner", "heartbeat", "started_at", "ended_at", "ranks"}
    assert first["runner"]["pid"] == runner.pid()
    assert first["runner"]["boot"] == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    wait_for(lambda: runner.state()["heartbeat"] > first["heartbeat"], "a heartbeat", 30)
    assert json.dumps(runner.state()["ranks"]) == json.dumps(first["ranks"])


def test_memory_stays_small(runner: Runner) -> None:
    """At most 20 MB resident, after work too. Covers: PERF-2."""
    runner.task("for i in $(seq 300); do (sleep 0 &) ; done; echo done; sleep 100")
    wait_for(lambda: "done" in runner.log(), "the orphans are made")
    status = Path(f"/proc/{runner.pid()}/status").read_text()
    assert int(status.split("VmRSS:")[1].split()[0]) < 20_000


def test_a_bad_specification_is_refused_by_name(runner: Runner) -> None:
    """Covers: TRAIN-9."""
    order = runner.order("true")
    order["ranks"][0]["argv"] = []
    runner.start({"kind": "task", "task": order})
    assert runner.wait() == 2
    assert "argv must be a list" in (runner.run / "runner.err").read_text()
