"""Logs of tasks: windows of them, and live from an offset, told by the kernel when they grow.

The command writes its log itself and root inside owns the folder, so a log is whatever regular file is
there under its name: opened without following anything, read in pieces, never trusted.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from gemini_core.errors import Conflict, InvalidInput, NotFound
from gemini_core.logs import BATCH, whole_characters
from gemini_core.states import TASK_ENDED
from sqlalchemy import RowMapping

from gemini_control.files import confined
from gemini_control.files.watching import Watch
from gemini_control.managers import tasks
from gemini_control.models.tasks import LogOut
from gemini_control.reconcilers.records import parts
from gemini_control.store import progress
from gemini_control.store.database import Store
from gemini_control.viewers import Viewer

WINDOW = 1 << 20
BEHIND = 16 << 20
"""A viewer so many bytes behind goes on from the newest."""
LOOK_UNTOLD = 0.5
LOOK_TOLD = 15.0
ROLE = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"


class Logs:
    """Reads logs. One watch serves all viewers; where the store is `shared` with other machines, the kernel knows
    nothing of what they write, and each viewer looks for itself."""

    def __init__(self, store: Store, folder: Path, *, shared: bool = False) -> None:
        self.store = store
        self.folder = folder
        self.shared = shared
        self._watch: Watch | None = None
        self._viewers: dict[str, set[asyncio.Event]] = {}

    async def window(self, viewer: Viewer, task_id: str, which: tuple[str, int], span: tuple[int, int]) -> LogOut:
        """`span` is offset and limit in bytes; a negative offset counts from the end. Empty where nothing is there."""
        row = await self._row(viewer, task_id)
        offset, limit = span
        data, start, size = await asyncio.to_thread(self._read, row, which, offset, min(limit, WINDOW))
        ended = row["state"] in TASK_ENDED
        at_end = start + len(data) >= size
        keep = whole_characters(data, final=ended and at_end)
        text = data[:keep].decode("utf-8", "replace")
        return LogOut(text=text, offset=start, next=start + keep, size=size, ended=ended and at_end)

    async def file(self, viewer: Viewer, task_id: str, which: tuple[str, int]) -> tuple[int, int, str]:
        """The whole log as an open descriptor, its size now and its name; NotFound where there is none."""
        row = await self._row(viewer, task_id)
        file = await asyncio.to_thread(self._open, row, which)
        if file is None:
            raise NotFound("log-unknown", role=which[0] or row["roles"][0]["name"], rank=which[1])
        return file, os.fstat(file).st_size, name_of(row, which)

    async def follow(
        self, viewer: Viewer, task_id: str, which: tuple[str, int], offset: int
    ) -> AsyncIterator[dict[str, Any]]:
        """The messages of a live log from `offset`, until the task has ended and all was sent."""
        row = await self._row(viewer, task_id)
        news, told = self._subscribe(row)
        file: int | None = None
        try:
            while True:
                news.clear()
                row = await self._row(viewer, task_id)
                if file is None:
                    file = await asyncio.to_thread(self._open, row, which)
                ended = row["state"] in TASK_ENDED
                if file is not None:
                    async for message in _pieces(file, offset, ended):
                        offset = message.get("next", offset)
                        yield message
                if ended:
                    yield {"end": True}
                    return
                await _wait(news, LOOK_TOLD if told and file is not None else LOOK_UNTOLD)
                told = told or self._told(row)
        finally:
            self._unsubscribe(task_id, news)
            if file is not None:
                os.close(file)

    def close(self) -> None:
        """Watch nothing more."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    async def _row(self, viewer: Viewer, task_id: str) -> RowMapping:
        return await self.store.read(lambda tx: tasks.find(tx, viewer, task_id))

    def _open(self, row: RowMapping, which: tuple[str, int]) -> int | None:
        try:
            return confined.open_file(self.folder, parts(row["folder"], name_of(row, which)))
        except (NotFound, Conflict, OSError):
            return None

    def _read(self, row: RowMapping, which: tuple[str, int], offset: int, limit: int) -> tuple[bytes, int, int]:
        file = self._open(row, which)
        if file is None:
            return b"", 0, 0
        try:
            size = os.fstat(file).st_size
            start = max(0, size + offset) if offset < 0 else min(offset, size)
            return os.pread(file, limit, start), start, size
        finally:
            os.close(file)

    def _subscribe(self, row: RowMapping) -> tuple[asyncio.Event, bool]:
        if self._watch is None:
            self._watch = Watch(self._tell)
            self.store.subscribe(progress.TASKS_TOPIC, self._tell_all)
        news = asyncio.Event()
        self._viewers.setdefault(row["id"], set()).add(news)
        return news, self._told(row)

    def _told(self, row: RowMapping) -> bool:
        return not self.shared and self._watch is not None and self._watch.add(row["id"], self.folder / row["folder"])

    def _unsubscribe(self, task_id: str, news: asyncio.Event) -> None:
        viewers = self._viewers.get(task_id, set())
        viewers.discard(news)
        if not viewers:
            self._viewers.pop(task_id, None)
            if self._watch is not None:
                self._watch.remove(task_id)

    def _tell(self, task_id: str) -> None:
        for news in self._viewers.get(task_id, ()):
            news.set()

    def _tell_all(self) -> None:
        for task_id in tuple(self._viewers):
            self._tell(task_id)


def name_of(row: RowMapping, which: tuple[str, int]) -> str:
    """The file's name of a log; without a role it is that of the task's first."""
    role, rank = which
    return f"{role or row['roles'][0]['name']}-{rank}.log"


def role_of(role: str) -> str:
    """`role`, which is part of a file's name; InvalidInput where it cannot be one."""
    if not re.fullmatch(ROLE, role):
        raise InvalidInput("field-unfit", field="role")
    return role


async def _pieces(file: int, offset: int, ended: bool) -> AsyncIterator[dict[str, Any]]:
    while True:
        size = os.fstat(file).st_size
        if size < offset:
            offset = 0  # it was cut off or begun again
        if size - offset > BEHIND:
            dropped = size - BATCH - offset
            offset += dropped
            yield {"dropped": dropped, "next": offset}
        data = await asyncio.to_thread(os.pread, file, BATCH, offset)
        keep = whole_characters(data, final=ended and offset + len(data) >= size)
        if not keep:
            return
        yield {"offset": offset, "next": offset + keep, "text": data[:keep].decode("utf-8", "replace")}
        offset += keep


async def _wait(news: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        pass
