"""What works beside the requests."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol


class Background(Protocol):
    """Something that works beside the requests: a reconciler, a clock. Started after the store, stopped before it."""

    async def start(self) -> None:
        """Begin; returns when it is at work."""

    async def stop(self) -> None:
        """End and wait for what is under way; must be safe to call when not started."""


class Loop(ABC):
    """A background work that is one coroutine, from its start until it is told to end."""

    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self.run(), name=type(self).__name__)

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @abstractmethod
    async def run(self) -> None:
        """What it does; it has no end of its own and is cancelled."""


class Loops:
    """Coroutines that work side by side from a start to its end; they may begin again after it."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._undo: list[Callable[[], None]] = []

    def begin(self, *works: Callable[[], Coroutine[Any, Any, None]], undo: Iterable[Callable[[], None]] = ()) -> None:
        """Start `works`; each of `undo` (what ends a subscription) is called at the end."""
        self._undo += undo
        self._tasks += [asyncio.create_task(work()) for work in works]

    async def end(self) -> None:
        """Undo, cancel, and wait until all have ended. Safe to call when nothing has begun."""
        for undo in self._undo:
            undo()
        tasks, self._tasks, self._undo = self._tasks, [], []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
