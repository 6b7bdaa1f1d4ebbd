"""The steps of one start as they happen, for whoever watches the hub's progress page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any


class Steps:
    """An append-only list of steps with any number of readers."""

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self._done: list[dict[str, Any]] = []
        self._closed = False
        self._news = asyncio.Event()

    def add(self, percent: int, message: str) -> None:
        """A step that has just been reached; `percent` of the whole start lies behind it."""
        self._done.append({"progress": percent, "message": message})
        self._wake()

    def close(self) -> None:
        """No step will follow."""
        self._closed = True
        self._wake()

    async def follow(self) -> AsyncIterator[dict[str, Any]]:
        """All steps from the first, as they come, until the last."""
        seen = 0
        while True:
            news = self._news
            while seen < len(self._done):
                yield self._done[seen]
                seen += 1
            if self._closed:
                return
            await news.wait()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
