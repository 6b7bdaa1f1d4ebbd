"""`/platform` and `/users`: what operators see of the whole."""

from __future__ import annotations

import asyncio

from gemini_control.handlers.allow import allow
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.routing import Route
from gemini_control.handlers.stream import StreamHandler
from gemini_control.models.operating import PlatformOut, UserOut
from gemini_control.viewers import OPERATE

LOOK_EVERY_SECONDS = 5.0


class PlatformHandler(APIHandler):
    """How the platform is."""

    @allow(OPERATE, answer=PlatformOut)
    async def get(self) -> None:
        """Look at every part, in less than two seconds (operators)."""
        await self.answer(await self.parts.platform.report(self.language))


class PlatformStreamHandler(StreamHandler):
    """How the platform is, as it changes: it goes on where the hub is away and nobody could ask anew."""

    @allow(OPERATE, raw="websocket")
    async def get(self, *args: str) -> None:
        """A report now and one every few seconds while somebody looks (operators)."""
        await self.start_socket(*args)

    async def stream(self, *args: str) -> None:
        """Send reports until the viewer goes."""
        while True:
            report = await self.parts.platform.report(self.language)
            await self.send(report.wire())
            await asyncio.sleep(LOOK_EVERY_SECONDS)


class UsersHandler(APIHandler):
    """Whom the hub knows."""

    @allow(OPERATE, answer=UserOut, paged=True, query=("search",))
    async def get(self) -> None:
        """People by name, with their workspaces and what they run (operators)."""
        page = await self.parts.users.list(self.option("search"), self.page())
        await self.answer(page.items, page=page)


routes = [
    Route("/platform", PlatformHandler),
    Route("/platform/stream", PlatformStreamHandler),
    Route("/users", UsersHandler),
]
