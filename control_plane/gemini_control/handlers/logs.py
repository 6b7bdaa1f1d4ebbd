"""`/training-tasks/{id}/log`: a window of it, all of it, or live."""

from __future__ import annotations

from gemini_core.logs import BATCH

from gemini_control.handlers.allow import allow
from gemini_control.handlers.base import APIHandler, Authorised
from gemini_control.handlers.downloads import send_file
from gemini_control.handlers.parameters import Parameter
from gemini_control.handlers.routing import Route
from gemini_control.handlers.stream import StreamHandler
from gemini_control.managers.logs import ROLE, WINDOW, role_of
from gemini_control.models.tasks import LogOut
from gemini_control.viewers import USE

LARGEST = 1 << 50
WHICH = (Parameter("role", pattern=f"^({ROLE})?$"), Parameter("rank", least=0, most=999_999))
SPAN = (Parameter("offset", least=-LARGEST, most=LARGEST), Parameter("limit", least=1, most=WINDOW))


def which(handler: Authorised) -> tuple[str, int]:
    """Which log the query names: role (empty: the task's first) and rank."""
    role = handler.get_query_argument("role", "")
    return role and role_of(role), handler.number("rank", 0)


class LogHandler(APIHandler):
    """A window."""

    @allow(USE, answer=LogOut, query=(*WHICH, *SPAN))
    async def get(self, task_id: str) -> None:
        """Bytes of a log from `offset` (below 0: from the end) as text."""
        span = self.number("offset", 0), self.number("limit", BATCH)
        await self.answer(await self.parts.work.logs.window(self.viewer, task_id, which(self), span))


class LogFileHandler(APIHandler):
    """All of it."""

    @allow(USE, raw="out", query=WHICH)
    async def get(self, task_id: str) -> None:
        """Download a log as it is now."""
        role, rank = which(self)
        file, size, name = await self.parts.work.logs.file(self.viewer, task_id, (role, rank))
        await send_file(self, file, size, f"{task_id}-{name}")


class LogStreamHandler(StreamHandler):
    """Live."""

    @allow(USE, raw="websocket", query=(*WHICH, Parameter("offset", least=0, most=LARGEST)))
    async def get(self, task_id: str) -> None:
        """Follow a log from `offset` until the task has ended."""
        which(self)
        self.number("offset", 0)
        await self.parts.work.tasks.get(self.viewer, task_id)
        await self.start_socket(task_id)

    async def stream(self, *args: str) -> None:
        """Send its pieces until its end."""
        offset = self.number("offset", 0)
        async for message in self.parts.work.logs.follow(self.viewer, args[0], which(self), offset):
            await self.send(message)


routes = [
    Route("/training-tasks/{id}/log", LogHandler),
    Route("/training-tasks/{id}/log/file", LogFileHandler),
    Route("/training-tasks/{id}/log/stream", LogStreamHandler),
]
