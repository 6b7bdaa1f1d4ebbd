"""The disk that the platform lies on, and how much of it is people's data."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from pathlib import Path

from gemini_core.health import of_disk

from gemini_control.home import Home
from gemini_control.probes.base import UNANSWERED, Fact, Finding, size

MEASURE_EVERY_SECONDS = 600.0


class StoreSize:
    """The bytes of a folder, counted in a thread beside everything: a large store takes minutes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bytes: int | None = None
        self._measured_at = float("-inf")
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def refresh(self) -> None:
        """Count again where the last count is old; returns at once."""
        busy = self._thread is not None and self._thread.is_alive()
        if busy or time.monotonic() - self._measured_at < MEASURE_EVERY_SECONDS:
            return
        self._thread = threading.Thread(target=self._measure, name="store-size", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Count no further."""
        self._end.set()

    def _measure(self) -> None:
        total = 0
        seen: set[tuple[int, int]] = set()
        for folder, _, names in os.walk(self.folder):
            for name in names:
                if self._end.is_set():
                    return
                try:
                    found = os.lstat(os.path.join(folder, name))
                except OSError:
                    continue  # it went while we looked
                # Versions are hard links of blobs: each file is there once.
                if found.st_nlink > 1 and (found.st_dev, found.st_ino) in seen:
                    continue
                seen.update({(found.st_dev, found.st_ino)} if found.st_nlink > 1 else ())
                total += found.st_blocks * 512
        self.bytes, self._measured_at = total, time.monotonic()


class DiskProbe:
    """Free room, as one who may not use the reserve of root sees it."""

    part = "disk"
    overdue = UNANSWERED

    def __init__(self, home: Home, *, shared: bool = False) -> None:
        """`shared`: the store lies on a volume of its own, whose files nobody walks through."""
        self.folder = home.store if shared else home.root
        self.shared = shared
        self.store_size = StoreSize(home.store)

    async def find(self) -> Finding:
        """Ask the file system."""
        found = await asyncio.to_thread(os.statvfs, self.folder)
        free, total = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
        # A file system that counts no files says 0 of 0.
        verdict = of_disk(free, total, found.f_favail if found.f_files else None)
        facts = (Fact("free", size(free)), Fact("total", size(total)))
        if self.shared:
            return Finding(verdict, facts)
        self.store_size.refresh()
        counted = self.store_size.bytes
        people = Fact("store", "fact.measuring", spoken=True) if counted is None else Fact("store", size(counted))
        return Finding(verdict, (*facts, people))
