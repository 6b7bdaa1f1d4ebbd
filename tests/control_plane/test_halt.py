"""Ctrl-C at `gemini up` stops all that works, however much was made after it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from gemini_cli import halt
from gemini_client import AsyncClient
from gemini_client.resources import MOST_PER_PAGE
from gemini_control.store import tables as t
from sqlalchemy import Connection, insert, select

from control_plane.world import Lab


def copies(tx: Connection, task_id: str, values: dict[str, Any]) -> None:
    """More than a page of newer tasks like this one, each with these values."""
    row = dict(tx.execute(select(t.tasks).where(t.tasks.c.id == task_id)).mappings().one())
    newer = row["created_at"] + timedelta(seconds=1)
    made = [
        {**row, "id": f"task-{number:010}", "created_at": newer, "run_id": None, **values}
        for number in range(MOST_PER_PAGE + 1)
    ]
    tx.execute(insert(t.tasks), made)


async def test_what_is_older_than_a_page_is_stopped(world: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that runs while a grid of newer ones ended, and a newer grid that waits. Covers: ENV-3, TRAIN-9."""
    monkeypatch.setattr(halt, "LOOK_EVERY_SECONDS", 0.02)
    old = await world.submit()
    await world.reached(old["taskId"], "running")
    environment = await world.running()
    ended = {"state": "succeeded", "ended_at": None, "folder": "tasks/none"}
    await world.platform.store.write(lambda tx: copies(tx, old["taskId"], ended))
    client = AsyncClient(world.platform.url("/").rstrip("/"), "token-of-operator")
    assert await asyncio.wait_for(halt.halt(client), 60) == 2
    assert (await world.task(old["taskId"]))["state"] == "stopped"
    assert (await world.environment(environment["id"]))["state"] == "stopped"
