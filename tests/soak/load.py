"""The work of a soak: environments that come and go, many small tasks, and viewers who stay and connect again."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from gemini_client import AsyncClient
from gemini_client.streams import messages
from gemini_client.transport import Transport
from gemini_core.errors import GeminiError

QUICK = "echo soak; exit 0"
CHATTER = "i=0; while sleep 1; do i=$((i+1)); echo line $i; done"
ENDED = {"succeeded", "failed", "stopped"}
IDLE = {"stopped", "failed"}
LOOK_SECONDS = 1.0
WAIT_SECONDS = 240.0
# A browser's tab is hidden and shown, a laptop sleeps: each viewer connects anew after such a time.
STAYS_SECONDS = (30.0, 120.0)


class Load:
    """Everything that one soak does. `make` gives the bodies: `environment(name)`, `existing(...)`, `dynamic(...)`."""

    def __init__(self, client: AsyncClient, make: Any) -> None:
        self.client = client
        self.make = make
        self.done: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.connected = 0
        self.heard = 0
        self._host = ""
        self._chatter = ""

    async def open(self) -> str:
        """Start the environment that takes the tasks, and a task in it that talks all the time; its id."""
        self._host = await self.start_environment("soak")
        body = self.make.existing(self._host, "chatter", CHATTER)
        self._chatter = (await self.client.tasks.create(body))["taskId"]
        await self._until(self.client.tasks.get, self._chatter, {"running"})
        return self._host

    async def close(self) -> None:
        """Stop what `open` started and forget it."""
        await self.client.tasks.stop(self._chatter)
        await self._until(self.client.tasks.get, self._chatter, ENDED)
        await self.end_environment(self._host)

    async def start_environment(self, name: str) -> str:
        """A running environment."""
        made = str((await self.client.environments.create(self.make.environment(name)))["id"])
        await self._until(self.client.environments.get, made, {"running"})
        return made

    async def end_environment(self, environment: str) -> None:
        """Stopped, then deleted."""
        await self.client.environments.stop(environment)
        await self._until(self.client.environments.get, environment, IDLE)
        await self.client.environments.delete(environment)

    async def come_and_go(self, count: int, seconds: float) -> None:
        """`count` environments one after the other, evenly over the time."""
        for number in range(count):
            began = asyncio.get_running_loop().time()
            with self._counted("environments"):
                await self.end_environment(await self.start_environment(f"soak {number}"))
            await asyncio.sleep(max(0.0, seconds / count - (asyncio.get_running_loop().time() - began)))

    async def train(self, count: int, seconds: float, each_dynamic: int) -> None:
        """`count` tasks evenly over the time, every so many of them on resources of their own."""
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(self._train_one(number, number % each_dynamic == 0))
                await asyncio.sleep(seconds / count)

    async def _train_one(self, number: int, alone: bool) -> None:
        with self._counted("dynamic" if alone else "existing"):
            name = f"soak {number}"
            body = self.make.dynamic(name, QUICK) if alone else self.make.existing(self._host, name, QUICK)
            task = (await self.client.tasks.create(body))["taskId"]
            seen = await self._until(self.client.tasks.get, task, ENDED)
            if (seen["state"], seen["exitCode"]) != ("succeeded", 0):
                self.wrong.append(f"{task}: {seen['state']} {seen['exitCode']} {seen['reason']}")

    def viewers(self, transport: Transport, events: int, logs: int) -> list[Coroutine[Any, Any, None]]:
        """Viewers of events and of the log that never ends, each of which stays and connects anew."""
        path = f"training-tasks/{self._chatter}/log/stream"
        return [
            *(self._view(transport, "events") for _ in range(events)),
            *(self._view(transport, path) for _ in range(logs)),
        ]

    async def _view(self, transport: Transport, path: str) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(random.uniform(*STAYS_SECONDS)):
                    await self._listen(transport, path)
            self.done["connections"] += 1

    async def _listen(self, transport: Transport, path: str) -> None:
        first = True
        try:
            async with contextlib.aclosing(messages(transport, path, {})) as stream:
                async for _ in stream:
                    self.connected += first
                    first = False
                    self.heard += 1
        except GeminiError as error:
            self.wrong.append(f"{path}: {error.name}")
            await asyncio.sleep(LOOK_SECONDS)
        finally:
            self.connected -= not first

    @contextlib.contextmanager
    def _counted(self, what: str) -> Any:
        try:
            yield
            self.done[what] += 1
        except (GeminiError, AssertionError) as error:
            self.wrong.append(f"{what}: {type(error).__name__}: {error}")

    async def _until(self, get: Callable[[str], Any], id: str, states: set[str]) -> dict[str, Any]:
        deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
        while (seen := await get(id))["state"] not in states:
            assert seen["state"] not in ENDED | IDLE, f"{id}: {seen['state']}: {seen['reason']}"
            assert asyncio.get_running_loop().time() < deadline, f"{id} is still {seen['state']}"
            await asyncio.sleep(LOOK_SECONDS)
        return dict(seen)
