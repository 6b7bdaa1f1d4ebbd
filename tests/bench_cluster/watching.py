"""What a cluster is seen to do: the moment at which each object of a kind came, and which are there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from gemini_control.backends.kubernetes.api import Cluster, Kind, Object


class Seen:
    """Objects by name: `came` keeps the moment (of `time.perf_counter`), `there` those that are there now."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.came: dict[str, float] = {}
        self.there: dict[str, Object] = {}
        self._moved = asyncio.Event()

    def take(self, type_: str, found: Object) -> None:
        """One event of a watch."""
        name = str(found["metadata"].get("name", ""))
        if type_ == "DELETED":
            self.there.pop(name, None)
        elif type_ != "BOOKMARK":
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
    """Meanwhile objects of that kind are seen."""
    seen = Seen(kind)
    _, version = await cluster.list(kind)
    ready = asyncio.Event()

    async def follow() -> None:
        version_ = version
        while True:
            async for type_, found in cluster.watch(kind, version_):
                version_ = str(found["metadata"]["resourceVersion"])
                seen.take(type_, found)
                ready.set()

    task = asyncio.create_task(follow())
    try:
        await asyncio.wait({task, waiting := asyncio.create_task(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        yield seen
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
