"""A task's log as text: whole, its last lines, or line after line as it grows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gemini_client.client import AsyncClient
from gemini_client.tasks import WINDOW

LEAST = 64 << 10


async def read_log(client: AsyncClient, task: str, which: tuple[str, int] = ("", 0), tail: int | None = None) -> str:
    """The log of a rank so far, or its last `tail` lines. Empty where there is none yet.

    `which`: role (empty: the task's first) and rank.
    """
    role, rank = which
    return await _whole(client, task, role, rank) if tail is None else (await last_lines(client, task, which, tail))[0]


async def _whole(client: AsyncClient, task: str, role: str, rank: int) -> str:
    parts: list[str] = []
    offset = 0
    while True:
        piece = await client.tasks.log(task, role, rank, offset, WINDOW)
        parts.append(piece["text"])
        if piece["next"] <= offset or piece["next"] >= piece["size"]:
            return "".join(parts)
        offset = piece["next"]


async def last_lines(client: AsyncClient, task: str, which: tuple[str, int], count: int) -> tuple[str, int]:
    """The last `count` lines of a log, and the offset in bytes that follows them.

    Looks back further and further until enough lines were seen; never more than one window.
    """
    back = LEAST
    while True:
        piece = await client.tasks.log(task, *which, -back, back)
        lines = piece["text"].splitlines(keepends=True)
        if len(lines) > count or piece["offset"] == 0 or back >= WINDOW:
            return "".join(lines[len(lines) - min(count, len(lines)) :]), piece["next"]
        back *= 4


def lines_of(pieces: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Whole lines, without their ends, of the pieces of a log; the last one also where it has no end."""
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece["text"]).split("\n")
        for line in whole:
            yield line.removesuffix("\r")
    if rest:
        yield rest
