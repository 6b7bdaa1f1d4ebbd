"""Hears what other replicas commit: one connection of this process that LISTENs, on PostgreSQL."""

from __future__ import annotations

import asyncio
import logging

from gemini_control.background import Loop
from gemini_control.store.database import CHANNEL, Store
from gemini_control.store.sessions import Session

BACKOFF_SECONDS = 1.0
log = logging.getLogger("gemini.listening")


class Listening(Loop):
    """A background work of every replica; on SQLite there is nobody else to hear."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def run(self) -> None:
        """Listen; connect again where the connection is lost."""
        if self.store.sqlite:
            return
        while True:
            try:
                await self._listen()
            except OSError as error:
                log.warning("Other replicas are not heard, connecting again: %s", error)
            await asyncio.sleep(BACKOFF_SECONDS)

    async def _listen(self) -> None:
        session = await Session.open(self.store.url)
        try:
            await session.run(f"LISTEN {CHANNEL}")
            # What was said before this moment was not heard.
            self.store.tell_all()
            async for payload in session.notices():
                self._hear(payload)
        finally:
            await session.close()

    def _hear(self, payload: str) -> None:
        voice, _, said = payload.partition(" ")
        topic, _, key = said.partition(" ")
        if voice != self.store.voice:
            self.store.tell(topic, key)
