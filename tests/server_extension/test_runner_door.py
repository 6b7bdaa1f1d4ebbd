"""Orders and lists through the server to a real runner."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from runner.rig import Runner

from .conftest import Fetch

TASKS = ("gemini", "runner", "tasks")


@pytest.fixture
def runner(run_folder: Path) -> Iterator[Runner]:
    """A real runner in the folder that the server knows."""
    runner = Runner(run_folder).environment()
    yield runner
    runner.close()


async def test_a_task_from_order_to_stop(fetch: Fetch, runner: Runner) -> None:
    """Covers: TRAIN-1, TRAIN-9."""
    order = json.dumps(runner.order("sleep 100"))
    status, body = await fetch(*TASKS, method="POST", body=order)
    assert (status, body["data"]["id"]) == (200, "task-1")
    again, body = await fetch(*TASKS, method="POST", body=order)
    assert again == 200
    _, body = await fetch("gemini", "runner", "processes")
    assert any(process["task"] == "task-1" for process in body["data"])
    assert (await fetch(*TASKS, "task-1", "stop", method="POST", body=""))[0] == 200
    runner.ended()
    _, body = await fetch(*TASKS)
    assert [(task["id"], task["outcome"]) for task in body["data"]["tasks"]] == [("task-1", "stopped")]


async def test_bad_orders(fetch: Fetch, runner: Runner) -> None:
    """Covers: API-1."""
    status, body = await fetch(*TASKS, method="POST", body="{")
    assert (status, body["error"]["name"]) == (400, "bad-json")
    status, body = await fetch(*TASKS, method="POST", body=json.dumps({"id": "../x"}))
    assert (status, body["error"]["name"]) == (422, "runner-refused")
    assert "ranks" in body["message"]
    status, body = await fetch(*TASKS, "task-none", "stop", method="POST", body="")
    assert (status, body["error"]["name"]) == (404, "not-found")


async def test_no_runner(fetch: Fetch) -> None:
    """Covers: API-1."""
    status, body = await fetch(*TASKS, headers={"Accept-Language": "zh"})
    assert (status, body["error"]["name"]) == (503, "runner-unreachable")
    assert "开发环境" in body["message"]


async def test_an_order_needs_a_token_or_an_xsrf_token(jp_fetch: Any, fetch: Fetch, runner: Runner) -> None:
    """Covers: TEN-3."""
    order = json.dumps(runner.order("true"))
    status, _ = await fetch(*TASKS, method="POST", body=order, headers={"Authorization": "token wrong"})
    assert status == 403
    assert runner.ask({"do": "list"})["tasks"] == []
