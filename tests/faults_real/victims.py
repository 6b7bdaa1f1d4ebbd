"""Finding and killing the processes inside a sandbox, as the machine's root sees them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

from platform_fixture import wait_for
from soak.measures import group_name, pids_of_sandbox


class Sandbox:
    """The processes of one sandbox of a platform's folder."""

    def __init__(self, home: Path, id: str) -> None:
        self.home = home
        self.id = id

    def pid(self, process: str, folder: Path | None = None) -> int | None:
        """The number of `process 1`, `witness`, `pasta`, `server`; of `tender` and `command` by the task's `folder`."""
        if process in ("process 1", "witness", "pasta"):
            return pids_of_sandbox(self.home, self.id).get(process.removesuffix(" 1"))
        if process == "server":
            return next((pid for pid in self._inside() if b"jupyterhub.singleuser" in _command(pid)), None)
        assert folder is not None
        try:
            state = json.loads((folder / "state.json").read_text())
        except (FileNotFoundError, ValueError):
            return None
        inner = state["runner"]["pid"] if process == "tender" else state["ranks"][0]["pid"]
        return next((pid for pid in self._inside() if _inner(pid) == inner), None)

    def find(self, process: str, folder: Path | None = None) -> int:
        """As `pid`, waiting until it is there."""
        return wait_for(lambda: self.pid(process, folder), f"{process} of {self.id}", 60) or 0

    def _inside(self) -> Iterator[int]:
        name = f"{group_name(self.home)}{self.id}"
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if f"/{name}" in Path(f"/proc/{pid}/cgroup").read_text():
                    yield int(pid)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _inner(pid: int) -> int | None:
    """The number of a process in its own namespace."""
    try:
        found = re.search(r"^NSpid:.*?(\d+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) if found else None


def kill(pid: int) -> None:
    """SIGKILL; returns when it runs no more."""
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: gone(pid), f"the end of {pid}", 20)


def gone(pid: int) -> bool:
    """Whether nothing with this number runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def parent(pid: int) -> int:
    """The number of its parent."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def hold(pid: int) -> None:
    """SIGSTOP."""
    os.kill(pid, signal.SIGSTOP)


def let_go(pid: int) -> None:
    """SIGCONT; harmless where it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
