"""What survives a control plane: its folder, a place of work, a hub with its spawner, and the people.

The hub is the control plane's client of it, played as a whole (`gemini_control.hub.Hub`'s methods): a start is pending
until the spawner has fetched the launch plan from the control plane that lives then, as the real one does.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from control_plane.fake_backend import FakeBackend
from control_plane.fake_hub import SERVICE_TOKEN
from gemini_control.hub import Hub, HubRefused
from gemini_core.errors import GeminiError, Unavailable
from gemini_core.observations import ABSENT, Presence

from faults.points import Points, Tried

NOWHERE = "http://127.0.0.1:1"
"""An address where nobody answers."""
PAUSE = 0.002


class WorldHub(Hub):
    """`servers`: person and environment → the hub's model. `fails`: what a spawner says instead of starting.
    `asleep`: starts nothing. `said`: how starts ended. `answers`: with which status runners refuse orders (0: they
    take them). `orders`: what the runners of environments took, by task."""

    def __init__(self, backend: FakeBackend) -> None:
        super().__init__(f"{NOWHERE}/hub/api", NOWHERE, "/", SERVICE_TOKEN)
        self.backend = backend
        self.servers: dict[tuple[str, str], dict[str, Any]] = {}
        self.fails = ""
        self.asleep = False
        self.answers = 0
        self.said: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, Any] = {}

    async def server(self, person: str, environment: str) -> dict[str, Any] | None:
        """The model of a server."""
        return self.servers.get((person, environment))

    async def start_server(self, person: str, environment: str, display_name: str) -> bool:
        """Begin; 400 where it runs or starts, as the real one."""
        if (person, environment) in self.servers:
            raise HubRefused(400, f"{environment} is already running")
        self.said.pop(environment, None)
        self.servers[person, environment] = {"name": environment, "ready": False, "pending": "spawn"}
        return False

    async def stop_server(self, person: str, environment: str) -> bool:
        """End its sandbox, too, as the spawner does."""
        if self.servers.pop((person, environment), None) is not None:
            await self.backend.stop(environment, 1)
        return True

    async def remove_server(self, person: str, environment: str) -> bool:
        """As `stop_server`."""
        return await self.stop_server(person, environment)

    async def progress(self, person: str, environment: str) -> AsyncIterator[dict[str, Any]]:
        """The end of a start, as soon as it is known."""
        while environment not in self.said:
            if (person, environment) not in self.servers:
                return
            await asyncio.sleep(PAUSE)
        yield self.said[environment]

    async def ask_server(
        self, person: str, environment: str, path: str, *, key: str, body: Any = None, timeout: float = 1
    ) -> Any:
        """The runner of a running environment: takes an order once, stops what it knows."""
        if self.backend.alive.get(environment, ABSENT).state != Presence.RUNNING:
            raise Unavailable("hub-unreachable")
        if path == "gemini/runner/tasks":
            if self.answers:
                raise HubRefused(self.answers, "not now")
            if body["id"] not in self.orders:
                self.orders[body["id"]] = body
                self.record(environment, body["id"], "running")
            return {}
        task = path.split("/")[-2]
        if task not in self.orders:
            raise HubRefused(404, "unknown")
        self.record(environment, task, "ended", "stopped", 143)
        return {}

    def record(self, environment: str, task: str, state: str, outcome: str | None = None, code: int = 0) -> None:
        """What a runner writes of a task."""
        end = {"ended_at": 2.0, "exit_code": code} if outcome else {}
        ranks = [{"role": "main", "rank": 0, "started_at": 1.0, **end}]
        folder = self.backend.store / "environments" / environment / "tasks" / task
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "state.new").write_text(json.dumps({"state": state, "outcome": outcome, "ranks": ranks}))
        (folder / "state.new").rename(folder / "state.json")

    async def spawn(self, control: Any) -> None:
        """The spawner, for as long as this control plane lives."""
        while True:
            for (person, environment), model in tuple(self.servers.items()):
                if model["pending"] == "spawn" and not self.asleep:
                    await self._spawn(control, person, environment)
            await asyncio.sleep(PAUSE)

    async def _spawn(self, control: Any, person: str, environment: str) -> None:
        try:
            await control.launch_plans.get(environment)
        except GeminiError as error:
            self.give_up(person, environment, str(error))
            return
        if self.fails:
            self.give_up(person, environment, self.fails)
            return
        old = self.backend.alive.get(environment)
        if old is None or old.state != Presence.RUNNING:
            self.backend.begin(environment)
        self.servers[person, environment] = {"name": environment, "ready": True, "pending": None}
        self.said[environment] = {"ready": True}

    def give_up(self, person: str, environment: str, message: str) -> None:
        """A start failed."""
        self.servers.pop((person, environment), None)
        self.said[environment] = {"failed": True, "message": message}

    def forsake(self) -> None:
        """A control plane died: the spawner that waits for its answer gives up."""
        for (person, environment), model in tuple(self.servers.items()):
            if model["pending"] == "spawn":
                self.give_up(person, environment, "The platform does not answer.")


@dataclass
class World:
    """A folder with a database in it, a place of work and a hub."""

    home: Path
    backend: FakeBackend = field(init=False)
    hub: WorldHub = field(init=False)
    known: dict[str, str] = field(default_factory=dict)
    done: int = 0

    def __post_init__(self) -> None:
        self.backend = FakeBackend(self.home / "store")
        self.hub = WorldHub(self.backend)

    def place(self, points: Points) -> Any:
        """The place of work as one life meets it: its calls are points."""
        return Tried(self.backend, "backend", points)

    def copy(self, home: Path) -> World:
        """The same world in another folder; what runs began just now, so that all copies are charged alike."""
        shutil.copytree(self.home, home, symlinks=True)
        other = World(home)
        for name in ("servers", "fails", "asleep", "answers", "said", "orders"):
            setattr(other.hub, name, deepcopy(getattr(self.hub, name)))
        other.backend.broken = self.backend.broken
        other.backend.launches = dict(self.backend.launches)
        with sqlite3.connect(home / "control.sqlite") as database:
            now = time.time()
            begun = (int(now * 1e6), int(now * 1e6))
            database.execute("update runs set started_at = ?, last_seen_at = ? where ended_at is null", begun)
        alive = self.backend.alive.items()
        other.backend.alive = {one: replace(seen, started_at=now, last_seen=now) for one, seen in alive}
        other.known = dict(self.known)
        return other

    def fall(self, environment: str, **facts: Any) -> None:
        """Process 1 of an environment ends by itself; the hub notices."""
        self.backend.end(environment, **facts)
        for key in [key for key in self.hub.servers if key[1] == environment]:
            del self.hub.servers[key]
