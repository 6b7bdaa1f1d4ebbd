"""Forgets old events now and then, so that the outbox stays small."""

from __future__ import annotations

import asyncio
import logging

from gemini_control.store import outbox
from gemini_control.store.database import Store

EVERY_SECONDS = 3600.0
log = logging.getLogger("gemini.events")


class Pruning:
    """Prunes the outbox at the start and every hour."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="pruning")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self.store.write(outbox.prune)
            except Exception:
                log.warning("Old events could not be pruned", exc_info=True)
            await asyncio.sleep(EVERY_SECONDS)
