"""What a cluster is seen to do: the moment at which each object of a kind came, and which are there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gemini_control.backends.kubernetes.api import Cluster, Kind, Object
from gemini_control.backends.kubernetes.informer import Informer

FIRST_SIGHT = 60.0


class Seen:
    """Objects by name: `came` keeps the moment (of `time.perf_counter`), `there` those that are there now."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.came: dict[str, float] = {}
        self.there: dict[str, Object] = {}
        self._moved = asyncio.Event()

    def take(self, name: str, found: Object, gone: bool) -> None:
        """One came, changed or went."""
        if gone:
            self.there.pop(name, None)
        else:
            self.came.setdefault(name, time.perf_counter())
            self.there[name] = found
        self._moved.set()

    async def until(self, good: Callable[[], bool], what: str, seconds: float) -> None:
        """Return when it is so; TimeoutError names what never was."""
        try:
            async with asyncio.timeout(seconds):
                while not good():
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError as error:
            raise TimeoutError(
                f"not within {seconds:g} s: {what}; seen {len(self.there)} {self.kind.plural}"
            ) from error


@asynccontextmanager
async def watching(cluster: Cluster, kind: Kind) -> AsyncIterator[Seen]:
    """From now on objects of that kind are seen as they come and change; a watch that breaks off is taken up again."""
    seen, informer = Seen(kind), Informer(cluster, kind, keep=dict)
    await informer.start()
    try:
        await informer.wait(FIRST_SIGHT)
        informer.subscribe_objects(seen.take)
        yield seen
    finally:
        await informer.stop()
