"""A small control plane: real HTTP and WebSocket, the envelope of the contract, its state in plain lists."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from gemini_client import AsyncClient
from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, stream_request_body
from tornado.websocket import WebSocketHandler

TOKEN = "secret-of-alice"


class Handler(RequestHandler):
    """Answers in the envelope; remembers each request."""

    @property
    def plane(self) -> Plane:
        return self.settings["plane"]

    def prepare(self) -> None:
        self.plane.requests.append(self.request)
        if self.request.headers.get("Authorization") != f"token {TOKEN}":
            self.refuse(401, "not-signed-in")

    def answer(self, data: Any, page: dict[str, Any] | None = None) -> None:
        self.finish(json.dumps({"code": 200, "message": "OK", "data": data, "page": page}))

    def refuse(self, status: int, name: str, field: str | None = None) -> None:
        chinese = self.request.headers.get("Accept-Language", "").startswith("zh")
        self.set_status(status)
        message = "请先登录。" if chinese else "Refused."
        error = {"name": name, "field": field, "remedy": None, "requestId": "r-1"}
        self.finish(json.dumps({"code": status, "message": message, "data": None, "error": error}))


class EnvironmentsHandler(Handler):
    def get(self) -> None:
        start = int(self.get_argument("cursor", "0"))
        limit = min(int(self.get_argument("limit", "50")), 2)
        found = [{"id": f"env-{n}"} for n in range(5)]
        more = str(start + limit) if start + limit < len(found) else None
        self.answer(found[start : start + limit], {"next": more, "total": len(found)})

    def post(self) -> None:
        body = json.loads(self.request.body)
        if not body.get("name"):
            return self.refuse(422, "name-required", "name")
        key = self.request.headers["Idempotency-Key"]
        if self.plane.break_after and key not in self.plane.made:
            self.plane.made[key] = {"id": "env-new", **body}
            self.plane.break_after -= 1
            assert self.request.connection is not None
            self.detach().close()  # done, but the answer is lost
            return None
        self.answer(self.plane.made.setdefault(key, {"id": "env-new", **body}))


class EnvironmentHandler(Handler):
    def get(self, id: str) -> None:
        self.answer({"id": id}) if id == "env-a/b" else self.refuse(404, "not-found")

    def patch(self, id: str) -> None:
        self.answer({"id": id, **json.loads(self.request.body)})

    def delete(self, id: str) -> None:
        self.answer(None)


class PlanHandler(Handler):
    def get(self, id: str) -> None:
        self.answer({"environment": id, "owner": "alice"})


class ObservationHandler(Handler):
    def post(self, id: str) -> None:
        self.plane.observations.append((id, json.loads(self.request.body)))
        self.answer(None)


@stream_request_body
class FileHandler(Handler):
    def prepare(self) -> None:
        super().prepare()
        self.size = 0
        if self.plane.arrears and not self._finished:
            self.refuse(403, "in-arrears")

    def data_received(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self.plane.received += len(chunk)

    def put(self, id: str, path: str) -> None:
        self.answer({"path": path, "size": self.size})


class VersionFileHandler(Handler):
    async def get(self, id: str, version: str, path: str) -> None:
        piece, count = b"x" * (1 << 20), self.plane.file_pieces
        self.set_header("Content-Length", str(count * len(piece)))
        with suppress(StreamClosedError):
            for _ in range(count):
                self.write(piece)
                await self.flush()
            self.finish()


class LogFileHandler(Handler):
    async def get(self, id: str) -> None:
        if id != "task-1":
            return self.refuse(404, "not-found")
        for _ in range(8):
            self.write(b"x" * 100_000)
            await self.flush()
        self.finish()


class Socket(WebSocketHandler):
    def prepare(self) -> None:
        if self.request.headers.get("Authorization") != f"token {TOKEN}":
            self.set_status(401)
            self.finish(
                json.dumps({"code": 401, "message": "Refused.", "data": None, "error": {"name": "not-signed-in"}})
            )


class EventsHandler(Socket):
    async def open(self) -> None:
        plane: Plane = self.settings["plane"]
        cursor = self.get_argument("cursor", "")
        plane.cursors.append(cursor)
        start = int(cursor) if cursor else 0
        try:
            await self.write_message(json.dumps({"kind": "hello", "cursor": start}))
            for n in range(start + 1, start + 3):
                await self.write_message(json.dumps({"cursor": n, "kind": "dev-environment", "id": "env-1"}))
        except StreamClosedError:
            return
        self.close()  # a broken connection after two events


class LogHandler(Socket):
    async def open(self, id: str) -> None:
        text = "line 1\nline 2\n"
        offset = int(self.get_argument("offset"))
        end = offset + 7
        await self.write_message(json.dumps({"offset": offset, "next": end, "text": text[offset:end]}))
        if end >= len(text):
            await self.write_message(json.dumps({"end": True}))
        self.close()


class Plane:
    """What the small control plane remembers, and its faults."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.made: dict[str, dict[str, Any]] = {}
        self.observations: list[tuple[str, dict[str, Any]]] = []
        self.cursors: list[str] = []
        self.received = 0
        self.file_pieces = 1
        self.break_after = 0
        self.arrears = False
        self.url = ""

    def routes(self) -> list[tuple[str, type[RequestHandler]]]:
        """Paths below the API's base."""
        return [
            (r"/v1/dev-environments", EnvironmentsHandler),
            (r"/v1/dev-environments/([^/]+)", EnvironmentHandler),
            (r"/v1/launch-plans/([^/]+)", PlanHandler),
            (r"/v1/environment-observations/([^/]+)", ObservationHandler),
            (r"/v1/datasets/([^/]+)/draft/files/(.*)", FileHandler),
            (r"/v1/datasets/([^/]+)/versions/([^/]+)/files/(.*)", VersionFileHandler),
            (r"/v1/training-tasks/([^/]+)/log/file", LogFileHandler),
            (r"/v1/training-tasks/([^/]+)/log/stream", LogHandler),
            (r"/v1/events", EventsHandler),
        ]


@pytest.fixture
async def plane() -> AsyncIterator[Plane]:
    """The small control plane, listening."""
    plane = Plane()
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(Application(plane.routes(), plane=plane), max_body_size=1 << 30)
    server.add_sockets(sockets)
    plane.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/v1"
    yield plane
    server.stop()
    await server.close_all_connections()


@pytest.fixture
def client(plane: Plane) -> AsyncClient:
    """A client of it."""
    return AsyncClient(plane.url, TOKEN)
