"""A world whose line is a cluster's, and how tests wait for what it tells."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from gemini_control.backends.base import TaskLaunch
from gemini_control.store import tables as t
from gemini_core.observations import Observation, Presence, Stage
from gemini_core.standings import GONE

from control_plane.fake_backend import FakeBackend
from control_plane.fake_line import FakeLine
from control_plane.world import Lab


@dataclass
class QueuedBackend(FakeBackend):
    """A backend whose tasks stand in the line first; `come` and `run` bring them to life."""

    listeners: list[Callable[[str], None]] = field(default_factory=list)
    keeps: bool = False
    """Whether what is removed stays in the line a while, as what a cluster deletes does."""
    lasting: asyncio.Event | None = None
    """Until this is set no stop comes to its end."""

    async def start_task(self, launch: TaskLaunch) -> Observation:
        self.calls.append(("start", launch.id))
        self.launches[launch.id] = launch
        fake = cast(FakeLine, self.lined.line) if self.lined else None
        if fake is not None and launch.id not in fake.stands:
            fake.wait(launch.id)
        return await self.observe(launch.id)

    async def stop(self, holder: str, grace_seconds: float) -> Observation:
        if self.lasting is not None:
            await self.lasting.wait()
        return await super().stop(holder, grace_seconds)

    def subscribe(self, changed: Callable[[str], None]) -> Callable[[], None]:
        self.listeners.append(changed)
        return lambda: self.listeners.remove(changed)

    async def remove(self, holder: str) -> None:
        self.calls.append(("remove", holder))
        self.alive.pop(holder, None)
        if self.lined is not None and not self.keeps:
            cast(FakeLine, self.lined.line).put(holder, GONE)

    def come(self, holder: str, stage: Stage, allocated_at: float | None = None) -> None:
        """Its pod is there and does not run yet."""
        self.see(holder, Observation(Presence.COMING, stage=stage, allocated_at=allocated_at))

    def run(self, holder: str, allocated_at: float) -> None:
        """Its pod runs."""
        self.see(holder, Observation(Presence.RUNNING, started_at=time.time(), allocated_at=allocated_at))

    def see(self, holder: str, seen: Observation) -> None:
        """It is seen so now."""
        self.alive[holder] = seen
        for listener in tuple(self.listeners):
            listener(holder)


@dataclass
class Queued(Lab):
    """A world with a cluster's line."""

    line: FakeLine

    @property
    def pods(self) -> QueuedBackend:
        """The place of work."""
        return cast(QueuedBackend, self.backend)

    async def row(self, environment_id: str) -> dict[str, Any]:
        """The row of an environment."""
        return next(one for one in await self.rows(t.environments) if one["id"] == environment_id)

    async def told(self, environment_id: str, code: str, detail: str = "") -> dict[str, Any]:
        """Wait until an environment says why it waits or ended."""

        def says(one: dict[str, Any]) -> bool:
            reason = one["reason"]
            return reason is not None and reason["code"] == code and detail in reason["detail"]

        return await until(lambda: self.environment(environment_id), says)


async def until(look: Callable[[], Any], good: Callable[[Any], Any], seconds: float = 30.0) -> Any:
    """Look until it is good; fails, showing it, where it never is."""
    give_up = time.monotonic() + seconds
    while not good(seen := await look()):
        assert time.monotonic() < give_up, seen
        await asyncio.sleep(0.02)
    return seen
