"""The platform as an ordinary person starts it: the same main job in the same sandboxes, without root."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from platform_fixture import (
    Platform,
    create_environment,
    running_platform,
    stop_environment,
    wait_environment,
    wait_task,
)
from sandbox.test_person import TUNNEL, end_processes_of, tunnel_for_everybody

from hub.test_training import dynamic, existing, whole_log

pytestmark = [pytest.mark.hub, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def account() -> Iterator[pwd.struct_passwd]:
    """An account with subordinate ids; it and its processes are gone afterwards."""
    if os.geteuid() != 0 or shutil.which("useradd") is None:
        pytest.skip("only root can make an account")
    if not TUNNEL.exists():
        pytest.skip("no tunnel device")
    name = f"gemini-hub-{os.getpid()}"
    subprocess.run(["useradd", "--create-home", "--shell", "/bin/sh", name], check=True)
    made = pwd.getpwnam(name)
    try:
        if not may_run_this_python(made):
            pytest.skip("this Python lies where only root may read it")
        with tunnel_for_everybody():
            yield made
    finally:
        end_processes_of(made.pw_uid)
        subprocess.run(["userdel", "--remove", name], check=True, capture_output=True)


def may_run_this_python(account: pwd.struct_passwd) -> bool:
    """Whether the account can read the virtual environment and the sources."""
    tried = [sys.executable, "-c", "import gemini_cli"]
    try:
        done = subprocess.run(tried, user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/", check=False)
    except PermissionError:
        return False
    return done.returncode == 0


@pytest.fixture(scope="module")
def personal(account: pwd.struct_passwd) -> Iterator[Platform]:
    """A platform that this account started."""
    with running_platform(account) as started:
        yield started


def test_it_says_what_it_lacks(personal: Platform) -> None:
    """Sandboxes work; what a person cannot have is said with its remedy."""
    assert "sandboxes of their own, started by you" in personal.said()
    assert "apt-get install` does not work inside" in personal.said()


def test_the_main_job_survives_a_restart(personal: Platform) -> None:
    """Environment, both modes of training, kill -9 of the supervisor and the next start. Covers: ENV-2, TRAIN-10."""
    client = personal.client("alice")
    environment = create_environment(client, "personal")
    wait_environment(client, environment, "running")
    command = "id -u; python train.py --epochs 2; for i in $(seq 100); do echo $i; sleep 0.1; done; exit 7"
    tasks = [existing(client, environment, "here", command), dynamic(client, "alone", command)]
    for task in tasks:
        wait_task(client, task, "running")
    personal.kill("supervisor")
    personal.start()
    for task in tasks:
        seen = wait_task(client, task, "failed")
        assert (seen["exitCode"], seen["lost"]) == (7, False)
        log = whole_log(client, task).splitlines()
        assert log[0] == "0" and log[-1] == "100"
    assert client.environments.get(environment)["state"] == "running"
    stop_environment(client, environment)
    assert personal.signal(signal.SIGINT) == 0
