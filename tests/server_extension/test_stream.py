"""WebSockets through the relay."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from .conftest import SERVER_TOKEN, Fetch, Plane

EVENTS = ("gemini", "api", "v1", "events")


async def test_events_come_with_the_servers_token(jp_ws_fetch: Fetch, plane: Plane) -> None:
    """Covers: API-5."""
    socket = await jp_ws_fetch(*EVENTS, params={"cursor": "7"})
    assert json.loads(await socket.read_message()) == {"kind": "hello", "cursor": "7"}
    assert plane.requests[0].headers["Authorization"] == f"token {SERVER_TOKEN}"
    assert "Cookie" not in plane.requests[0].headers
    await socket.write_message("hear me")
    socket.close()
    await asyncio.wait_for(plane.closed.wait(), 10)
    assert plane.said == ["hear me"]


async def test_a_log_ends_as_it_was_ended(jp_ws_fetch: Fetch) -> None:
    """Covers: TRAIN-8."""
    path = ("gemini", "api", "v1", "training-tasks", "task-1", "log", "stream")
    socket = await jp_ws_fetch(*path, params={"end": "1"})
    assert "hello" in await socket.read_message()
    assert await socket.read_message() is None
    assert (socket.close_code, socket.close_reason) == (4001, "ended")


async def test_a_refusal_is_the_answer_to_the_handshake(jp_ws_fetch: Fetch, jp_serverapp: Any) -> None:
    """Covers: API-1."""
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch(*EVENTS, params={"refuse": "1"})
    assert caught.value.code == 404
    object.__setattr__(jp_serverapp.web_app.settings["gemini"], "api_url", "http://127.0.0.1:9/v1")
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch(*EVENTS)
    assert caught.value.code == 503


async def test_a_lab_that_no_hub_started(jp_ws_fetch: Fetch, jp_serverapp: Any, plane: Plane) -> None:
    """It has no token, so it asks nobody, and says so. Covers: API-1."""
    object.__setattr__(jp_serverapp.web_app.settings["gemini"], "token", "")
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch(*EVENTS, headers={"Accept-Language": "zh-CN"})
    assert caught.value.code == 503
    assert caught.value.response is not None
    assert "不是由平台启动的" in json.loads(caught.value.response.body)["message"]
    assert plane.requests == []


async def test_anonymous_is_refused_before_the_control_plane_hears_of_it(jp_ws_fetch: Fetch, plane: Plane) -> None:
    """Covers: TEN-3."""
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch(*EVENTS, headers={"Authorization": "token wrong"})
    assert caught.value.code == 403
    assert plane.requests == []


async def test_another_sites_page_is_refused(jp_ws_fetch: Fetch, plane: Plane, cookie: str) -> None:
    """It has the browser's cookie, but another origin. Covers: TEN-3."""
    headers = {"Authorization": "", "Cookie": cookie, "Origin": "http://evil.example"}
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch(*EVENTS, headers=headers)
    assert caught.value.code == 403
    assert plane.said == []


async def test_a_slow_viewer_holds_the_sender_back(jp_ws_fetch: Fetch, plane: Plane) -> None:
    """Covers: TRAIN-8."""
    socket = await jp_ws_fetch(*EVENTS, params={"flood": "200"})
    await socket.read_message()
    seen = -1
    while plane.sent != seen:  # until it stands still
        seen = plane.sent
        await asyncio.sleep(0.3)
    assert plane.sent < 60 << 20
    socket.close()
