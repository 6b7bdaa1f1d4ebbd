"""A display that follows its task: by events and by the log's own stream, beside the kernel, in the client's loop."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import Any, Protocol

from gemini_client import AsyncClient
from gemini_client.watching import watch_of
from gemini_core.errors import GeminiError
from gemini_core.states import TaskState

from gemini_magics.progress import LINES_BACK, progress_of, readable
from gemini_magics.rendering import Look, Pieces, Seen, render

LEAST_PAUSE_SECONDS = 0.25
TAIL_BYTES = 8192
KEPT_CHARACTERS = 16_384
READ_AT_MOST = 256 * 1024
"""Characters of a log that are read in one second: a task that prints a flood must not slow the kernel down."""
_BEFORE_LOG = (TaskState.QUEUED, TaskState.ALLOCATING, TaskState.STARTING)


class Face(Protocol):
    """Where the pieces are shown. Called in the client's thread."""

    def show(self, pieces: Pieces) -> None:
        """The task goes on."""

    def finish(self, pieces: Pieces) -> None:
        """The task has ended; nothing will follow."""

    def lose(self, why: GeminiError) -> None:
        """Nothing more can be learned of it."""


async def follow(client: AsyncClient, model: dict[str, Any], look: Look, face: Face) -> None:
    """Shows the task `model` and what becomes of it until it has ended."""
    live = _Live(client, Seen(model, datetime.now(UTC)), look, face)
    try:
        await live.run()
    except GeminiError as error:
        face.lose(error)


class _Live:
    def __init__(self, client: AsyncClient, seen: Seen, look: Look, face: Face) -> None:
        self.client = client
        self.seen = seen
        self.look = look
        self.face = face
        self.news = asyncio.Event()
        self.log = ""
        self.shown: Pieces | None = None

    async def run(self) -> None:
        """Until the task has ended, or nothing more can be learned."""
        painter = asyncio.create_task(self._paint())
        reader: asyncio.Task[None] | None = None
        try:
            async with aclosing(watch_of(self.client).changes(self.seen.model["id"])) as changes:
                async for model in changes:
                    self.seen = Seen(model, datetime.now(UTC), self.seen.lines, self.seen.progress)
                    self.news.set()
                    if self.seen.ended:
                        break
                    if reader is None and model["state"] not in _BEFORE_LOG:
                        reader = asyncio.create_task(self._read())
        finally:
            for task in (painter, reader):
                await _end(task)
        await self._last_words()
        self.face.finish(render(self.seen, self.look, datetime.now(UTC)))

    async def _paint(self) -> None:
        while True:
            pieces = render(self.seen, self.look, datetime.now(UTC))
            if pieces != self.shown:
                self.shown = pieces
                self.face.show(pieces)
            await asyncio.sleep(LEAST_PAUSE_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_next_look()):
                    await self.news.wait()
            self.news.clear()

    def _until_next_look(self) -> float | None:
        """Seconds until the time that is shown has changed; None while none is."""
        began = self.seen.model["startedAt"]
        if not began:
            return None
        ran = (datetime.now(UTC) - datetime.fromisoformat(began)).total_seconds()
        return 1.0 if ran < 3600 else 60.0

    async def _read(self) -> None:
        """The end of the log as it grows; what a flood carries by is left out."""
        task = self.seen.model["id"]
        while True:
            tail = await self.client.tasks.log(task, offset=-TAIL_BYTES, limit=TAIL_BYTES)
            self._take(tail["text"], new=True)
            if not await self._read_on(task, tail["next"]):
                return

    async def _read_on(self, task: str, offset: int) -> bool:
        """Whether it was left because too much came at once."""
        clock = asyncio.get_running_loop().time
        began, size = clock(), 0
        async with aclosing(self.client.tasks.follow_log(task, offset=offset)) as pieces:
            async for piece in pieces:
                self._take(piece["text"])
                if clock() - began > 1:
                    began, size = clock(), 0
                size += len(piece["text"])
                if size > READ_AT_MOST:
                    break
            else:
                return False
        await asyncio.sleep(1)
        return True

    def _take(self, text: str, new: bool = False) -> None:
        self.log = (text if new else self.log + text)[-KEPT_CHARACTERS:]
        lines = tuple(readable(self.log)[-LINES_BACK:])
        self.seen = Seen(self.seen.model, self.seen.told_at, lines, progress_of(lines))
        self.news.set()

    async def _last_words(self) -> None:
        if self.seen.model["startedAt"]:
            tail = await self.client.tasks.log(self.seen.model["id"], offset=-TAIL_BYTES, limit=TAIL_BYTES)
            self._take(tail["text"], new=True)


async def _end(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        # A log that could not be read is no reason to lose sight of the task itself.
        with suppress(asyncio.CancelledError, GeminiError):
            await task
