"""Tells the control plane what the hub saw of an environment, in order and again until it is heard.

The control plane looks for itself, too, so what is never heard is late and not lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from gemini_core.errors import GeminiError, Unavailable
from gemini_core.reasons import spoken
from gemini_sandbox import Observation as SandboxObservation

Observation = dict[str, Any]
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 15.0
GIVE_UP_AFTER_SECONDS = 600.0


def make_observation(event: str, at: datetime, **more: Any) -> Observation:
    """What is posted: `event` is started, stop-requested or ended; `more`: reason, detail, exit_code, lost."""
    return {"event": event, "at": at.astimezone(UTC).isoformat().replace("+00:00", "Z"), **more}


def start_that_ended(seen: SandboxObservation, home: str) -> Unavailable:
    """The public error for an environment that ended before its server answered."""
    if seen.detail:
        return Unavailable("spawn-ended", detail=spoken(seen.detail, home))
    if seen.signal is not None:
        return Unavailable("spawn-killed", signal=seen.signal)
    if seen.exit_code is not None:
        return Unavailable("spawn-ended-silently", code=seen.exit_code)
    return Unavailable("spawn-lost")


class Teller:
    """Sends one environment's observations one after the other, each until it is taken."""

    def __init__(self, send: Callable[[Observation], Awaitable[object]], log: logging.Logger) -> None:
        """`send` raises GeminiError when the control plane refuses or does not answer."""
        self._send = send
        self._log = log
        self._last: asyncio.Task[None] | None = None

    def tell(self, observation: Observation) -> asyncio.Task[None]:
        """Sends it after those before it. The task ends when it was heard or given up; it never fails."""
        self._last = asyncio.create_task(self._after(self._last, observation))
        return self._last

    async def tell_within(self, observation: Observation, seconds: float) -> None:
        """Like `tell`, and waits this long for it to be heard; then it goes on in the background."""
        await asyncio.wait([self.tell(observation)], timeout=seconds)

    async def _after(self, before: asyncio.Task[None] | None, observation: Observation) -> None:
        if before is not None:
            await asyncio.wait([before])
        loop = asyncio.get_running_loop()
        give_up, pause = loop.time() + GIVE_UP_AFTER_SECONDS, FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._send(observation)
                return
            except GeminiError as error:
                # What is refused is refused again; what does not answer may answer later.
                if error.status < 500 or loop.time() > give_up:
                    self._log.warning("Not heard by the control plane: %s: %s", observation["event"], error)
                    return
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
