"""What the kernel knows of processes, read from /proc.

A process is the pair (number, start time) within one boot: numbers are used again.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Stat:
    """One process as /proc/<pid>/stat shows it. `start` in clock ticks since boot."""

    pid: int
    name: str
    state: str
    parent: int
    session: int
    cpu_seconds: float
    start: int
    memory_bytes: int

    @property
    def started_at(self) -> float:
        """Unix seconds."""
        return boot_time() + self.start / _TICKS


@dataclass(frozen=True)
class Identity:
    """Who a process is, for all time."""

    pid: int
    start: int
    boot: str

    def alive(self) -> bool:
        """Whether exactly this process still runs (a zombie does not)."""
        found = stat(self.pid)
        return found is not None and found.start == self.start and found.state not in "ZX" and self.boot == boot_id()


def stat(pid: int) -> Stat | None:
    """The process `pid`; None when it is gone."""
    content = _read(f"/proc/{pid}/stat")
    head, _, tail = content.rpartition(b")")
    fields = tail.split()
    if len(fields) < 22:
        return None
    return Stat(
        pid=pid,
        name=head.partition(b"(")[2].decode(errors="replace"),
        state=fields[0].decode(),
        parent=int(fields[1]),
        session=int(fields[3]),
        cpu_seconds=(int(fields[11]) + int(fields[12])) / _TICKS,
        start=int(fields[19]),
        memory_bytes=int(fields[21]) * _PAGE,
    )


def identity(pid: int) -> Identity | None:
    """The identity of the process `pid`; None when it is gone."""
    found = stat(pid)
    return None if found is None else Identity(pid, found.start, boot_id())


def processes() -> dict[int, Stat]:
    """All processes of this pid namespace, by number."""
    numbers = (int(name) for name in os.listdir("/proc") if name.isdigit())
    return {found.pid: found for found in map(stat, numbers) if found is not None}


def descendants(root: int, known: dict[int, Stat] | None = None) -> list[int]:
    """Numbers of all processes below `root`, parents first; zombies left out (they only wait to be reaped)."""
    known = processes() if known is None else known
    children: dict[int, list[int]] = {}
    for found in known.values():
        children.setdefault(found.parent, []).append(found.pid)
    below = list(children.get(root, ()))
    for pid in below:
        below.extend(children.get(pid, ()))
    return [pid for pid in below if known[pid].state not in "ZX"]


def marked(variable: str, value: str) -> list[int]:
    """Numbers of the processes that were started with the environment variable `variable=value`."""
    wanted = os.fsencode(f"{variable}={value}")
    numbers = (int(name) for name in os.listdir("/proc") if name.isdigit())
    return [pid for pid in numbers if wanted in _read(f"/proc/{pid}/environ").split(b"\0")]


def command_line(pid: int) -> str:
    """What the process was started with, at most 4 KiB of it; empty for zombies and kernel threads."""
    return _read(f"/proc/{pid}/cmdline", 4096).rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")


def send(pid: int, number: int) -> None:
    """Sends a signal; a process that is gone already is no error."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def kill_all(pids: list[int]) -> None:
    """SIGKILL to each of `pids`."""
    for pid in pids:
        send(pid, signal.SIGKILL)


def boot_id() -> str:
    """The kernel's id of this boot."""
    return _read("/proc/sys/kernel/random/boot_id").decode().strip()


def boot_time() -> float:
    """When this machine started, Unix seconds."""
    for line in _read("/proc/stat").splitlines():
        if line.startswith(b"btime "):
            return float(line.split()[1])
    return 0.0


def _read(path: str, limit: int = 1 << 20) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        parts = []
        while limit > 0 and (part := os.read(descriptor, min(limit, 65536))):
            parts.append(part)
            limit -= len(part)
        return b"".join(parts)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
