"""An environment's process 1: the person's server, tasks by order, orphans, and the end of it all."""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from .rig import Runner, alive, wait_for
from .test_task import DAEMON

FOREVER = "while true; do sleep 0.05; done"


def test_an_order_runs_to_its_end(runner: Runner) -> None:
    """Covers: TRAIN-1, TRAIN-9."""
    runner.environment()
    answer = runner.submit("echo hello; exit 3")
    assert answer["ok"] is True
    assert answer["task"]["state"] in ("starting", "running", "ended")
    state = runner.ended()
    assert (state["outcome"], state["exit_code"]) == ("failed", 3)
    assert runner.log() == "hello\n"
    assert runner.ask({"do": "list"})["tasks"] == [state]


def test_an_order_repeated_starts_nothing(runner: Runner) -> None:
    """Covers: TRAIN-10."""
    runner.environment()
    for _ in range(3):
        assert runner.submit("echo $$ >> pids; sleep 100")["ok"]
    wait_for(lambda: runner.numbers("pids"), "the command runs")
    assert runner.ask({"do": "stop", "id": "task-1"}) == {"ok": True}
    runner.ended()
    assert runner.submit("echo $$ >> pids; sleep 100")["ok"]
    assert runner.ask({"do": "list"})["tasks"][0]["state"] == "ended"
    assert len(runner.numbers("pids")) == 1


def test_stop_at_once_after_the_start(runner: Runner) -> None:
    """A stop that comes while the task is being made is not lost. Covers: TRAIN-9."""
    runner.environment()
    for n in range(10):
        runner.submit("sleep 100", id=f"task-{n}")
        runner.ask({"do": "stop", "id": f"task-{n}"})
    for n in range(10):
        state = runner.ended(f"task-{n}", 30)
        assert (state["outcome"], state["lost"]) == ("stopped", False)


def test_stopping_one_task_leaves_the_other(runner: Runner) -> None:
    """Also where both made daemons that hide. Covers: TRAIN-9."""
    runner.environment(FOREVER)
    (runner.run / "daemon.py").write_text(DAEMON.replace("321", "333"))
    for name in ("one", "two"):
        runner.submit(f"python3 daemon.py; echo $$ > {name}; sleep 100", id=name)
    wait_for(lambda: runner.numbers("one") and runner.numbers("two"), "both run")

    def daemons() -> list[str]:
        listed = runner.ask({"do": "processes"})["processes"]
        return sorted(p["task"] for p in listed if p["command"] == "sleep 333")

    wait_for(lambda: daemons() == ["one", "two"], "both daemons run")
    runner.ask({"do": "stop", "id": "one"})
    runner.ended("one")
    assert daemons() == ["two"]
    assert runner.state("two")["state"] == "running"


def test_a_tender_that_is_killed_leaves_a_lost_task(runner: Runner) -> None:
    """No exit code is invented, and nothing of the task goes on. Covers: TRAIN-9, TRAIN-10."""
    runner.environment()
    runner.submit("echo $$ > pids; sleep 100 & wait")
    pid = wait_for(lambda: runner.numbers("pids"), "the command runs")[0]
    os.kill(runner.state()["runner"]["pid"], signal.SIGKILL)
    state = runner.ended()
    assert (state["outcome"], state["lost"], state["exit_code"]) == ("failed", True, None)
    assert state["ranks"][0]["exit_code"] is None
    assert not alive(pid)


def test_the_server_is_started_again(runner: Runner) -> None:
    """Killing the server kills no task. Covers: ENV-3, TRAIN-10."""
    runner.environment("echo $$ >> servers; echo up; exec sleep 100")
    runner.submit("echo $$ > pids; sleep 100")
    wait_for(lambda: runner.numbers("pids"), "the task runs")
    for deaths in (1, 2):
        wait_for(lambda deaths=deaths: len(runner.numbers("servers")) == deaths, "the server runs")  # type: ignore[misc]
        os.kill(runner.numbers("servers")[-1], signal.SIGKILL)
    wait_for(lambda: len(runner.numbers("servers")) == 3, "the server runs again")
    assert runner.ask({"do": "list"})["server"] == {"pid": runner.numbers("servers")[-1], "restarts": 2}
    assert alive(runner.numbers("pids")[0])
    assert (runner.run / "server.log").read_text().count("up\n") == 3
    runner.ask({"do": "restart-server"})
    wait_for(lambda: len(runner.numbers("servers")) == 4, "the server was restarted")


