"""The identity of a process: its number, its start and the boot, so that a reused number is never taken for it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def boot_id() -> str:
    """The kernel's name of this boot."""
    with open("/proc/sys/kernel/random/boot_id") as file:
        return file.read().strip()


def stat_fields(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat behind the name (state first); None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


@dataclass(frozen=True)
class ProcessIdentity:
    """One process of one boot."""

    pid: int
    start: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """The identity of a live process; None when it is gone."""
        fields = stat_fields(pid)
        return None if fields is None else cls(pid, int(fields[19]), boot_id())

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> ProcessIdentity:
        """From what `to_json` wrote."""
        return cls(int(fields["pid"]), int(fields["start"]), str(fields["boot"]))

    def to_json(self) -> dict[str, Any]:
        """The identity as JSON values."""
        return {"pid": self.pid, "start": self.start, "boot": self.boot}

    def alive(self) -> bool:
        """Whether it runs; one that has ended and is not yet reaped does not."""
        fields = stat_fields(self.pid)
        if fields is None or int(fields[19]) != self.start or fields[0] in "ZX":
            return False
        return self.boot == boot_id()

    def open(self) -> int | None:
        """A pidfd that is surely of this process, or None when it is gone; the caller closes it."""
        try:
            fd = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return None
        if self.alive():
            return fd
        os.close(fd)
        return None

    def end(self, signal_number: int, timeout_seconds: float) -> bool:
        """Send the signal and wait; True when the process has ended within the time."""
        fd = self.open()
        if fd is None:
            return True
        try:
            signal.pidfd_send_signal(fd, signal_number)
            return wait_for_end(fd, timeout_seconds)
        except ProcessLookupError:
            return True
        finally:
            os.close(fd)


def wait_for_end(pidfd: int, timeout_seconds: float) -> bool:
    """True when the process of the pidfd has ended within the time."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(max(0, int(timeout_seconds * 1000))))


def run_briefly(argv: list[str], log_fd: int, before: Callable[[], None], timeout_seconds: float) -> int | None:
    """Run a program, its words going to the log, and return its exit status; None when it took too long.

    `before` runs in the child. (The standard library's own wait with a timeout sleeps in steps, up to 50 ms late.)
    """
    child = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=log_fd,
        stderr=log_fd,
        preexec_fn=before,  # noqa: PLW1509 (the witness, the only caller, has one thread)
    )
    pidfd = os.pidfd_open(child.pid)
    try:
        in_time = wait_for_end(pidfd, timeout_seconds)
        if not in_time:
            child.kill()
        status = child.wait()
        return status if in_time else None
    finally:
        os.close(pidfd)
