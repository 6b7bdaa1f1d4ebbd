"""The relay: the control plane's API inside Lab, with the server's token and nothing of the browser's."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError
from tornado.iostream import IOStream
from tornado.tcpclient import TCPClient

from .conftest import SERVER_TOKEN, Fetch, Plane

API = ("gemini", "api", "v1")


async def test_headers_go_on_by_a_list(jp_fetch: Fetch, plane: Plane) -> None:
    """Neither cookies nor the browser's token leave; the platform's cookies do not come. Covers: API-0, TEN-3."""
    headers = {"Accept-Language": "zh-CN", "Cookie": "secret=1", "X-Forwarded-For": "6.6.6.6", "If-None-Match": '"a"'}
    response = await jp_fetch(*API, "me", headers=headers, params={"limit": "3"})
    sent = plane.requests[0].headers
    assert sent["Authorization"] == f"token {SERVER_TOKEN}"
    assert (sent["Accept-Language"], sent["If-None-Match"]) == ("zh-CN", '"a"')
    assert "Cookie" not in sent
    assert "X-Forwarded-For" not in sent
    assert "stolen" not in response.headers.get("Set-Cookie", "")
    assert response.headers["X-Request-Id"] == "r-1"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert json.loads(response.body)["data"] == {"path": "/v1/me?limit=3"}


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_body_goes_on(jp_fetch: Fetch, plane: Plane, method: str) -> None:
    """Covers: API-0, API-5."""
    body = json.dumps({"name": "环境"})
    response = await jp_fetch(*API, "dev-environments", method=method, body=body, headers={"Idempotency-Key": "k-1"})
    assert json.loads(response.body)["data"] == {"body": {"name": "环境"}}
    assert plane.requests[0].headers["Idempotency-Key"] == "k-1"


async def test_an_empty_post_and_a_delete(jp_fetch: Fetch, plane: Plane) -> None:
    """Covers: API-0."""
    response = await jp_fetch(*API, "dev-environments", "env-1", "stop", method="POST", body="")
    assert json.loads(response.body)["data"] == {"body": None}
    await jp_fetch(*API, "dev-environments", "env-1", method="DELETE")
    assert [request.method for request in plane.requests] == ["POST", "DELETE"]


async def test_a_refusal_comes_as_it_was_said(fetch: Fetch) -> None:
    """Covers: API-1."""
    status, body = await fetch(*API, "refused")
    assert status == 422
    assert (body["message"], body["error"]["field"]) == ("请输入任务名称", "taskName")


@pytest.mark.parametrize(
    "path",
    [
        "launch-plans/env-1",
        "environment-observations/env-1",
        "%6caunch-plans/env-1",
        "../launch-plans/env-1",
        "%2e%2e/%2e%2e/hub/api/user",
        "me/..%2f..%2fhub",
        "projects//launch-plans",
        "me%00",
        "",
    ],
)
async def test_what_is_not_relayed(
    http_server_client: Any, jp_base_url: str, jp_auth_header: Any, plane: Plane, path: str
) -> None:
    """The spawner's routes, and paths that something on the way could read otherwise. Covers: TEN-3."""
    address = f"{jp_base_url}gemini/api/v1/{path}"
    response = await http_server_client.fetch(address, headers=jp_auth_header, raise_error=False)
    assert response.code == 404
    assert plane.requests == []


@pytest.mark.parametrize(("language", "said"), [("en", "The platform does not answer"), ("zh-CN", "平台暂时没有响应")])
async def test_the_control_plane_is_down(fetch: Fetch, jp_serverapp: Any, language: str, said: str) -> None:
    """Covers: API-1, TRAIN-10."""
    object.__setattr__(jp_serverapp.web_app.settings["gemini"], "api_url", "http://127.0.0.1:9/v1")
    status, body = await fetch(*API, "me", headers={"Accept-Language": language})
    assert (status, body["code"], body["error"]["name"]) == (503, 503, "platform-unreachable")
    assert said in body["message"]


@pytest.mark.parametrize(("language", "said"), [("en", "did not start this JupyterLab"), ("zh-CN", "不是由平台启动的")])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_lab_that_no_hub_started(
    fetch: Fetch, jp_serverapp: Any, plane: Plane, method: str, language: str, said: str
) -> None:
    """It has no token, so it asks nobody, and says so. Covers: API-1."""
    object.__setattr__(jp_serverapp.web_app.settings["gemini"], "token", "")
    headers, body = {"Accept-Language": language}, None if method == "GET" else "{}"
    status, answer = await fetch(*API, "me", method=method, headers=headers, body=body)
    assert (status, answer["code"], answer["error"]["name"]) == (503, 503, "outside-platform")
    assert said in answer["message"]
    assert plane.requests == []


@pytest.mark.parametrize("status", [302, 404, 502, 503])
async def test_a_page_on_the_way_is_not_the_platforms_answer(fetch: Fetch, status: int) -> None:
    """Covers: API-1."""
    answered, body = await fetch(*API, "page", str(status))
    assert (answered, body["error"]["name"]) == (503, "platform-unreachable")


