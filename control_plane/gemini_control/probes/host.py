"""What this process knows by itself: its own pulse, the supervisor's lock, sandboxes, prices, the clock."""

from __future__ import annotations

import asyncio
import ctypes
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from gemini_core.health import of_clock, of_lag, of_prices, of_sandbox, of_supervisor

from gemini_control.backends.base import Backend
from gemini_control.managers.prices import PriceList
from gemini_control.probes.base import UNANSWERED, Fact, Finding
from gemini_control.probes.pulse import Pulse
from gemini_control.version import VERSION

UNSYNCHRONISED = 0x40
TIMEX_BYTES = 256


class ControlProbe:
    """This process: that it answers is why you read this."""

    part = "control"
    overdue = UNANSWERED

    def __init__(self, pulse: Pulse, listeners: Callable[[], int]) -> None:
        self.pulse = pulse
        self.listeners = listeners

    async def find(self) -> Finding:
        """Its longest wait of the last minute."""
        lag = self.pulse.longest_wait()
        facts = (
            Fact("version", VERSION),
            Fact("python", platform.python_version()),
            Fact("lag", f"{lag * 1000:.0f} ms"),
            Fact("listeners", str(self.listeners())),
        )
        return Finding(of_lag(lag), facts)


class SupervisorProbe:
    """`gemini up` holds `platform.lock` for as long as it lives. Read from the kernel's list, never by taking it."""

    part = "supervisor"
    overdue = UNANSWERED

    def __init__(self, lock: Path, locks: Path = Path("/proc/locks")) -> None:
        self.lock = lock
        self.locks = locks

    async def find(self) -> Finding:
        """Look whether anybody holds the lock."""
        return Finding(of_supervisor(await asyncio.to_thread(self._held)))

    def _held(self) -> bool | None:
        try:
            inode = str(os.stat(self.lock).st_ino)
            lines = self.locks.read_text().splitlines()
        except OSError:
            return None
        taken = [line.split() for line in lines if "FLOCK" in line]
        return any(place.rpartition(":")[2] == inode for words in taken for place in words if place.count(":") == 2)


class SandboxProbe:
    """What the trial sandbox of this process's start could do."""

    part = "sandbox"
    overdue = UNANSWERED

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    async def find(self) -> Finding:
        """Read it."""
        found = await asyncio.to_thread(self.backend.shelter)
        facts = (
            Fact("mode", f"mode.{found.mode}", spoken=True),
            _whether("limits", found.memory_limit),
            _whether("apt", found.apt),
            _whether("network", found.network),
        )
        return Finding(of_sandbox(found.mode, found.apt, found.memory_limit, found.lacks), facts)


class PricesProbe:
    """The file of prices that is in force."""

    part = "prices"
    overdue = UNANSWERED

    def __init__(self, prices: PriceList) -> None:
        self.prices = prices

    async def find(self) -> Finding:
        """Read the file again where it changed, as every price does."""
        priced = len(self.prices.current().specifications)
        facts = (Fact("file", str(self.prices.path)), Fact("specifications", str(priced)))
        return Finding(of_prices(self.prices.fault), facts)


class ClockProbe:
    """The wall clock, which minutes are charged by."""

    part = "clock"
    overdue = UNANSWERED

    def __init__(self, pulse: Pulse, zone: ZoneInfo) -> None:
        self.pulse = pulse
        self.zone = zone

    async def find(self) -> Finding:
        """What it says, and whether it was set."""
        now = datetime.now(UTC).astimezone(self.zone)
        facts = [Fact("now", now.strftime("%Y-%m-%d %H:%M:%S")), Fact("zone", str(self.zone))]
        kept = synchronised()
        facts += [] if kept is None else [_whether("synchronised", kept)]
        return Finding(of_clock(self.pulse.largest_step()), tuple(facts))


def synchronised() -> bool | None:
    """Whether the kernel's clock follows a time source; None where the system does not say."""
    if sys.platform != "linux":
        return None
    # struct timex: `modes` (0: only read) and, after three longs, `status`; glibc's is 208 bytes.
    record = ctypes.create_string_buffer(TIMEX_BYTES)
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "adjtimex") or libc.adjtimex(record) < 0:
        return None
    long = ctypes.sizeof(ctypes.c_long)
    status = int.from_bytes(record.raw[5 * long : 5 * long + 4], sys.byteorder)
    return not status & UNSYNCHRONISED


def _whether(label: str, there: bool) -> Fact:
    return Fact(label, "fact.yes" if there else "fact.no", spoken=True)
