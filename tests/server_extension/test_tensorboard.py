"""TensorBoard for real: event files in the output folder, read through the authenticated proxy."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from gemini_server.tensorboard import NAME, command, setup_tensorboard
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

RUN = "digits-task-abcdefghij"


def write_run(folder: Path) -> None:
    """Three scalars, as a training writes them."""
    writer = EventFileWriter(str(folder))
    for step in range(3):
        value = Summary.Value(tag="loss", simple_value=1.0 / (step + 1))
        writer.add_event(Event(wall_time=1_795_327_000 + step, step=step, summary=Summary(value=[value])))
    writer.close()


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The output folder, its name as hostile as a project's may be, with one run."""
    folder = tmp_path / "out {port} put"
    write_run(folder / RUN)
    monkeypatch.setenv("GEMINI_OUTPUT", str(folder))
    return folder


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any], output: Path) -> dict[str, Any]:
    """The same entry that the wheel's entry point gives."""
    return {**jp_server_config, "ServerProxy": {"servers": {NAME: setup_tensorboard()}}}


@pytest.fixture(autouse=True)
async def ended(jp_serverapp: Any) -> AsyncIterator[None]:
    """No TensorBoard outlives its test."""
    yield
    for state in _states(jp_serverapp.web_app):
        if "proc" in state:
            await state["proc"].terminate()


def _states(web_app: Any) -> list[dict[str, Any]]:
    rules = [rule for group in web_app.default_router.rules for rule in getattr(group.target, "rules", [])]
    found = [rule.target_kwargs.get("state") for rule in rules if NAME in str(getattr(rule.matcher, "regex", ""))]
    return [state for state in found if state]


async def test_the_run_is_there(jp_fetch: Any, jp_serverapp: Any) -> None:
    """One click: the first request starts it, and the run is in it. Covers: TB-1."""
    before = jp_serverapp.web_app.settings.get("api_last_activity")
    page = await jp_fetch(f"{NAME}/", request_timeout=90)
    assert page.code == 200
    assert b"TensorBoard" in page.body
    policy = page.headers["Content-Security-Policy"]
    assert re.findall(r"frame-ancestors[^;]*", policy) == ["frame-ancestors 'self'"]
    async with asyncio.timeout(60):
        while RUN not in json.loads((await jp_fetch(NAME, "data", "runs")).body):
            await asyncio.sleep(0.2)
    scalars = await jp_fetch(NAME, "data", "plugin", "scalars", "tags")
    assert "loss" in json.loads(scalars.body)[RUN]
    assert jp_serverapp.web_app.settings.get("api_last_activity") == before


@pytest.mark.parametrize("path", [(f"{NAME}/",), (NAME, "data", "runs")])
async def test_a_stranger_is_refused_and_starts_nothing(
    jp_fetch: Any, jp_serverapp: Any, path: tuple[str, ...]
) -> None:
    """Covers: TB-1, TEN-3."""
    response = await jp_fetch(
        *path, headers={"Authorization": "token wrong"}, raise_error=False, follow_redirects=False
    )
    assert response.code in (302, 403)
    assert not any("proc" in state for state in _states(jp_serverapp.web_app))


def test_it_listens_inside_only() -> None:
    """Covers: TB-1."""
    words = command(4321, "/user/alice/env-1/")
    assert "--host=127.0.0.1" in words
    assert f"--path_prefix=/user/alice/env-1/{NAME}" in words
    assert setup_tensorboard()["launcher_entry"] == {"enabled": False}
