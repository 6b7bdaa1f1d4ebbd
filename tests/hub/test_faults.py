"""Any one process is killed (-9) while a task runs: the record, the log, the exit code and the charge are right."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_CEILING, Decimal
from typing import Any

import pytest
from faults_real.victims import Sandbox, kill
from gemini_client import Client
from gemini_sandbox import Sandboxes
from platform_fixture import Platform, create_environment, stop_environment, wait_environment, wait_for, wait_task

from hub.test_training import dynamic, existing, postings, whole_log

pytestmark = [pytest.mark.hub, pytest.mark.timeout(600)]

LINES = 400
# Prints for eight seconds, long enough to be in the middle of it, and ends with a code of its own.
COUNT = f"for i in $(seq {LINES}); do echo line $i; sleep 0.02; done; exit 7"
SLOWLY = COUNT.replace("sleep 0.02", "sleep 0.1")
"""The same in forty seconds, for several that are all in the middle at once."""
ALL = "".join(f"line {number}\n" for number in range(1, LINES + 1))


@pytest.fixture(scope="module")
def client(platform: Platform) -> Client:
    """Alice's."""
    return platform.client("alice")


@pytest.fixture(scope="module")
def environment(client: Client) -> Iterator[str]:
    """A running environment of alice's; it goes through all of the faults."""
    made = create_environment(client, "faults")
    wait_environment(client, made, "running")
    yield made
    stop_environment(client, made)


def in_the_middle(client: Client, task: str) -> None:
    """Returns when the task has printed something and is far from its end."""
    wait_task(client, task, "running")
    wait_for(lambda: "line 20\n" in whole_log(client, task), "some lines")


@pytest.mark.parametrize("victim", ["hub", "proxy", "control", "supervisor"])
def test_a_killed_platform_loses_no_task(platform: Platform, client: Client, environment: str, victim: str) -> None:
    """Both modes go on through the death of a process; everything is found again. Covers: TRAIN-10, BILL-9."""
    tasks = [existing(client, environment, f"here {victim}", COUNT), dynamic(client, f"alone {victim}", COUNT)]
    for task in tasks:
        in_the_middle(client, task)
    platform.kill(victim)
    if victim == "supervisor":
        platform.start()
    platform.wait_ready()
    for task in tasks:
        seen = wait_task(client, task, "failed", seconds=120)
        assert (seen["exitCode"], seen["lost"], seen["reason"]["code"]) == (7, False, "code")
        assert whole_log(client, task) == ALL
    assert client.environments.get(environment)["state"] == "running"
    alone = client.tasks.get(tasks[1])
    minutes = (Decimal(alone["cost"]) / (Decimal(alone["pricePerHour"]) / 60)).to_integral_value(ROUND_CEILING)
    assert 1 <= minutes <= 3
    assert sum(line["minutes"] for line in postings(client) if line["holderId"] == tasks[1]) == minutes, "charged once"


def test_a_kill_inside_touches_no_other_task(platform: Platform, client: Client, environment: str) -> None:
    """A tender, a command, pasta and the server of one environment are killed: two tasks end by it, the others run
    on, and Lab answers again. Covers: ENV-2, TRAIN-9, TRAIN-10."""
    names = ("tender", "command", "spared", "spared too")
    tasks = {name: existing(client, environment, f"{name} here", SLOWLY) for name in names}
    for task in tasks.values():
        in_the_middle(client, task)
    sandbox = Sandbox(platform.home, environment)
    for process in ("tender", "command", "pasta", "server"):
        folder = platform.home / "store/environments" / environment / "tasks" / tasks.get(process, "")
        kill(sandbox.find(process, folder))
    ends = {"tender": (None, True, "node"), "command": (137, False, "code")}
    for name, task in tasks.items():
        seen = wait_task(client, task, "failed", seconds=120)
        assert (seen["exitCode"], seen["lost"], seen["reason"]["code"]) == ends.get(name, (7, False, "code"))
        log = whole_log(client, task)
        assert ALL.startswith(log) and (name in ends or log == ALL)
    with platform.http("alice") as http:
        answers = lambda: http.get(f"/user/alice/{environment}/api/contents").status_code == 200  # noqa: E731
        wait_for(answers, "an answer of the server that was started again")
    assert client.environments.get(environment)["state"] == "running"


def test_a_killed_witness_is_told_as_lost(platform: Platform, client: Client) -> None:
    """Process 1 and its witness are killed: failed, node, no exit code, charged to the last sight. Covers: TRAIN-9."""
    task = dynamic(client, "lost", COUNT)
    in_the_middle(client, task)
    witness = json.loads((platform.home / "sandboxes" / task / "witness.json").read_text())["pid"]
    process = Sandboxes(platform.home).observe(task).pid
    assert process is not None
    os.kill(int(witness), signal.SIGKILL)
    os.kill(process, signal.SIGKILL)
    seen = wait_task(client, task, "failed")
    assert (seen["exitCode"], seen["lost"], seen["reason"]["code"]) == (None, True, "node")
    assert Decimal(seen["cost"]) > 0


def test_a_killed_runner_takes_its_task_along(platform: Platform, client: Client) -> None:
    """An environment's process 1 is killed: the environment failed, and how its task ended is lost. Covers: TRAIN-9."""
    made = create_environment(client, "killed")
    wait_environment(client, made, "running")
    task = existing(client, made, "lost here", COUNT)
    in_the_middle(client, task)
    process = Sandboxes(platform.home).observe(made).pid
    assert process is not None
    os.kill(process, signal.SIGKILL)
    seen = wait_task(client, task, "failed")
    assert (seen["exitCode"], seen["lost"], seen["reason"]["code"]) == (None, True, "node")
    ended = wait_for(lambda: _if_idle(client, made), "the environment's end")
    assert (ended["state"], ended["reason"]["code"]) == ("failed", "node")


def _if_idle(client: Client, environment: str) -> dict[str, Any] | None:
    seen = client.environments.get(environment)
    return seen if seen["state"] in ("failed", "stopped") else None


@contextmanager
def started_again(platform: Platform) -> Iterator[None]:
    """Whatever is found meanwhile, the tests that follow have a platform."""
    try:
        yield
    finally:
        if platform.process is not None and platform.process.poll() is None:
            platform.kill("supervisor")
        platform.start()


def test_sigterm_leaves_what_works(platform: Platform, client: Client, environment: str) -> None:
    """A service manager's restart ends no environment and no task, and the next start finds them. Covers: TRAIN-10."""
    task = dynamic(client, "through a restart", COUNT)
    in_the_middle(client, task)
    with started_again(platform):
        assert platform.signal(signal.SIGTERM) == 0
        assert Sandboxes(platform.home).observe(environment).state == "running"
    seen = wait_task(client, task, "failed", seconds=120)
    assert seen["exitCode"] == 7
    assert client.environments.get(environment)["state"] == "running"


def test_ctrl_c_stops_and_records(platform: Platform, client: Client) -> None:
    """Ctrl-C stops environments and tasks as recorded stops, then the platform. Covers: ENV-3, TRAIN-9."""
    made = create_environment(client, "interrupted")
    wait_environment(client, made, "running")
    task = dynamic(client, "interrupted", "sleep 600")
    wait_task(client, task, "running")
    with started_again(platform):
        assert platform.signal(signal.SIGINT, 120) == 0
        assert {Sandboxes(platform.home).observe(one).state for one in (made, task)} <= {"ended", "absent"}
    assert client.environments.get(made)["state"] == "stopped"
    assert client.tasks.get(task)["state"] == "stopped"
