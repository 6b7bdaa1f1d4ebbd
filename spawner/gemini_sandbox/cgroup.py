"""Control groups of both versions: where a process is counted, what it used, what was killed for memory."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from .process import stat_fields
from .spec import Usage


@dataclass(frozen=True)
class Hierarchy:
    """One mounted hierarchy: its folder, the cgroup that the folder shows, its controllers (v2: "v2")."""

    folder: str
    root: str
    controllers: frozenset[str]


def hierarchies(mountinfo: str | None = None) -> tuple[Hierarchy, ...]:
    """All hierarchies mounted here."""
    text = Path("/proc/self/mountinfo").read_text() if mountinfo is None else mountinfo
    found = []
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        kind, _source, options = right.split(" ", 2)
        root, folder = left.split()[3:5]
        if kind == "cgroup2":
            found.append(Hierarchy(folder, root, frozenset({"v2"})))
        elif kind == "cgroup":
            found.append(Hierarchy(folder, root, frozenset(options.split(","))))
    return tuple(found)


def folder_of(pid: int, controller: str) -> Path | None:
    """The folder in which a v1 controller, or "v2", counts the process; None when it is not there."""
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return None
    for line in lines:
        _number, names, path = line.split(":", 2)
        if controller in (names.split(",") if names else ["v2"]):
            return _in_hierarchies(controller, path)
    return None


def _in_hierarchies(controller: str, path: str) -> Path | None:
    for hierarchy in hierarchies():
        if controller in hierarchy.controllers:
            inner = os.path.relpath(path, hierarchy.root)
            return Path(hierarchy.folder, inner)
    return None


def delegated_parent() -> str | None:
    """The cgroup (v2) beside ours that a person was given, with a controller for memory; None without one."""
    own = folder_of(os.getpid(), "v2")
    if own is None or not (own.parent / "cgroup.controllers").exists():
        return None
    controllers = (own.parent / "cgroup.controllers").read_text().split()
    control = own.parent / "cgroup.subtree_control"
    if "memory" not in controllers or not os.access(control, os.W_OK) or not os.access(own.parent, os.W_OK):
        return None
    for hierarchy in hierarchies():
        if "v2" in hierarchy.controllers:
            return os.path.normpath(os.path.join(hierarchy.root, os.path.relpath(own.parent, hierarchy.folder)))
    return None


def counts_swap() -> bool:
    """Whether a limit for memory and swap together can be set."""
    for hierarchy in hierarchies():
        if "memory" in hierarchy.controllers:
            return Path(hierarchy.folder, "memory.memsw.limit_in_bytes").exists()
    return folder_of(os.getpid(), "v2") is not None and Path("/proc/swaps").exists()


def _number(path: Path, key: str | None = None) -> int:
    """A number of a cgroup file: its only one, or the one after `key`; 0 when it is not there."""
    try:
        text = path.read_text()
    except OSError:
        return 0
    if key is None:
        return int(text) if text.strip().isdigit() else 0
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name == key:
            return int(value)
    return 0


def oom_kills(pid: int) -> int:
    """How many processes the kernel ended for memory in the cgroup of a process; works while it is a zombie."""
    memory = folder_of(pid, "memory")
    if memory is not None:
        return _number(memory / "memory.oom_control", "oom_kill")
    unified = folder_of(pid, "v2")
    return 0 if unified is None else _number(unified / "memory.events", "oom_kill")


def usage(pid: int, name: str) -> Usage | None:
    """What the cgroup called `name` used, when the process is in it; None otherwise."""
    cpu, memory = folder_of(pid, "cpuacct"), folder_of(pid, "memory")
    if cpu is not None and memory is not None and memory.name == name:
        used = _number(memory / "memory.usage_in_bytes")
        cache = _number(memory / "memory.stat", "total_inactive_file")
        pids = folder_of(pid, "pids")
        count = 0 if pids is None else _number(pids / "pids.current")
        return Usage(_number(cpu / "cpuacct.usage") / 1e9, max(0, used - cache), count)
    unified = folder_of(pid, "v2")
    if unified is not None and unified.name == name and (unified / "memory.current").exists():
        used = _number(unified / "memory.current")
        cache = _number(unified / "memory.stat", "inactive_file")
        seconds = _number(unified / "cpu.stat", "usage_usec") / 1e6
        return Usage(seconds, max(0, used - cache), _number(unified / "pids.current"))
    return None


def usage_of_processes(pids: list[int]) -> Usage:
    """The same from /proc, where no cgroup counts: memory is resident, so shared pages count more than once."""
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    cpu, memory, count = 0.0, 0, 0
    for pid in pids:
        fields = stat_fields(pid)
        if fields is None:
            continue
        # user, system, and both of its children that have ended: processes that came and went count too
        cpu += sum(int(value) for value in fields[11:15]) / ticks
        memory += int(fields[21]) * page
        count += 1
    return Usage(cpu, memory, count)


def pids_of_namespace(pid: int) -> list[int]:
    """All processes in the pid namespace of process 1 of a sandbox."""
    try:
        namespace = os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return []
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{name}/ns/pid") == namespace:
                found.append(int(name))
        except OSError:
            continue
    return found


def remove(path: str, timeout_seconds: float = 2.0) -> None:
    """Remove the cgroup of an ended sandbox from every hierarchy; one that is not there is fine."""
    for hierarchy in hierarchies():
        folder = Path(hierarchy.folder, os.path.relpath(path, hierarchy.root))
        _remove_folder(folder, timeout_seconds)


def _remove_folder(folder: Path, timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            # The last process has ended but the kernel still counts it out, or the file system is not ours.
            if time.monotonic() > deadline or not os.access(folder, os.W_OK):
                return
            time.sleep(0.01)
