"""One life of a control plane over a world that survives it, from its start to its end or its death."""

from __future__ import annotations

import asyncio
import fcntl
import functools
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from control_plane.fake_hub import ACCESS, SERVICE_TOKEN
from control_plane.platform import PREFIX, Answer, make_hub
from gemini_control.app import GeminiControl
from gemini_control.parts import Parts
from gemini_control.reconcilers.clock import Clock
from gemini_control.reconcilers.environments import EnvironmentReconciler
from gemini_control.reconcilers.tasks import TaskReconciler
from gemini_control.store.database import Store
from jupyterhub.services.auth import HubOAuth
from sqlalchemy import Connection
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from traitlets import Any as AnyTrait

from faults.points import Crash, Points, Pool, Tried, TriedFiles, watch_files
from faults.world import PAUSE, World

LONGEST = 60.0
Act = Callable[["Life"], Awaitable[None]]


class TriedStore(Store):
    """A database whose every commit is a point."""

    def __init__(self, url: str, points: Points) -> None:
        super().__init__(url)
        self.points = points

    async def write(self, fn: Callable[[Connection], Any]) -> Any:
        """As the store does; a crash comes when it is durable and before anybody knows."""
        if self.points.dead.is_set():
            await self.points.stand()
        result = await super().write(fn)
        await self.points.reach(f"commit {_named(fn)}")
        return result


def _named(fn: Any) -> str:
    inner = fn.func if isinstance(fn, functools.partial) else fn
    return str(inner.__qualname__).replace(".<locals>", "").replace(".<lambda>", "")


class People(HubOAuth):
    """The hub's answers to whose token it is, without asking."""

    async def get_user(self, handler: Any, *, sync: bool = True) -> dict[str, Any] | None:
        """The model of a token's owner."""
        return _TOKENS.get(self.get_token(handler) or "")


_TOKENS = make_hub().tokens


class TriedControl(GeminiControl):
    """The application with its collaborators tried: store, hub, backend, file work."""

    world = AnyTrait()
    points = AnyTrait()

    def make_store(self) -> Store:
        """The real database, its commits counted."""
        return TriedStore(self.db_url, self.points)

    def make_hub(self) -> Any:
        """The world's."""
        return Tried(self.world.hub, "hub", self.points)

    def make_parts(self) -> Parts:
        """All parts; those that work on files are counted."""
        parts = super().make_parts()
        parts.work.tasks.snapshots = TriedFiles(parts.work.tasks.snapshots, "snapshots", self.points)
        parts.versions.blobs = TriedFiles(parts.versions.blobs, "blobs", self.points)
        part(parts, EnvironmentReconciler).legacy = TriedFiles(
            part(parts, EnvironmentReconciler).legacy, "legacy", self.points
        )
        existing = part(parts, TaskReconciler).existing
        existing.snapshots = TriedFiles(existing.snapshots, "snapshots", self.points)
        return parts


def _free_locks(home: Path) -> None:
    """What the kernel does when a process dies: its files are closed, so nobody waits for its locks."""
    for number in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if os.readlink(f"/proc/self/fd/{number}").startswith(f"{home}/store/"):
                fcntl.flock(int(number), fcntl.LOCK_UN)


def part(parts: Parts, kind: type) -> Any:
    """The background work of a kind."""
    return next(one for one in (*parts.background, *parts.leading.works) if isinstance(one, kind))


