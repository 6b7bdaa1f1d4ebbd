"""Stops what works for people as recorded stops, through the public API, and waits until all of it has ended."""

from __future__ import annotations

import asyncio
from typing import Any

from gemini_client import AsyncClient
from gemini_client.resources import Environments
from gemini_client.tasks import Tasks
from gemini_core.errors import Conflict, NotFound
from gemini_core.states import ENVIRONMENT_IDLE, TASK_ENDED

LOOK_EVERY_SECONDS = 0.5


async def halt(client: AsyncClient) -> int:
    """Stops every task, then every environment; how many there were. `client` speaks as an operator."""
    tasks = await _halt_kind(client.tasks, "taskId", TASK_ENDED)
    return tasks + await _halt_kind(client.environments, "id", ENVIRONMENT_IDLE)


async def _halt_kind(things: Tasks | Environments, id_field: str, idle: frozenset[Any]) -> int:
    working = await _working(things, idle)
    for one in working:
        try:
            await things.stop(one[id_field])
        except (NotFound, Conflict):
            continue  # it ended by itself in between
    while await _working(things, idle):  # noqa: ASYNC110 - the change happens in another process
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    return len(working)


async def _working(things: Tasks | Environments, idle: frozenset[Any]) -> list[dict[str, Any]]:
    """What of this kind has not ended. The newest come first and what works is new: one page holds it."""
    return [one for one in (await things.list(limit=200)).items if one["state"] not in idle]
