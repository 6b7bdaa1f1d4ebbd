"""Following one task: its log on standard output as it grows, its states on standard error, to its end."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gemini_client.watching import until_ended
from gemini_core.states import TaskState

from gemini_cli.escapes import harmless
from gemini_cli.exits import FAILED, OK

if TYPE_CHECKING:
    from gemini_client import AsyncClient

Wire = Mapping[str, Any]
LATER_SECONDS = 10.0
# An exit code is a byte.
MOST = 255


@dataclass(frozen=True)
class Follow:
    """What is followed, and who is told: each piece of the log from `offset`, and the task at each change."""

    task: str
    role: str
    rank: int
    offset: int
    on_piece: Callable[[Wire], None]
    on_change: Callable[[Wire], None]


async def follow(client: AsyncClient, what: Follow) -> Wire:
    """The task when it has ended and its log was told whole. Lost connections are made again."""
    log = asyncio.create_task(_tell_log(client, what))
    watch = asyncio.create_task(until_ended(client, what.task, what.on_change))
    try:
        await asyncio.wait({log, watch}, return_when=asyncio.FIRST_COMPLETED)
        if log.done():
            log.result()  # a refusal is told at once, not at the end of the task
        ended = await watch
        # The platform says when all of the log was sent; one that never began has none to wait for.
        await asyncio.wait({log}, timeout=None if ended["startedAt"] else LATER_SECONDS)
        if log.done():
            log.result()
        what.on_change(ended)
        return ended
    finally:
        log.cancel()
        watch.cancel()


async def _tell_log(client: AsyncClient, what: Follow) -> None:
    pieces = client.tasks.follow_log(what.task, what.role, what.rank, what.offset)
    async for piece in pieces:
        what.on_piece(piece)


def write(piece: Wire) -> None:
    """A piece of a log on standard output, as it is; on a terminal without what is more than colours and moves."""
    text = piece["text"]
    sys.stdout.write(harmless(text) if sys.stdout.isatty() else text)
    sys.stdout.flush()


def code_of(task: Wire) -> int:
    """The exit code of a task that has ended, as its own command would have left it; 1 where none is known."""
    if task["exitCode"] is None:
        return OK if task["state"] == TaskState.SUCCEEDED else FAILED
    code: int = task["exitCode"]
    return code if 0 < code <= MOST or task["state"] == TaskState.SUCCEEDED else FAILED
