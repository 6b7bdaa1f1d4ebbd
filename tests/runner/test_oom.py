"""A rank that the kernel killed for memory is named so."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .rig import Runner, wait_for

EATS = f'{sys.executable} -c "b = bytearray(400 << 20)"'
LIMIT = 128 << 20


GROUPS = (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max"))


def make_group() -> Path | None:
    """A memory group with a limit, of either version of control groups; None where it cannot be made."""
    for root, limit in GROUPS:
        if os.access(root, os.W_OK):
            folder = Path(root) / f"gemini-runner-test-{os.getpid()}"
            folder.mkdir()
            if (folder / limit).exists():
                (folder / limit).write_text(str(LIMIT))
                return folder
            folder.rmdir()
    return None


@pytest.fixture
def limited(make_runner: Callable[..., Runner]) -> Iterator[Runner]:
    """A runner in a memory group of its own."""
    group = make_group()
    if group is None:
        pytest.skip("no memory group can be made here (it needs root)")
    runner = make_runner()
    runner.prefix = ["/bin/sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh"]
    yield runner
    runner.close()
    wait_for(lambda: not (group / "cgroup.procs").read_text(), "the group is empty")
    group.rmdir()


def test_in_an_environment(limited: Runner) -> None:
    """The task is OOM, a later one that is killed otherwise is not. Covers: TRAIN-9."""
    limited.environment()
    limited.submit(EATS, id="eats")
    state = limited.ended("eats")
    assert (state["outcome"], state["exit_code"]) == ("failed", 137)
    assert state["ranks"][0]["oom"] is True
    limited.submit("kill -9 $$", id="killed")
    assert limited.ended("killed")["ranks"][0]["oom"] is False


def test_in_a_sandbox_of_its_own(limited: Runner) -> None:
    """Also where only a child of the command was killed and the command made its own code of it. Covers: TRAIN-9."""
    limited.task(f"{EATS} || exit 9")
    assert limited.wait() == 9
    assert limited.state()["ranks"][0]["oom"] is True


def test_a_kill_without_shortage_is_none(runner: Runner) -> None:
    """Covers: TRAIN-9."""
    runner.task("kill -9 $$")
    assert runner.wait() == 128 + signal.SIGKILL
    assert runner.state()["ranks"][0]["oom"] is False
