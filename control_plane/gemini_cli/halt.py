"""Stops what works for people as recorded stops, through the public API, and waits until all of it has ended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from gemini_client import AsyncClient
from gemini_client.resources import Environments
from gemini_client.tasks import Tasks
from gemini_core.errors import Conflict, NotFound
from gemini_core.states import ENVIRONMENT_IDLE, TASK_ENDED, EnvironmentState, TaskState

LOOK_EVERY_SECONDS = 0.5


async def halt(client: AsyncClient) -> int:
    """Stops every task, then every environment; how many there were. `client` speaks as an operator."""
    tasks = await _halt_kind(client.tasks, "taskId", [state for state in TaskState if state not in TASK_ENDED])
    working = [state for state in EnvironmentState if state not in ENVIRONMENT_IDLE]
    return tasks + await _halt_kind(client.environments, "id", working)


async def _halt_kind(things: Tasks | Environments, id_field: str, states: Sequence[str]) -> int:
    """Until nothing works any more: what begins or is tried again meanwhile is stopped, too."""
    asked: set[str] = set()
    # In the order in which things move, so that none slips through; what is tried again goes back to the first.
    looks = (*states, states[0])
    while working := [one[id_field] for state in looks async for one in things.iterate(state=state)]:
        for one in working:
            if one in asked:
                continue
            asked.add(one)
            with contextlib.suppress(NotFound, Conflict):  # it ended by itself in between
                await things.stop(one)
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    return len(asked)
