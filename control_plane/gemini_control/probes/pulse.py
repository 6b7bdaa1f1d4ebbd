"""The event loop's own pulse: how long it lets things wait, and whether the wall clock was set meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from gemini_control.background import Loop

BEAT_SECONDS = 0.5
REMEMBERED_SECONDS = 60.0
STEPS_REMEMBERED_SECONDS = 86_400.0
SMALL_STEP_SECONDS = 0.5


def even() -> float:
    """Seconds that nobody sets and that a suspended machine does not lose."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Pulse(Loop):
    """One of the platform's background works. `wall` and `steady` are clocks in seconds."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = even) -> None:
        self.wall = wall
        self.steady = steady
        self._waits: deque[tuple[float, float]] = deque()
        self._steps: deque[tuple[float, float]] = deque()
        self._offset = wall() - steady()

    async def run(self) -> None:
        """Beat."""
        while True:
            due = time.monotonic() + BEAT_SECONDS
            await asyncio.sleep(BEAT_SECONDS)
            self.beat(time.monotonic() - due)

    def beat(self, late: float) -> None:
        """One beat, `late` seconds after it was due."""
        now = self.steady()
        self._waits.append((now, max(0.0, late)))
        while self._waits and now - self._waits[0][0] > REMEMBERED_SECONDS:
            self._waits.popleft()
        offset = self.wall() - now
        # A clock that is slewed into place moves by less than this between two beats.
        if abs(offset - self._offset) > SMALL_STEP_SECONDS:
            self._steps.append((now, offset - self._offset))
        self._offset = offset
        while self._steps and now - self._steps[0][0] > STEPS_REMEMBERED_SECONDS:
            self._steps.popleft()

    def longest_wait(self) -> float:
        """The longest that anything waited for its turn within the last minute, in seconds."""
        return max((late for _, late in self._waits), default=0.0)

    def largest_step(self) -> float:
        """The largest step of the wall clock within the last day, in signed seconds; 0 where it was never set."""
        return max((step for _, step in self._steps), key=abs, default=0.0)
