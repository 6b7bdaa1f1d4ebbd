"""Training tasks, and their logs: a piece, the whole as a file, or followed as it grows."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

from gemini_core.errors import Unavailable

from gemini_client.resources import Body, Model, Things
from gemini_client.streams import messages
from gemini_client.transport import Page, segment

WINDOW = 1 << 20
"""The most bytes of a log in one answer."""


class Tasks(Things):
    """Training tasks."""

    path = "training-tasks"

    async def stop(self, id: str) -> Model:
        """Wants it stopped."""
        found: Model = await self._post(segment(id), "stop")
        return found

    async def preview(self, body: Body) -> Model:
        """What submitting it would mean: price, expected start, mistakes. Never fails on a half-filled form."""
        seen: Model = await self._post("preview", body=body)
        return seen

    async def output(self, id: str, **filters: Any) -> Page:
        """One page of the files that it wrote."""
        answer = await self._transport.call("GET", self._at(segment(id), "output"), query=filters)
        return Page(answer.data, answer.page.get("next"), answer.page.get("total"))

    async def log(
        self, id: str, role: str = "", rank: int = 0, offset: int | None = None, limit: int | None = None
    ) -> Model:
        """A piece of a rank's log (`role` empty: of the first): `text`, `offset`, `next`, `size` in bytes, `ended`."""
        piece: Model = await self._get(segment(id), "log", role=role, rank=rank, offset=offset, limit=limit)
        return piece

    async def save_log(self, id: str, target: Path, role: str = "", rank: int = 0) -> None:
        """Writes a rank's whole log into the file `target`."""
        with target.open("wb") as file:
            await self._transport.download(
                self._at(segment(id), "log", "file"),
                {"role": role, "rank": rank},
                file.write,
            )

    async def follow_log(self, id: str, role: str = "", rank: int = 0, offset: int = 0) -> AsyncGenerator[Model, None]:
        """The log as it grows, whole and to its end, in pieces `{offset, next, text}`; goes on after a lost
        connection."""
        path, position = self._at(segment(id), "log", "stream"), {"role": role, "rank": rank, "offset": offset}
        while True:
            async with aclosing(messages(self._transport, path, position)) as stream:
                async for piece in stream:
                    if piece.get("end"):
                        return
                    if "dropped" in piece:
                        break
                    position["offset"] = piece["next"]
                    yield piece
            async for missed in self._left_out(id, role, rank, (piece["next"] - piece["dropped"], piece["next"])):
                position["offset"] = missed["next"]
                yield missed

    async def _left_out(self, id: str, role: str, rank: int, span: tuple[int, int]) -> AsyncGenerator[Model, None]:
        """What the stream left out for a viewer far behind; less of it where the platform is away, or the log was
        begun again."""
        offset, end = span
        while offset < end:
            try:
                piece = await self.log(id, role, rank, offset, min(WINDOW, end - offset))
            except Unavailable:
                return
            if piece["offset"] != offset or piece["next"] == offset:
                return
            yield {key: piece[key] for key in ("offset", "next", "text")}
            offset = piece["next"]