@pytest.mark.parametrize("namespace", [False, True])
def test_sigterm_ends_all_in_order(make_runner: Callable[..., Runner], namespace: bool) -> None:
    """Tasks are recorded as stopped. Covers: ENV-3, TRAIN-9."""
    runner = make_runner(namespace).environment(f"trap 'echo bye; exit' TERM; {FOREVER}")
    runner.submit("sleep 341", id="heeds")
    runner.submit("trap '' TERM; echo up; while true; do sleep 0.05; done", id="ignores", stop_grace_seconds=60)
    wait_for(lambda: "up" in runner.log("ignores"), "both tasks run")
    runner.signal(signal.SIGTERM)
    assert runner.wait() == 0
    assert "bye" in (runner.run / "server.log").read_text()
    assert [runner.state(id)["outcome"] for id in ("heeds", "ignores")] == ["stopped", "stopped"]


def test_an_orphan_of_the_server_is_shown_and_ended_with_it(runner: Runner) -> None:
    """Covers: ENV-7."""
    runner.environment(f"(sleep 342 & echo $! > orphan); {FOREVER}")
    pid = wait_for(lambda: runner.numbers("orphan"), "the orphan is made")[0]
    listed = {p["pid"]: p for p in runner.ask({"do": "processes"})["processes"]}
    assert listed[pid]["orphan"] is True
    assert listed[pid]["task"] is None
    assert listed[runner.ask({"do": "list"})["server"]["pid"]]["server"] is True
    runner.signal(signal.SIGTERM)
    assert runner.wait() == 0
    assert not alive(pid)


def test_a_runner_that_was_killed_finds_its_tasks_again(make_runner: Callable[..., Runner]) -> None:
    """Without a pid namespace tasks outlive it; the old server makes room for the new. Covers: TRAIN-10."""
    first = make_runner().environment("echo $$ >> servers; exec sleep 100")
    first.submit("echo $$ >> pids; sleep 100", id="lives")
    first.submit("sleep 100", id="killed")
    runs = lambda: first.state("killed")["state"] == "running"  # noqa: E731
    wait_for(lambda: first.numbers("pids") and first.numbers("servers") and runs(), "all run")
    os.kill(first.pid(), signal.SIGKILL)
    first.wait()
    os.kill(first.state("killed")["runner"]["pid"], signal.SIGKILL)
    second = make_runner().environment("echo $$ >> servers; exec sleep 100")
    assert second.ended("killed")["lost"] is True
    assert second.state("lives")["state"] == "running"
    assert second.submit("echo $$ >> pids", id="lives")["ok"]
    wait_for(lambda: len(second.numbers("servers")) == 2, "the new server")
    assert not alive(second.numbers("servers")[0])
    second.ask({"do": "stop", "id": "lives"})
    assert second.ended("lives")["outcome"] == "stopped"
    assert len(second.numbers("pids")) == 1


def test_two_runners_do_not_share_a_folder(make_runner: Callable[..., Runner]) -> None:
    """Covers: TRAIN-10."""
    make_runner().environment()
    second = make_runner().start({"kind": "environment"})
    assert second.wait() == 3


def test_the_socket_is_the_persons_alone(runner: Runner) -> None:
    """Covers: TEN-2b."""
    runner.environment()
    assert stat.S_IMODE((runner.run / "control.sock").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "request_",
    [
        {"do": "fly"},
        {},
        [],
        {"do": "stop", "id": "task-none"},
        {"do": "start"},
        {"do": "start", "order": {"id": "../x"}},
        {"do": "restart-server"},
    ],
)
def test_a_bad_request_is_answered(runner: Runner, request_: dict[str, object]) -> None:
    """Covers: TRAIN-3."""
    runner.environment()
    answer = runner.ask(request_)
    assert answer["ok"] is False
    assert answer["error"]


def test_noise_on_the_socket_harms_nobody(runner: Runner) -> None:
    """Covers: TRAIN-10."""
    runner.environment()
    silent = []
    for noise in (b"", b"\xff\xff\n", b"{", b"x" * (5 << 20)):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(runner.run / "control.sock"))
        try:
            connection.sendall(noise)
        except OSError:
            assert len(noise) > 4 << 20
        silent.append(connection)
    assert runner.ask({"do": "list"})["ok"] is True
    for connection in silent:
        connection.close()


def test_memory_stays_small_with_many_tasks(runner: Runner) -> None:
    """The runner and each tender at most 20 MB resident. Covers: PERF-2."""
    runner.environment(FOREVER)
    for n in range(30):
        runner.submit("true", id=f"task-{n}")
    runner.submit("sleep 100", id="last")
    for n in range(30):
        runner.ended(f"task-{n}")
    for pid in (runner.pid(), wait_for(lambda: runner.state("last"), "the last")["runner"]["pid"]):
        assert int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0]) < 20_000
