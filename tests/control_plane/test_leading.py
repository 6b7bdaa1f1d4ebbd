"""The leader's works begin and end together, whatever one of them does."""

from __future__ import annotations

import asyncio

from gemini_control.leading import Leading
from gemini_control.store.lease import Lease

from control_plane.platform import Platform


class Work:
    """A background work that counts; `fails` is what its end raises."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.fails = fails
        self.running = False

    async def start(self) -> None:
        """Begin."""
        self.running = True

    async def stop(self) -> None:
        """End."""
        if self.fails is not None:
            raise self.fails
        self.running = False


class Turns(Lease):
    """A lease that is lost at once, and had again."""

    terms = 0
    released = 0

    async def acquire(self) -> None:
        """It is had."""
        self.terms += 1

    async def lost(self) -> None:
        """It is lost after a moment."""
        await asyncio.sleep(0.01)

    async def release(self) -> None:
        """Another may have it."""
        self.released += 1


async def test_a_work_that_cannot_end_keeps_nobody_from_leading(platform: Platform) -> None:
    """Else the lease would be held by one that does nothing, for good. Covers: TRAIN-10."""
    lease = Turns(platform.store)
    lease.alone = False
    first = Work()
    leading = Leading(lease, [first, Work(OSError("it does not end"))])
    await leading.start()
    async with asyncio.timeout(10):
        while lease.terms < 2:
            await asyncio.sleep(0.01)
    await leading.stop()
    assert not first.running
    assert lease.released >= 2
