"""Samples what runs every few seconds, while somebody listens: nobody's use is measured for nobody."""

from __future__ import annotations

import asyncio
import logging

from gemini_core.states import EnvironmentState
from sqlalchemy import Connection, RowMapping, select

from gemini_control.backends.base import Backend
from gemini_control.background import Loop
from gemini_control.events import Broadcaster
from gemini_control.managers.live import LiveUsage
from gemini_control.store import tables as t
from gemini_control.store.database import Store

EVERY = 5.0
SOON = 1.0
"""Seconds between the first two samples: what is used now takes two."""
log = logging.getLogger("gemini.usage")


class Sampler(Loop):
    """One of the platform's background works."""

    def __init__(self, store: Store, events: Broadcaster, backend: Backend, usage: LiveUsage) -> None:
        self.store = store
        self.events = events
        self.backend = backend
        self.usage = usage
        self._fresh = False

    async def run(self) -> None:
        """Sample while somebody listens, and wait."""
        while True:
            try:
                if self.events.listeners:
                    await self.sample()
                else:
                    self.usage.keep_only(set())
            except Exception:  # the top of the loop: said, then tried again
                log.warning("Usage could not be sampled", exc_info=True)
            await self._pause()

    async def _pause(self) -> None:
        """Until the next sample: at once where somebody comes, so that they need not wait for their first."""
        self._fresh, pause = False, SOON if self._fresh else EVERY
        try:
            await asyncio.wait_for(self.events.arrived.wait(), pause)
        except TimeoutError:
            return
        self.events.arrived.clear()
        self._fresh = True

    async def sample(self) -> None:
        """Sample all running environments once and tell who may see them."""
        rows = await self.store.read(_running)
        used = await asyncio.gather(*(self.backend.usage(row["id"]) for row in rows))
        at = asyncio.get_running_loop().time()
        self.usage.keep_only({row["id"] for row in rows})
        for row, sample in zip(rows, used, strict=True):
            now = self.usage.take(row["id"], sample, at)
            if now is not None:
                self.events.publish_ephemeral("usage", row["id"], row["owner"], row["workspace_id"], now.wire())


def _running(tx: Connection) -> list[RowMapping]:
    rows = t.environments
    query = select(rows.c.id, rows.c.owner, rows.c.workspace_id)
    return list(tx.execute(query.where(rows.c.state == EnvironmentState.RUNNING)).mappings())
