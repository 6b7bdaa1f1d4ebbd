"""What becomes of tasks, told by events: one stream for all that one client watches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Any
from weakref import WeakKeyDictionary

from gemini_core.errors import GeminiError, NotFound, Unavailable
from gemini_core.states import TASK_ENDED

from gemini_client.client import AsyncClient

KIND = "training-task"
TRY_AGAIN_SECONDS = 1.0
Model = dict[str, Any]
# What a listener is told: the task as it is now, that it must be read again, or why nothing will follow.
_News = Model | None | GeminiError

_watches: WeakKeyDictionary[AsyncClient, Watch] = WeakKeyDictionary()


def watch_of(client: AsyncClient) -> Watch:
    """The one watch of a client. Call it in the client's loop."""
    return _watches.setdefault(client, Watch(client))


async def until_ended(client: AsyncClient, task: str, on_change: Callable[[Model], object] | None = None) -> Model:
    """The task once it has ended; `on_change` is told of it before that. NotFound where it is not the caller's."""
    async with aclosing(watch_of(client).changes(task)) as changes:
        async for model in changes:
            if model["state"] in TASK_ENDED:
                return model
            if on_change is not None:
                on_change(model)
    raise AssertionError("changes end by an error only")


class Watch:
    """Listens to events as long as somebody wants to know of a task."""

    def __init__(self, client: AsyncClient) -> None:
        self._tasks = client.tasks
        self._events = client.events
        self._listeners: dict[str, set[asyncio.Queue[_News]]] = {}
        self._follower: asyncio.Task[None] | None = None
        self._heard = False

    async def changes(self, task: str) -> AsyncGenerator[Model, None]:
        """The task as it is, then as it becomes, without a gap, over lost connections; forever.

        A refusal (it is not the caller's, it was deleted) is a GeminiError.
        """
        news: asyncio.Queue[_News] = asyncio.Queue()
        self._listeners.setdefault(task, set()).add(news)
        self._listen(news)
        try:
            while True:
                told = await news.get()
                if isinstance(told, GeminiError):
                    raise told
                yield await self._read(task) if told is None else told
        finally:
            await self._leave(task, news)

    async def _read(self, task: str) -> Model:
        while True:
            try:
                return await self._tasks.get(task)
            except Unavailable:
                await asyncio.sleep(TRY_AGAIN_SECONDS)

    def _listen(self, news: asyncio.Queue[_News]) -> None:
        if self._follower is None or self._follower.done():
            self._heard = False
            self._follower = asyncio.create_task(self._follow(), name="gemini-watch")
        elif self._heard:
            news.put_nowait(None)

    async def _leave(self, task: str, news: asyncio.Queue[_News]) -> None:
        self._listeners[task].discard(news)
        if not self._listeners[task]:
            del self._listeners[task]
        if not self._listeners and self._follower is not None:
            follower, self._follower = self._follower, None
            follower.cancel()
            with suppress(asyncio.CancelledError):
                await follower

    async def _follow(self) -> None:
        try:
            async with aclosing(self._events(None)) as events:
                async for event in events:
                    self._tell(event)
        except GeminiError as error:
            for listeners in self._listeners.values():
                for news in listeners:
                    news.put_nowait(error)

    def _tell(self, event: dict[str, Any]) -> None:
        kind, task = event.get("kind"), event.get("id", "")
        if kind == "reset":
            self._heard = False
        elif kind == "hello" and not self._heard:
            # From here on nothing is missed; a later `hello` resumes where the stream broke.
            self._heard = True
            for listeners in self._listeners.values():
                for news in listeners:
                    news.put_nowait(None)
        elif kind == KIND:
            told = NotFound("not-found") if event["change"] == "deleted" else event["data"]
            for news in self._listeners.get(task, ()):
                news.put_nowait(told)
