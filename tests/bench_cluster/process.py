"""A process as it is seen from outside: memory, processor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psutil

MIB = 2**20


class Process:
    """The process of that id. `most` is the most memory that was seen, in MiB."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.most = 0.0

    def memory(self) -> float:
        """MiB that it has resident."""
        found = float(self._process.memory_info().rss / MIB)
        self.most = max(self.most, found)
        return found

    def seconds(self) -> float:
        """Processor seconds that it has used."""
        used = self._process.cpu_times()
        return float(used.user + used.system)


@asynccontextmanager
async def observed(pid: int, every: float = 0.5) -> AsyncIterator[Process]:
    """Meanwhile its memory is looked at."""
    process = Process(pid)

    async def look() -> None:
        while True:
            process.memory()
            await asyncio.sleep(every)

    task = asyncio.create_task(look())
    try:
        yield process
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
