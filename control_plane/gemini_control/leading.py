"""Runs what only the leader may do, for as long as this replica leads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from gemini_control.background import Background, Loop
from gemini_control.store.lease import Lease

BACKOFF_SECONDS = 1.0
log = logging.getLogger("gemini.lease")


class Leading(Loop):
    """Starts `works` in order when this replica leads, ends them in the other order when it leads no more, and waits
    to lead again; so each of them can be started again after it was stopped. They write by `Lease.leaders()`."""

    def __init__(self, lease: Lease, works: Sequence[Background]) -> None:
        self.lease = lease
        self.works = works

    async def start(self) -> None:
        """Begin. Who is alone leads at once: it returns when everything is at work, and raises where that fails."""
        if self.lease.alone:
            await self._begin()
            return
        await super().start()

    async def stop(self) -> None:
        """End the works, then let another lead."""
        await super().stop()
        await self._end()
        await self.lease.release()

    async def run(self) -> None:
        """Wait, lead, and wait again."""
        while True:
            try:
                await self.lease.acquire()
                log.info("%s leads", self.lease.holder)
                await self._lead()
            except Exception:  # the top of the loop: said, then tried again; another may lead meanwhile
                log.warning("The leader's work could not begin", exc_info=True)
            await self._end()
            await self.lease.release()
            await asyncio.sleep(BACKOFF_SECONDS)

    async def _lead(self) -> None:
        lost, begun = asyncio.ensure_future(self.lease.lost()), asyncio.ensure_future(self._begin())
        try:
            await asyncio.wait({lost, begun}, return_when=asyncio.FIRST_COMPLETED)
            if begun.done():
                begun.result()
                await lost
        finally:
            for task in (lost, begun):
                task.cancel()
            await asyncio.gather(lost, begun, return_exceptions=True)

    async def _begin(self) -> None:
        for work in self.works:
            await work.start()

    async def _end(self) -> None:
        for work in reversed(self.works):
            try:
                await work.stop()
            except Exception:  # said; the others end all the same, and another may lead
                log.warning("%s could not be ended", type(work).__name__, exc_info=True)
