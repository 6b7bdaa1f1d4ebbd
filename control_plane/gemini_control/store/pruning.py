"""Forgets old events now and then, so that the outbox stays small."""

from __future__ import annotations

import asyncio
import logging

from gemini_control.background import Loop
from gemini_control.store import outbox
from gemini_control.store.database import Store

EVERY_SECONDS = 3600.0
log = logging.getLogger("gemini.events")


class Pruning(Loop):
    """Prunes the outbox at the start and every hour."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def run(self) -> None:
        """Prune, and wait."""
        while True:
            try:
                await self.store.write(outbox.prune)
            except Exception:
                log.warning("Old events could not be pruned", exc_info=True)
            await asyncio.sleep(EVERY_SECONDS)
