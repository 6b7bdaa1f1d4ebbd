"""Only the processes that an earlier supervisor started are ended, and never another one with their pid."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gemini_cli.identity import Identity, end_leftovers, identity_of, load

SLEEP = [sys.executable, "-c", "print(flush=True); import time; time.sleep(600)"]
STUBBORN = [sys.executable, "-c", "import signal, time; signal.signal(15, 1); print(flush=True); time.sleep(600)"]


@pytest.fixture(params=[SLEEP, STUBBORN], ids=["willing", "stubborn"])
def process(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended with the test."""
    with subprocess.Popen(request.param, stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        started.stdout.readline()
        yield started
        started.kill()


def test_a_leftover_is_ended_and_forgotten(
    process: subprocess.Popen[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Politely, then surely."""
    monkeypatch.setattr("gemini_cli.identity.PATIENCE_SECONDS", 0.5)
    identity = identity_of(process.pid)
    assert identity is not None
    identity.save(tmp_path / "hub.json")
    assert end_leftovers(tmp_path) == ["hub"]
    assert not identity.alive()
    assert list(tmp_path.iterdir()) == []


def test_another_process_with_the_pid_is_left_alone(process: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """Another start time, another boot: somebody else's process."""
    identity = identity_of(process.pid)
    assert identity is not None
    dataclasses.replace(identity, start=identity.start - 1).save(tmp_path / "hub.json")
    dataclasses.replace(identity, boot="another").save(tmp_path / "proxy.json")
    assert end_leftovers(tmp_path) == []
    assert identity.alive()


def test_a_broken_file_is_no_process(tmp_path: Path) -> None:
    """Half a file from a crash ends nothing and is no error."""
    (tmp_path / "hub.json").write_text('{"pid": 1')
    assert load(tmp_path / "hub.json") is None
    assert end_leftovers(tmp_path) == []


def test_nobody_has_an_impossible_pid() -> None:
    """A pid beyond the kernel's range is nobody's."""
    assert identity_of(2**22 + 1) is None
    assert not Identity(2**22 + 1, 1, "").alive()
