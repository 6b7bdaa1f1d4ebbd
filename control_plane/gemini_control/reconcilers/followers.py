"""Follows starts at the hub: one stream each, until the hub says ready or why not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from gemini_core.errors import GeminiError

from gemini_control.hub import Hub, HubRefused

BROKEN_OFF = 1.0
"""Seconds until the next look where a stream ended and said nothing."""
log = logging.getLogger("gemini.followers")


class Followers:
    """Wakes a key when the hub's stream of its start ends. What the hub said of a failure is kept in memory:
    after a crash the start is asked for again, and says it again."""

    def __init__(self, hub: Hub, wake_in: Callable[[str, float], None]) -> None:
        self.hub = hub
        self.wake_in = wake_in
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._refused: dict[str, str] = {}

    def follow(self, owner: str, environment_id: str) -> None:
        """Follow a start that is under way, once."""
        if environment_id not in self._tasks:
            self._tasks[environment_id] = asyncio.create_task(self._follow(owner, environment_id))

    def following(self, environment_id: str) -> bool:
        """Whether the hub is about to say what became of a start."""
        return environment_id in self._tasks

    def refusal(self, environment_id: str) -> str | None:
        """What the hub said of the last start; None where it said nothing (yet)."""
        return self._refused.get(environment_id)

    def refuse(self, environment_id: str, text: str) -> None:
        """Keep what the hub said."""
        self._refused[environment_id] = text

    def forget(self, environment_id: str) -> None:
        """A new start begins."""
        self._refused.pop(environment_id, None)

    async def close(self) -> None:
        """End all streams."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # What was cancelled before it began has not taken itself out.
        self._tasks.clear()

    async def _follow(self, owner: str, environment_id: str) -> None:
        pause = BROKEN_OFF
        try:
            async for event in self.hub.progress(owner, environment_id):
                if event.get("failed"):
                    self.refuse(environment_id, str(event.get("message", ""))[:2000])
                if event.get("failed") or event.get("ready"):
                    pause = 0.0
                    break
        except (GeminiError, HubRefused, OSError, ValueError) as error:
            log.info("%s: the hub's stream broke off: %s", environment_id, error)
        finally:
            self._tasks.pop(environment_id, None)
        self.wake_in(environment_id, pause)
