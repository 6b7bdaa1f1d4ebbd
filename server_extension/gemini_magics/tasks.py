"""A task in a notebook: the handle of the client, and its live display."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from concurrent.futures import Future, wait
from contextvars import Context
from datetime import UTC, datetime
from typing import Any

from gemini_client import TaskHandle
from gemini_client.handles import Model

from gemini_magics.faces import make_face
from gemini_magics.live import follow
from gemini_magics.rendering import Look, Seen, render
from gemini_magics.session import Session

SETTLE_SECONDS = 5.0


class NotebookTask(TaskHandle):
    """As `TaskHandle`; shown in a cell it is live: `task` alone on the last line shows it again."""

    def __init__(self, session: Session, id: str, model: Model | None = None) -> None:
        super().__init__(session.client, id, model=model, pages=session.connection.pages)
        self._session = session
        self._shown_in: int | None = None
        self._display: Future[None] | None = None

    def show(self) -> Future[None]:
        """Shows it below the cell that runs, and follows it beside the kernel; the future ends with the task."""
        model = self.refresh().model
        look, seen = Look(self._session.language, self.url), Seen(model, datetime.now(UTC))
        face = make_face(self._session.shell, self.name, look, None if seen.ended else self._wish_stop)
        self._shown_in = self._session.shell.execution_count
        pieces = render(seen, look, seen.told_at)
        face.open(pieces)
        # In a context of its own: output belongs to the cell that runs when it is sent, not to the one that runs now.
        self._display = Context().run(self._client.begin, lambda client: follow(client, model, look, face))
        return self._display

    def wait(self, timeout: float | None = None, *, check: bool = False) -> NotebookTask:
        """As `TaskHandle.wait`; when it returns the display shows the end, too."""
        super().wait(timeout)
        if self._display is not None:
            wait([self._display], SETTLE_SECONDS)
        if check:
            self._checked()
        return self

    def __await__(self) -> Generator[Any, None, NotebookTask]:
        yield from super().__await__()
        if self._display is not None:
            display = asyncio.wrap_future(self._display)
            yield from asyncio.wait([display], timeout=SETTLE_SECONDS).__await__()
        return self

    def _ipython_display_(self) -> None:
        # A magic shows its task at once, also where its value is kept; the same cell need not show it twice.
        if self._shown_in != self._session.shell.execution_count:
            self.show()
        elif not hasattr(self._session.shell, "kernel"):
            raise NotImplementedError  # so that a terminal writes what Python calls it behind its `Out`

    def _wish_stop(self) -> None:
        self._client.begin(lambda client: client.tasks.stop(self.id))