async def test_one_that_never_answers(fetch: Fetch, jp_serverapp: Any, plane: Plane) -> None:
    """Covers: API-1."""

    async def deaf(stream: IOStream, address: Any) -> None:
        await stream.read_until_close()

    from tornado.tcpserver import TCPServer

    server = TCPServer()
    server.handle_stream = deaf  # type: ignore[assignment, method-assign]
    server.listen(0, "127.0.0.1")
    port = next(iter(server._sockets.values())).getsockname()[1]
    platform = jp_serverapp.web_app.settings["gemini"]
    object.__setattr__(platform, "api_url", f"http://127.0.0.1:{port}/v1")
    object.__setattr__(platform, "answer_seconds", 0.2)
    status, body = await fetch(*API, "me")
    server.stop()
    assert (status, body["error"]["name"]) == (503, "platform-unreachable")


async def test_a_large_upload_streams(jp_fetch: Fetch, plane: Plane) -> None:
    """Covers: CAT-3."""
    size = 40 << 20
    response = await jp_fetch(*API, "datasets", "ds-1", "draft", "files", "big", method="PUT", body=b"x" * size)
    assert json.loads(response.body)["data"] == {"size": size}


async def test_an_upload_that_is_refused_early(fetch: Fetch, plane: Plane) -> None:
    """The refusal comes, and the bytes do not go on. Covers: CAT-11."""
    plane.arrears = True
    status, body = await fetch(*API, "datasets", "ds-1", "draft", "files", "big", method="PUT", body=b"x" * (20 << 20))
    assert (status, body["error"]["name"]) == (403, "in-arrears")
    assert plane.received == 0


async def test_a_refusal_during_the_upload_is_heard(fetch: Fetch, jp_serverapp: Any) -> None:
    """A proxy on the way answers and hangs up while the bytes still come. Covers: CAT-11."""
    refusal = b'{"code": 403, "message": "Top up.", "data": null, "error": {"name": "in-arrears"}}'

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: {len(refusal)}\r\n\r\n"
        writer.write(head.encode() + refusal)
        await writer.drain()
        await reader.readexactly(1 << 20)
        writer.transport.abort()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    object.__setattr__(jp_serverapp.web_app.settings["gemini"], "api_url", f"http://127.0.0.1:{port}/v1")
    path = (*API, "datasets", "ds-1", "draft", "files", "big")
    status, body = await fetch(*path, method="PUT", body=b"x" * (40 << 20))
    assert (status, body["error"]["name"]) == (403, "in-arrears")
    server.close()


async def test_an_upload_over_the_limit(fetch: Fetch, jp_serverapp: Any, plane: Plane) -> None:
    """Covers: CAT-3."""
    object.__setattr__(jp_serverapp.web_app.settings["gemini"], "max_upload_bytes", 1 << 20)
    status, body = await fetch(
        *API, "datasets", "ds-1", "draft", "files", "big", method="PUT", body=b"x" * ((1 << 20) + 1)
    )
    assert (status, body["error"]["name"]) == (413, "upload-too-large")
    assert plane.requests == []


async def test_half_an_upload_is_never_taken_for_a_whole(
    jp_base_url: str, http_server: Any, http_server_port: Any, jp_auth_header: dict[str, str], plane: Plane
) -> None:
    """The browser goes away in the middle. Covers: CAT-3."""
    stream = await TCPClient().connect("127.0.0.1", http_server_port[1])
    head = (
        f"PUT {jp_base_url}gemini/api/v1/datasets/ds-1/draft/files/big HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: {jp_auth_header['Authorization']}\r\nContent-Length: 1000000\r\n\r\n"
    )
    await stream.write(head.encode() + b"x" * 500_000)
    await asyncio.wait_for(plane.arrived.wait(), 10)
    stream.close()
    await asyncio.wait_for(plane.closed.wait(), 10)
    assert plane.whole_bodies == 0


async def test_a_slow_reader_holds_the_sender_back(
    jp_base_url: str, http_server: Any, http_server_port: Any, jp_auth_header: dict[str, str], plane: Plane
) -> None:
    """A log of 200 MB is not collected here for one who does not read. Covers: TRAIN-8."""
    stream = await TCPClient().connect("127.0.0.1", http_server_port[1])
    head = (
        f"GET {jp_base_url}gemini/api/v1/training-tasks/task-1/log/file?chunks=200 HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: {jp_auth_header['Authorization']}\r\n\r\n"
    )
    await stream.write(head.encode())
    assert b"200 OK" in await stream.read_until(b"\r\n")
    seen = -1
    while plane.sent != seen:  # until it stands still
        seen = plane.sent
        await asyncio.sleep(0.3)
    assert plane.sent < 60 << 20
    stream.close()
    await asyncio.wait_for(plane.closed.wait(), 10)


async def test_an_answer_that_breaks_off_is_cut_off(jp_fetch: Fetch) -> None:
    """Covers: TRAIN-8."""
    params = {"chunks": "2", "break": "1"}
    with pytest.raises((HTTPClientError, OSError)):
        await jp_fetch(*API, "training-tasks", "task-1", "log", "file", params=params)


async def test_no_request_is_a_sign_of_a_person(jp_fetch: Fetch, jp_serverapp: Any) -> None:
    """Covers: ENV-6."""
    before = jp_serverapp.web_app.settings.get("api_last_activity")
    await jp_fetch(*API, "me")
    assert jp_serverapp.web_app.settings.get("api_last_activity") == before
