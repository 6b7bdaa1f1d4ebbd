"""A real Jupyter server with the extension, and a small real control plane behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

# Imported, not a plugin: their automatic clean-up is for this folder's tests only.
from pytest_jupyter.jupyter_core import *  # noqa: F403
from pytest_jupyter.jupyter_server import *  # noqa: F403
from pytest_jupyter.pytest_tornasync import *  # noqa: F403
from pytest_jupyter.pytest_tornasync import AsyncHTTPServerClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler, stream_request_body
from tornado.websocket import WebSocketClosedError, WebSocketHandler

SERVER_TOKEN = "the-server's-own-token"


@pytest.fixture
async def http_server_client(http_server: HTTPServer) -> AsyncIterator[AsyncHTTPServerClient]:
    """Anew as an async fixture: pytest-jupyter's own runs on another loop than pytest-asyncio's tests."""
    client = AsyncHTTPServerClient(http_server=http_server)
    yield client
    client.close()


@pytest.fixture
async def http_server(jp_web_app: Application, http_server_port: tuple[Any, int]) -> AsyncIterator[HTTPServer]:
    """Anew as an async fixture, for the same reason."""
    server = HTTPServer(jp_web_app)
    server.add_socket(http_server_port[0])
    yield server
    server.stop()
    await server.close_all_connections()


class Plane:
    """What the small control plane saw."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.received = 0
        self.whole_bodies = 0
        self.sent = 0
        self.arrears = False
        self.url = ""
        self.closed = asyncio.Event()
        self.arrived = asyncio.Event()
        self.said: list[str] = []


class Handler(RequestHandler):
    @property
    def plane(self) -> Plane:
        return self.settings["plane"]

    def prepare(self) -> None:
        self.plane.requests.append(self.request)
        self.set_header("Content-Type", "application/json; charset=UTF-8")

    def answer(self, data: Any) -> None:
        self.set_header("Set-Cookie", "stolen=1")
        self.set_header("X-Request-Id", "r-1")
        self.finish(json.dumps({"code": 200, "message": "成功", "data": data}))


class EchoHandler(Handler):
    def get(self, path: str) -> None:
        self.answer({"path": self.request.uri})

    def post(self, path: str) -> None:
        self.answer({"body": json.loads(self.request.body or b"null")})

    patch = post

    def delete(self, path: str) -> None:
        self.answer(None)


class RefusingHandler(Handler):
    def get(self) -> None:
        self.set_status(422)
        error = {"name": "task-name-required", "field": "taskName", "remedy": None, "requestId": "r-9"}
        self.finish(json.dumps({"code": 422, "message": "请输入任务名称", "data": None, "error": error}))


class PageHandler(Handler):
    def get(self, status: str) -> None:
        self.set_status(int(status))
        self.set_header("Location", "/hub/login")
        self.set_header("Content-Type", "text/html")
        self.finish("<html>the hub's own page</html>")


@stream_request_body
class FileHandler(Handler):
    def prepare(self) -> None:
        super().prepare()
        if self.plane.arrears:
            self.set_status(403)
            error = {"name": "in-arrears", "field": None, "remedy": None, "requestId": "r-2"}
            self.finish(json.dumps({"code": 403, "message": "Top up.", "data": None, "error": error}))

    def data_received(self, chunk: bytes) -> None:
        self.plane.received += len(chunk)
        self.plane.arrived.set()

    def put(self) -> None:
        self.plane.whole_bodies += 1
        self.answer({"size": self.plane.received})

    def on_connection_close(self) -> None:
        self.plane.closed.set()


class LogHandler(Handler):
    async def get(self) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        for _ in range(int(self.get_argument("chunks"))):
            self.write(b"x" * (1 << 20))
            self.plane.sent += 1 << 20
            await self.flush()
        if self.get_argument("break", ""):
            self.detach().close()

    def on_connection_close(self) -> None:
        self.plane.closed.set()


class EventsHandler(WebSocketHandler):
    def prepare(self) -> None:
        self.settings["plane"].requests.append(self.request)
        if self.get_argument("refuse", ""):
            raise HTTPError(404)

    async def open(self, *path: str) -> None:
        plane: Plane = self.settings["plane"]
        try:
            await self.write_message(json.dumps({"kind": "hello", "cursor": self.get_argument("cursor", None)}))
            for _ in range(int(self.get_argument("flood", "0"))):
                await self.write_message("x" * (1 << 20))
                plane.sent += 1 << 20
        except WebSocketClosedError:
            return
        if self.get_argument("end", ""):
            self.close(4001, "ended")

    def on_message(self, message: str | bytes) -> None:
        self.settings["plane"].said.append(str(message))

    def on_close(self) -> None:
        self.settings["plane"].closed.set()


@pytest.fixture
async def plane() -> AsyncIterator[Plane]:
    """A small control plane."""
    plane = Plane()
    routes = [
        (r"/v1/refused", RefusingHandler),
        (r"/v1/page/(\d+)", PageHandler),
        (r"/v1/datasets/ds-1/draft/files/big", FileHandler),
        (r"/v1/training-tasks/task-1/log/file", LogHandler),
        (r"/v1/(events)", EventsHandler),
        (r"/v1/training-tasks/([^/]+)/log/stream", EventsHandler),
        (r"/v1/(.*)", EchoHandler),
    ]
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(Application(routes, plane=plane), max_body_size=1 << 40)
    server.add_sockets(sockets)
    plane.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/v1"
    yield plane
    server.stop()
    await server.close_all_connections()


@pytest.fixture
def jp_server_config(plane: Plane, tmp_path: Path) -> dict[str, Any]:
    """Every endpoint needs a login; the relay goes to the small control plane."""
    (tmp_path / "run").mkdir()
    return {
        "ServerApp": {
            "jpserver_extensions": {"gemini_server": True, "jupyter_server_proxy": True},
            "allow_unauthenticated_access": False,
        },
        "GeminiServer": {"api_url": plane.url, "api_token": SERVER_TOKEN, "run_folder": str(tmp_path / "run")},
    }


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """Where the runner's socket is to be."""
    return tmp_path / "run"


Fetch = Callable[..., Awaitable[Any]]


@pytest.fixture
def fetch(jp_fetch: Fetch) -> Fetch:
    """As `jp_fetch`, but an error status is an answer: `(status, parsed body)`."""

    async def ask(*path: str, **options: Any) -> tuple[int, Any]:
        response = await jp_fetch(*path, raise_error=False, **options)
        return response.code, json.loads(response.body)

    return ask


@pytest.fixture
async def cookie(jp_fetch: Fetch, jp_serverapp: Any) -> str:
    """The cookies of a signed-in browser, the XSRF one among them, and no token."""
    token = jp_serverapp.identity_provider.token
    page = await jp_fetch("login", headers={"Authorization": ""})
    signed_in = await jp_fetch("api", "me", params={"token": token}, headers={"Authorization": ""})
    given = page.headers.get_list("Set-Cookie") + signed_in.headers.get_list("Set-Cookie")
    return "; ".join(value.split(";")[0] for value in given)
