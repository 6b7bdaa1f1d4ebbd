"""Control groups of both versions: where a process is counted, what it used, what was killed for memory."""

from __future__ import annotations

import contextlib
import os
import signal
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


def folder_of(path: str, controller: str) -> Path | None:
    """The folder of a cgroup in the hierarchy of a v1 controller, or of "v2"; None when it is not there."""
    for hierarchy in hierarchies():
        if controller in hierarchy.controllers:
            folder = Path(hierarchy.folder, os.path.relpath(path, hierarchy.root))
            return folder if folder.is_dir() else None
    return None


def _own_unified_path() -> str | None:
    """The cgroup (v2) of this process."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        if line.startswith("0::"):
            return line[3:]
    return None


def delegated_parent() -> str | None:
    """The cgroup (v2) beside ours that a person was given, with a controller for memory; None without one."""
    own = _own_unified_path()
    parent = None if own is None else os.path.dirname(own)
    folder = None if parent is None else folder_of(parent, "v2")
    if folder is None or not (folder / "cgroup.controllers").exists():
        return None
    given = "memory" in (folder / "cgroup.controllers").read_text().split()
    writable = all(os.access(place, os.W_OK) for place in (folder, folder / "cgroup.subtree_control"))
    return parent if given and writable else None


def counts_swap() -> bool:
    """Whether a limit for memory and swap together can be set."""
    for hierarchy in hierarchies():
        if "memory" in hierarchy.controllers:
            return Path(hierarchy.folder, "memory.memsw.limit_in_bytes").exists()
    return Path("/proc/swaps").exists()


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


def oom_kills(path: str) -> int:
    """How many processes of a cgroup the kernel has ended for memory."""
    memory = folder_of(path, "memory")
    if memory is not None:
        return _number(memory / "memory.oom_control", "oom_kill")
    unified = folder_of(path, "v2")
    return 0 if unified is None else _number(unified / "memory.events", "oom_kill")


def usage(path: str) -> Usage | None:
    """What a cgroup used; None when it is not there."""
    cpu, memory, pids = (folder_of(path, name) for name in ("cpuacct", "memory", "pids"))
    if cpu is not None and memory is not None:
        used = _number(memory / "memory.usage_in_bytes")
        cache = _number(memory / "memory.stat", "total_inactive_file")
        count = 0 if pids is None else _number(pids / "pids.current")
        return Usage(_number(cpu / "cpuacct.usage") / 1e9, max(0, used - cache), count)
    unified = folder_of(path, "v2")
    if unified is not None and (unified / "memory.current").exists():
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
    """End what is left in the cgroup of a sandbox and remove it everywhere; one that is not there is fine."""
    deadline = time.monotonic() + timeout_seconds
    for hierarchy in hierarchies():
        _remove_folder(Path(hierarchy.folder, os.path.relpath(path, hierarchy.root)), deadline)


def _remove_folder(folder: Path, deadline: float) -> None:
    while True:
        try:
            for pid in map(int, (folder / "cgroup.procs").read_text().split()):
                with contextlib.suppress(ProcessLookupError):
                    # 0 is a process that this pid namespace does not show; to kill(2) it is our own group.
                    if pid:
                        os.kill(pid, signal.SIGKILL)
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            # The last process has ended but the kernel still counts it out, or the file system is not ours.
            if time.monotonic() > deadline or not os.access(folder, os.W_OK):
                return
            time.sleep(0.01)
