"""The person's server: started, and started again when it dies; what it prints goes to a file with a limit."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import asdict
from typing import Any

from gemini_runner import child, proc
from gemini_runner.loop import Loop, Timer
from gemini_runner.order import ServerOrder
from gemini_runner.report import report

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
LIVED_SECONDS = 60.0
"""After having lived so long, the next death is a first one again."""
GRACE_SECONDS = 5.0
LOG_CHECK_SECONDS = 5.0
LOG_BYTES = 8 << 20
LOG_KEPT_BYTES = 1 << 20
RECORD = "server.json"


class Server:
    """Keeps the program of `order` running. `record_folder` remembers who it is, for a runner after this one."""

    def __init__(self, loop: Loop, order: ServerOrder, record_folder: str) -> None:
        self._loop = loop
        self._order = order
        self._record = os.path.join(record_folder, RECORD)
        self._pause = FIRST_PAUSE_SECONDS
        self._started_at = 0.0
        self._next: Timer | None = None
        self._kill: Timer | None = None
        self._leaving = False
        self._restarts = 0
        self.pid: int | None = None

    def start(self) -> None:
        """Starts it; ends one that an earlier runner left, for the two would want the same port."""
        end_recorded(self._record)
        self._spawn()
        self._loop.later(LOG_CHECK_SECONDS, self._check_log)

    def restart(self) -> None:
        """Ends it and starts it again without a pause."""
        self._pause = 0.0
        if self.pid is None:
            self._spawn()
        else:
            self._terminate()

    def leave(self) -> None:
        """Ends it for good; SIGKILL after the grace."""
        self._leaving = True
        self._terminate()

    def ended(self, pid: int) -> None:
        """To be told of each child that ended."""
        if pid != self.pid:
            return
        self.pid = None
        if self._kill is not None:
            self._kill.cancel()
        if self._leaving:
            return
        if time.monotonic() - self._started_at > LIVED_SECONDS:
            self._pause = min(self._pause, FIRST_PAUSE_SECONDS)
        self._next = self._loop.later(self._pause, self._spawn)
        self._pause = min(max(self._pause * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        self._restarts += 1

    def describe(self) -> dict[str, Any]:
        """What `list` tells of it."""
        return {"pid": self.pid, "restarts": self._restarts}

    def _spawn(self) -> None:
        if self.pid is not None or self._leaving:
            return
        if self._next is not None:
            self._next.cancel()
        self._started_at = time.monotonic()
        try:
            self.pid = child.spawn(self._order.command, self._order.log, {}, trusted=True)
        except OSError as error:
            report(f"the server cannot start: {error}")
            self._next = self._loop.later(LONGEST_PAUSE_SECONDS, self._spawn)
            return
        self._remember(self.pid)

    def _remember(self, pid: int) -> None:
        identity = proc.identity(pid)
        if identity is not None:
            with open(self._record, "w", encoding="utf-8") as file:
                json.dump(asdict(identity), file)

    def _terminate(self) -> None:
        if self.pid is not None:
            pid = self.pid
            proc.send(pid, signal.SIGTERM)
            self._kill = self._loop.later(GRACE_SECONDS, lambda: proc.send(pid, signal.SIGKILL))

    def _check_log(self) -> None:
        shorten(self._order.log, LOG_BYTES, LOG_KEPT_BYTES)
        self._loop.later(LOG_CHECK_SECONDS, self._check_log)


def shorten(path: str, limit: int, kept: int) -> None:
    """Where the file is larger than `limit` bytes, its last `kept` go to `<path>.1` and it starts empty again.

    The writer has it open for appending and goes on at its new end.
    """
    try:
        size = os.stat(path).st_size
        if size <= limit:
            return
        with open(path, "rb+", buffering=0) as source, open(f"{path}.1", "wb", buffering=0) as target:
            offset = size - kept
            while offset < size and (sent := os.sendfile(target.fileno(), source.fileno(), offset, size - offset)):
                offset += sent
            source.truncate(0)
    except OSError as error:
        report(f"{path} cannot be shortened: {error}")


def end_recorded(record: str) -> None:
    """Ends the server that `record` names, if exactly that process still runs (its runner was killed)."""
    try:
        with open(record, encoding="utf-8") as file:
            identity = proc.Identity(**json.load(file))
    except (OSError, ValueError, TypeError):
        return
    deadline = time.monotonic() + GRACE_SECONDS
    if identity.alive():
        proc.send(identity.pid, signal.SIGTERM)
    while identity.alive():
        if time.monotonic() > deadline:
            proc.send(identity.pid, signal.SIGKILL)
        time.sleep(0.05)