class Life:
    """Runs acts over a world, from the one that is not done yet; `chosen` is the point to die at. One that `recovers`
    can die in its start already."""

    def __init__(self, world: World, chosen: str | None = None, *, recovers: bool = False) -> None:
        watch_files()
        self.world = world
        self.points = Points(chosen, counting=recovers)
        self.loop = asyncio.new_event_loop()
        self.pool = Pool(self.points)
        self.loop.set_default_executor(self.pool)
        self.points.on_death = lambda: self.loop.call_soon_threadsafe(self.loop.stop) and None
        auth = People(
            api_url="http://127.0.0.1:1/hub/api",
            hub_host="http://127.0.0.1:1",
            api_token=SERVICE_TOKEN,
            oauth_client_id="service-gemini",
            base_url=PREFIX,
            access_scopes={ACCESS},
        )
        self.app = TriedControl(
            world=world,
            points=self.points,
            home=str(world.home),
            port=0,
            prefix=PREFIX,
            hub_auth=auth,
            describe_machine=False,
            log_level=40,
            backend=world.place(self.points),
        )

    @property
    def clock(self) -> Clock:
        """The billing clock."""
        clock: Clock = part(self.app.parts, Clock)
        return clock

    def live(self, acts: Sequence[Act]) -> bool:
        """Do what is not done yet; False where it died on the way. Fails where an act fails or lasts too long."""
        main = self.loop.create_task(self._main(acts))
        stop = lambda _: self.loop.stop()  # noqa: E731
        main.add_done_callback(stop)
        guard = self.loop.call_later(LONGEST, main.cancel, "an act takes too long")
        self.loop.run_forever()
        main.remove_done_callback(stop)
        guard.cancel()
        self.points.counting = False
        if self.points.dead.is_set():
            self._settle()
            return False
        main.result()
        return True

    def _settle(self) -> None:
        """What was under way in threads at the death has either been done or never will be."""
        self.pool.quiet()
        self.app.parts.store._writers.submit(lambda: None).result(10)
        _free_locks(self.world.home)
        self.world.hub.forsake()

    def end(self) -> None:
        """End in order, or bury what is left."""
        if self.points.dead.is_set():
            self.points.buried.set()
            # Before the loop turns once more: what was about to go on must not.
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
        # A stop that was asked for twice must not end what follows.
        self.loop.stop()
        self.loop.run_forever()
        try:
            self.loop.run_until_complete(self._end())
        finally:
            self.loop.close()
            self.pool.shutdown()

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        if self.points.dead.is_set() and tasks:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=10)
        if self.app.parts is not None and getattr(self.app, "_server", None) is not None:
            # A connection of a dead life may have been let go in the middle of its answer.
            with suppress(*([asyncio.CancelledError, Crash] if self.points.dead.is_set() else [])):
                await self.app.stop_async()
        # A place of work that is a cluster lets go of its connections in the background.
        if left := asyncio.all_tasks() - {asyncio.current_task()}:
            _, late = await asyncio.wait(left, timeout=5)
            for task in late:
                task.cancel()

    async def _main(self, acts: Sequence[Act]) -> None:
        await self.app.start_async()
        self.client = AsyncHTTPClient(force_instance=True)
        self.points.counting = True
        spawner = asyncio.create_task(self.world.hub.spawn(self.app.parts.work))
        try:
            while self.world.done < len(acts):
                await acts[self.world.done](self)
                self.world.done += 1
        finally:
            spawner.cancel()
            self.client.close()

    async def ask(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, person: str = "member"
    ) -> Answer:
        """Ask as a person; `key` is the Idempotency-Key. Not answered in a life that dies meanwhile."""
        headers = {"Authorization": f"token token-of-{person}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode() if method != "GET" else None
        url = f"http://127.0.0.1:{self.app.port}{PREFIX}api/v1{path}"
        request = HTTPRequest(url, method, headers, data, allow_nonstandard_methods=True)
        response = await self.client.fetch(request, raise_error=False)
        return Answer(response.code, response.body or b"", response.headers)

    async def until(self, look: Callable[[], Awaitable[bool]], what: str, seconds: float = 30.0) -> None:
        """Wait until `look` says so."""
        give_up = self.loop.time() + seconds
        while not await look():
            assert self.loop.time() < give_up, f"never {what}"
            await asyncio.sleep(PAUSE)


def play(world: World, acts: Sequence[Act], *deaths: str | None) -> tuple[list[str], int]:
    """Do the acts, dying at the first of `deaths`, at the next in the life after it, and so on; the points of the last
    life, and how often it died. A life after a death counts from its very start."""
    lives: list[Life] = []
    world.done = 0
    try:
        for chosen in (*deaths, None):
            lives.append(Life(world, chosen, recovers=bool(lives)))
            if lives[-1].live(acts):
                break
            # The last act looks whether all is cleared away.
            world.done = min(world.done, len(acts) - 1)
    finally:
        for life in reversed(lives):
            life.end()
    return lives[-1].points.met, len(lives) - 1
