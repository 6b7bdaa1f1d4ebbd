"""The parts of the platform: of one session, so of one share of a busy core, and out of reach of a terminal's keys."""

from __future__ import annotations

import json
import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    parts = [Watched(Part(name, name, ("/bin/sleep", "600"), {}, home, ""), home, voice) for name in ("hub", "proxy")]
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
