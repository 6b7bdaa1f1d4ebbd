"""A queue of keys: each is worked on by one at a time, again where it was woken meanwhile, later where it failed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 30.0
Work = Callable[[str], Awaitable[float | None]]


class WorkQueue:
    """`work(key)` is called for every key that is woken; it answers in how many seconds to look again.

    None: not before it is woken. Where it raises, it is called again after a growing pause.
    """

    def __init__(self, name: str, work: Work, at_once: int = 16) -> None:
        self.log = logging.getLogger(f"gemini.{name}")
        self._work = work
        self._slots = asyncio.Semaphore(at_once)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._woken: set[str] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._failures: dict[str, int] = {}
        self._closed = False

    def open(self) -> None:
        """Take wakes again after `close`."""
        self._closed = False

    def wake(self, key: str) -> None:
        """Work on `key` now, or again as soon as the work under way is done."""
        if self._closed:
            return
        self._forget_timer(key)
        if key in self._running:
            self._woken.add(key)
        else:
            self._running[key] = asyncio.get_running_loop().create_task(self._run(key))

    def wake_in(self, key: str, seconds: float) -> None:
        """Work on `key` after `seconds`, unless it is woken before; at once, as `wake`, for 0."""
        if seconds <= 0:
            self.wake(key)
            return
        if self._closed or key in self._running:
            return
        self._forget_timer(key)
        self._timers[key] = asyncio.get_running_loop().call_later(seconds, self.wake, key)

    async def settle(self) -> None:
        """Return when nothing is being worked on; timers may still be set."""
        while self._running:
            await asyncio.wait(tuple(self._running.values()))

    async def close(self) -> None:
        """End everything under way; wakes are ignored from here on."""
        self._closed = True
        for key in tuple(self._timers):
            self._forget_timer(key)
        tasks = tuple(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # What was cancelled before it began has not taken itself out.
        self._running.clear()
        self._woken.clear()

    async def _run(self, key: str) -> None:
        later: float | None = None
        try:
            async with self._slots:
                self._woken.discard(key)
                later = await self._attempt(key)
        finally:
            del self._running[key]
        if key in self._woken:
            self._woken.discard(key)
            self.wake(key)
        elif later is not None:
            self.wake_in(key, later)

    async def _attempt(self, key: str) -> float | None:
        later: float | None
        try:
            later = await self._work(key)
        except Exception:
            failures = self._failures[key] = self._failures.get(key, 0) + 1
            pause = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (failures - 1))
            self.log.warning("%s: failed, again in %.1f s", key, pause, exc_info=True)
            return float(pause)
        self._failures.pop(key, None)
        return later

    def _forget_timer(self, key: str) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
