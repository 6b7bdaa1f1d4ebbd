"""What one process holds, and what one platform leaves on the machine, read from /proc and GEMINI_HOME."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MIB = 2**20
HELD = ("handles", "sockets", "threads", "watches", "resident_mib", "own_mib")
"""What is sampled of a process; memory in MiB, `own` is its proportional share (PSS)."""


@dataclass(frozen=True)
class Process:
    """One process of one life: a number that is used again is another process."""

    pid: int
    start: str

    @classmethod
    def of(cls, pid: int) -> Process:
        """The process with this number now."""
        return cls(pid, _start(pid))

    def held(self) -> dict[str, float] | None:
        """What it holds now; None when it is gone."""
        try:
            if _start(self.pid) != self.start:
                return None
            rollup = _fields(Path(f"/proc/{self.pid}/smaps_rollup").read_text())
            status = _fields(Path(f"/proc/{self.pid}/status").read_text())
            links = _links(self.pid)
        except (FileNotFoundError, ProcessLookupError):
            return None
        return {
            "handles": len(links),
            "sockets": sum(1 for link in links.values() if link.startswith("socket:")),
            "threads": status["Threads"],
            "watches": sum(_watches(self.pid, fd) for fd, link in links.items() if link == "anon_inode:inotify"),
            "resident_mib": rollup["Rss"] / 1024,
            "own_mib": rollup["Pss"] / 1024,
        }


def _start(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def _fields(text: str) -> dict[str, int]:
    return {name: int(number) for name, number in re.findall(r"^(\w+):\s+(\d+)", text, re.MULTILINE)}


def _links(pid: int) -> dict[str, str]:
    found = {}
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[fd] = os.readlink(f"/proc/{pid}/fd/{fd}")
        except FileNotFoundError:
            continue
    return found


def _watches(pid: int, fd: str) -> int:
    try:
        return Path(f"/proc/{pid}/fdinfo/{fd}").read_text().count("inotify wd:")
    except FileNotFoundError:
        return 0


@dataclass(frozen=True)
class Left:
    """What of a platform is on the machine, beside what it keeps in its database and store."""

    processes: int
    sandboxes: int
    control_groups: int
    mounts: int
    routes: int
    database_mib: float

    @classmethod
    def by(cls, home: Path) -> Left:
        """All that the platform of this folder has there now."""
        return cls(
            processes=len(processes_of(home)),
            sandboxes=len(_names(home / "sandboxes")),
            control_groups=len(control_groups_of(home)),
            mounts=Path("/proc/self/mountinfo").read_text().count(str(home)),
            routes=len(routes_of(home)),
            database_mib=sum(path.stat().st_size for path in home.glob("control.sqlite*")) / MIB,
        )

    def wire(self) -> Mapping[str, float]:
        """As JSON."""
        return vars(self)


def processes_of(home: Path) -> dict[int, str]:
    """All processes that have the platform's folder in their command line or variables, by number: what they run."""
    mark = str(home).encode()
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        if int(name) == os.getpid():
            continue
        try:
            command = Path(f"/proc/{name}/cmdline").read_bytes()
            if mark in command or f"GEMINI_HOME={home}".encode() in _variables(name) or _is_inside(name, home):
                found[int(name)] = command.replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
    return {pid: command for pid, command in found.items() if command}


def _variables(pid: str) -> list[bytes]:
    return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")


def _is_inside(pid: str, home: Path) -> bool:
    """Whether it runs in a sandbox of this platform: its control group says so."""
    return f"/{group_name(home)}" in Path(f"/proc/{pid}/cgroup").read_text()


def group_name(home: Path) -> str:
    """How the names of all control groups (and pid files of pasta) of a platform begin."""
    import hashlib

    return f"gemini-{hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:8]}-"


def control_groups_of(home: Path) -> set[str]:
    """The names of its sandboxes' control groups."""
    folders = ("/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/cpu")
    return {name for folder in folders for name in _all_below(folder, group_name(home))}


def _all_below(folder: str, beginning: str) -> set[str]:
    found = set()
    for _, names, _ in os.walk(folder):
        found |= {name for name in names if name.startswith(beginning)}
    return found


def routes_of(home: Path) -> set[str]:
    """The routes in the proxy's file."""
    text = (home / "proxy" / "routes.toml").read_text()
    return set(re.findall(r"^\s*\[http\.routers\.([^\]]+)\]", text, re.MULTILINE))


def _names(folder: Path) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if not name.startswith(".")]
    except FileNotFoundError:
        return []


def pids_of_sandbox(home: Path, sandbox: str) -> dict[str, int]:
    """`witness`, `process` (1) and `pasta` of a running sandbox."""
    found = {}
    for name in ("witness", "process", "pasta"):
        path = home / "sandboxes" / sandbox / f"{name}.json"
        if path.exists():
            found[name] = int(json.loads(path.read_text())["pid"])
    return found
