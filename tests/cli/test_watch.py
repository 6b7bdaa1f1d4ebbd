"""The parts of the platform: of one session, so of one share of a busy core, out of reach of a terminal's keys, and
kept running whatever becomes of the disk."""

from __future__ import annotations

import asyncio
import io
import json
import os
import pty
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gemini_cli.identity import load
from gemini_cli.parts import Part
from gemini_cli.voice import Voice
from gemini_cli.watch import Watched

SUPERVISOR = """
import asyncio, json, signal, sys
from pathlib import Path
from gemini_cli.parts import Part
from gemini_cli.voice import Voice
from gemini_cli.watch import Watched

async def main(home):
    interrupted = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted.set)
    voice = Voice(home / "supervisor.log")
    parts = [Watched(Part(name, ("/bin/sleep", "600"), {}, home, ""), home, voice) for name in ("hub", "proxy")]
    for part in parts:
        await part.start()
    print(json.dumps([part.identity.pid for part in parts]), flush=True)
    await interrupted.wait()
    for part in parts:
        await part.end()

asyncio.run(main(Path(sys.argv[1])))
"""
CTRL_C = b"\x03"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """A supervisor of two parts in a terminal of its own: its pid, and the terminal as people have it before them."""
    for name in ("logs", "pids"):
        (tmp_path / name).mkdir()
    pid, screen = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", SUPERVISOR, str(tmp_path)])
    yield pid, screen
    os.write(screen, CTRL_C)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(screen)


def test_parts_share_the_session_and_not_the_terminal(terminal: tuple[int, int]) -> None:
    """Ctrl-C is the supervisor's alone, and nothing can wait for an answer there. Covers: PERF-2, TRAIN-10."""
    supervisor, screen = terminal
    with open(screen, closefd=False) as lines:
        parts = json.loads(lines.readline())
    assert _terminal_of(supervisor) != 0
    for part in parts:
        assert os.getsid(part) == os.getsid(supervisor)
        assert os.getpgid(part) == part != os.tcgetpgrp(screen)
        assert _terminal_of(part) == 0


def _terminal_of(pid: int) -> int:
    """The device number of the terminal that controls a process; 0 where none does."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[4])


async def test_a_full_disk_ends_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that ends while nothing can be written is started again as soon as it can be, and then noted for the
    next supervisor; until then nothing of the platform ends by it. Covers: TRAIN-10."""
    monkeypatch.setattr("gemini_cli.watch.FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("gemini_cli.watch.LONGEST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr("gemini_cli.watch.NOTE_AGAIN_SECONDS", 0.02)
    said = io.StringIO()
    monkeypatch.setattr(sys, "stdout", said)
    folders = [tmp_path / name for name in ("logs", "pids")]
    for folder in folders:
        folder.mkdir()
    part = Watched(Part("hub", ("/bin/sleep", "600"), {}, tmp_path, ""), tmp_path, Voice(Path("/dev/full")))
    await part.start()
    keeping = asyncio.create_task(part.keep())
    try:
        first = part.identity
        assert first is not None and load(tmp_path / "pids" / "hub.json") == first
        for folder in folders:
            shutil.rmtree(folder)
        os.kill(first.pid, signal.SIGKILL)
        await _until(lambda: "could not be started" in said.getvalue())
        folders[0].mkdir()
        await _until(lambda: part.identity is not None)
        assert not keeping.done() and not folders[1].exists()
        folders[1].mkdir()
        await _until(lambda: load(tmp_path / "pids" / "hub.json") == part.identity)
    finally:
        await part.end()
        await asyncio.wait([keeping], timeout=10)
    assert keeping.done() and keeping.exception() is None
    assert list(folders[1].iterdir()) == []


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)
