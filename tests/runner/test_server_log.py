"""The server's log has a limit and keeps its newest part."""

from __future__ import annotations

import os
from pathlib import Path

from gemini_runner.server import shorten


def test_shortened_under_a_writer(tmp_path: Path) -> None:
    """The writer's next line comes at the new end, with no hole before it. Covers: ENV-2."""
    log = tmp_path / "server.log"
    writer = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(writer, b"a" * 1000 + b"b" * 100)
    shorten(str(log), 2000, 100)
    assert log.stat().st_size == 1100
    shorten(str(log), 1000, 100)
    os.write(writer, b"next\n")
    os.close(writer)
    assert log.read_bytes() == b"next\n"
    assert (tmp_path / "server.log.1").read_bytes() == b"b" * 100
