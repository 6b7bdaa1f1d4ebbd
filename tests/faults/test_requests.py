"""Requests that come twice make one thing; a database that another program holds refuses and recovers."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from control_plane.platform import Answer, Platform
from control_plane.world import DYNAMIC, LAB, Lab
from gemini_control.store import database
from gemini_control.store import tables as t

KEYS = 250
TIMES = 4
CREDIT = ("operator", f"/workspaces/{LAB}/postings", "note", {"amount": "1", "kind": "credit"})
PROJECT = ("member", "/projects", "name", {})
DATASET = ("member", "/datasets", "name", {"visibility": "private"})
TASK = ("member", "/training-tasks", "taskName", {**DYNAMIC, "command": "sleep 1"})
ENVIRONMENT = ("member", "/dev-environments", "name", {"projectId": "prj-aaaaaaaaaa", "specificationId": "local-b2"})
WISHES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (*3 * (CREDIT, PROJECT, DATASET), TASK, ENVIRONMENT)


async def post(platform: Platform, number: int, more: dict[str, Any] | None = None) -> Answer:
    """The wish of a number, under its key."""
    person, path, name, wish = WISHES[number % len(WISHES)]
    body = {**wish, name: f"wish {number}", **(more or {})}
    return await platform.ask("POST", path, person, body, headers={"Idempotency-Key": f"key-{number}"})


async def test_a_thousand_clicks_make_one_thing_each(world: Lab) -> None:
    """Covers: API-0, BILL-9. 250 wishes, each clicked twice at the same time and retried twice later."""
    platform = world.platform
    answers: dict[int, list[bytes]] = {number: [] for number in range(KEYS)}
    for batch in range(0, KEYS, 25):
        numbers = range(batch, min(batch + 25, KEYS))
        for _ in range(TIMES // 2):
            clicks = [number for number in numbers for _ in range(2)]
            for number, answer in zip(clicks, await asyncio.gather(*(post(platform, n) for n in clicks)), strict=True):
                assert answer.status == 200, answer.body
                answers[number].append(answer.body)
    assert sum(map(len, answers.values())) == KEYS * TIMES
    made = {number: {_identity(body) for body in bodies} for number, bodies in answers.items()}
    assert [number for number, ids in made.items() if len(ids) != 1] == [], "answers of one key differ"
    tables = ((CREDIT, t.transactions, "note"), (PROJECT, t.projects, "name"), (DATASET, t.assets, "name"))
    for wish, table, column in (*tables, (TASK, t.tasks, "name"), (ENVIRONMENT, t.environments, "name")):
        wanted = [f"wish {number}" for number in range(KEYS) if WISHES[number % len(WISHES)] is wish]
        assert sorted(row[column] for row in await world.rows(table) if row[column].startswith("wish ")) == sorted(
            wanted
        )
    other = await post(platform, 0, {"amount": "2"})
    assert (other.status, other.error["name"]) == (409, "idempotency-mismatch")


def _identity(body: bytes) -> str:
    data = json.loads(body)["data"]
    return str(data.get("id") or data["taskId"])


@pytest.mark.parametrize(("language", "word"), [("en", "database"), ("zh-CN", "数据库")])
async def test_a_locked_database_refuses_and_recovers(
    world: Lab, home: Path, monkeypatch: pytest.MonkeyPatch, language: str, word: str
) -> None:
    """Covers: API-1. Somebody's database browser holds it: reads go on, writes say 503 and what to do, work resumes."""
    task = await world.submit()
    await world.reached(task["taskId"], "running")
    with world.platform.store.writer.connect() as tx:
        tx.exec_driver_sql("PRAGMA busy_timeout=100")
    holder = sqlite3.connect(home / "control.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        body = {"name": "locked", "projectId": "prj-aaaaaaaaaa", "specificationId": "local-b1"}
        headers = {"Idempotency-Key": "locked", "Accept-Language": language}
        refused = await world.platform.ask("POST", "/dev-environments", "member", body, headers=headers)
        assert (refused.status, refused.error["name"]) == (503, "database-locked")
        assert word in refused.json["message"] and "control.sqlite" in refused.error["remedy"]
        assert (await world.task(task["taskId"]))["state"] == "running"
        world.backend.end(task["taskId"], 0)
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    made = (await world.platform.ask("POST", "/dev-environments", "member", body, headers=headers)).data
    await world.until(made["id"], "running")
    await world.reached(task["taskId"], "succeeded")


def test_a_change_waits_no_longer_than_a_person_does() -> None:
    """Covers: API-1."""
    assert database.BUSY_SECONDS <= 10
