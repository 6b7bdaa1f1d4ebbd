"""A place of work without processes: tests say what is alive. Swapped in as a whole (`GeminiControl.backend`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from gemini_control.backends import paths
from gemini_control.backends.base import Inside, Shelter, StartFailed, TaskLaunch, Usage
from gemini_control.backends.lines import Membership, Queues
from gemini_core.cluster_plan import ClusterPlan
from gemini_core.observations import ABSENT, Observation, Presence
from gemini_core.orders import Places
from gemini_core.queueing import Capacity

G = 2**30


@dataclass
class FakeBackend:
    """`alive` are the observations by holder; `begin` and `end` change them; `calls` is what was asked."""

    store: Path
    whole: Capacity = field(default_factory=lambda: Capacity(8000, 16 * G, {}))
    found: dict[str, tuple[str, ...]] = field(default_factory=dict)
    alive: dict[str, Observation] = field(default_factory=dict)
    used: dict[str, Usage] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    launches: dict[str, TaskLaunch] = field(default_factory=dict)
    broken: str = ""
    sheltered: Shelter = field(default_factory=lambda: Shelter("root", apt=True, memory_limit=True, network=True))
    typical_start_seconds: int = 10
    lined: Queues | None = None
    cluster: ClusterPlan | None = None

    def begin(self, holder: str) -> Observation:
        """Its process 1 runs."""
        now = time.time()
        self.alive[holder] = Observation(Presence.RUNNING, started_at=now, last_seen=now)
        return self.alive[holder]

    def end(self, holder: str, exit_code: int | None = 0, **facts: object) -> Observation:
        """Its processes have ended."""
        seen = replace(self.alive[holder], state=Presence.ENDED, ended_at=time.time(), exit_code=exit_code)
        self.alive[holder] = replace(seen, **facts)  # type: ignore[arg-type]
        return self.alive[holder]

    async def start(self) -> None:
        """Nothing to watch."""

    def queues(self, members: Membership) -> Queues | None:
        return self.lined

    def subscribe(self, changed: Callable[[str], None]) -> Callable[[], None]:
        return lambda: None

    def close(self) -> None:
        """Nothing to close."""

    def shelter(self) -> Shelter:
        return self.sheltered

    def capacity(self, zone_id: str | None = None) -> Capacity:
        return self.whole

    def largest(self, zone_id: str) -> Capacity:
        return self.whole

    def cards(self) -> Mapping[str, tuple[str, ...]]:
        return self.found

    async def holders(self) -> frozenset[str]:
        return frozenset(self.alive)

    async def observe(self, holder: str) -> Observation:
        return self.alive.get(holder, ABSENT)

    async def prepare(self, workspace_index: int, folders: tuple[str, ...]) -> None:
        for folder in folders:
            (self.store / folder).mkdir(parents=True, exist_ok=True)

    async def start_task(self, launch: TaskLaunch) -> Observation:
        self.calls.append(("start", launch.id))
        if self.broken:
            raise StartFailed(self.broken)
        self.launches[launch.id] = launch
        return self.alive.get(launch.id) or self.begin(launch.id)

    async def stop(self, holder: str, grace_seconds: float) -> Observation:
        self.calls.append(("stop", holder))
        if self.alive.get(holder, ABSENT).state == Presence.RUNNING:
            self.end(holder, 143)
        return self.alive.get(holder, ABSENT)

    async def remove(self, holder: str) -> None:
        self.calls.append(("remove", holder))
        if self.alive.get(holder, ABSENT).state == Presence.ENDED:
            del self.alive[holder]

    async def key(self, environment_id: str) -> str | None:
        return f"key-of-{environment_id}"

    async def usage(self, holder: str) -> Usage | None:
        return self.used.get(holder)

    def places_in(self, inside: Inside) -> Places:
        return paths.places_inside(inside)
