"""A hub as far as the control plane sees one: a real server that says whose token it is and starts named servers.

Swapped in as a whole by its address; everything of ours that talks to it is the real thing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

ACCESS = "access:services!service=gemini"
USE = "custom:gemini:use"
OPERATE = "custom:gemini:operate"
SPAWN = "custom:gemini:spawn"
SERVICE_TOKEN = "token-of-the-service"


@dataclass
class FakeHub:
    """`tokens`: token → user model. `servers`: (person, environment) → server model; tests set `ready` and the like.
    `calls`: what was asked of servers, as (verb, person, environment, body). `down` makes it refuse everything."""

    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    servers: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str, str, Any]] = field(default_factory=list)
    asked: int = 0
    down: bool = False
    url: str = ""
    # Who signs in when a browser is sent to the hub.
    signs_in: str = ""
    # What a spawner would do: called with person and environment. `refuse` answers starts with (status, message).
    on_start: Callable[[str, str], None] = lambda person, environment: None
    on_stop: Callable[[str, str], None] = lambda person, environment: None
    refuse: tuple[int, str] | None = None
    # What servers were ordered through the proxy, as (path below gemini/runner, body), and how they answer.
    orders: list[tuple[str, Any]] = field(default_factory=list)
    order_status: int = 200
    # Whom it lists: name → what is special about them. How the way through the proxy to the control plane answers.
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    way_status: int = 200
    _ordered: asyncio.Event = field(default_factory=asyncio.Event)
    _streams: dict[tuple[str, str], asyncio.Queue[dict[str, Any]]] = field(default_factory=dict)

    def stream(self, person: str, environment: str) -> asyncio.Queue[dict[str, Any]]:
        """The progress events of a start; `ready` and `failed` end the stream."""
        return self._streams.setdefault((person, environment), asyncio.Queue())

    def of(self, person: str) -> dict[str, dict[str, Any]]:
        """The servers of a person by name."""
        return {name: model for (who, name), model in self.servers.items() if who == person}

    def ready(self, person: str, environment: str) -> None:
        """The server answers."""
        self.servers[person, environment] = {"name": environment, "ready": True, "pending": None}
        self.stream(person, environment).put_nowait({"progress": 100, "ready": True})

    def fail(self, person: str, environment: str, message: str) -> None:
        """The start failed."""
        self.servers.pop((person, environment), None)
        self.stream(person, environment).put_nowait({"progress": 100, "failed": True, "message": message})

    async def order(self, path: str = "tasks", within: float = 30.0) -> Any:
        """The body of the first order to `path`, as soon as it has come; TimeoutError where none comes."""
        async with asyncio.timeout(within):
            while True:
                self._ordered.clear()
                for there, body in self.orders:
                    if there == path:
                        return body
                await self._ordered.wait()

    def take_order(self, path: str, body: Any) -> None:
        """An order came."""
        self.orders.append((path, body))
        self._ordered.set()

    def add_token(self, token: str, name: str, scopes: Iterable[str], kind: str = "user") -> str:
        """Make `token` belong to `name` with these scopes."""
        self.tokens[token] = {"kind": kind, "name": name, "groups": [], "scopes": sorted(scopes)}
        return token

    def start(self) -> None:
        """Listen on a free port; `url` is the address."""
        handlers: list[Any] = [
            (r"/hub/api/", _Version),
            (r"/hub/api/user", _User),
            (r"/hub/api/users", _People),
            (r"/services/gemini/api/v1/health", _Through),
            (r"/hub/api/oauth2/authorize", _Authorize),
            (r"/hub/api/oauth2/token", _Token),
            (r"/hub/api/users/([^/]+)", _Person),
            (r"/hub/api/users/([^/]+)/servers/([^/]+)", _Server),
            (r"/hub/api/users/([^/]+)/servers/([^/]+)/progress", _Progress),
            (r"/user/[^/]+/([^/]+)/gemini/runner/(.+)", _Runner),
        ]
        sockets = bind_sockets(0, "127.0.0.1")
        self._http = HTTPServer(Application(handlers, hub=self, log_function=lambda handler: None))
        self._http.add_sockets(sockets)
        self.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Close the server and its connections."""
        self._http.stop()
        await self._http.close_all_connections()


class _Handler(RequestHandler):
    @property
    def hub(self) -> FakeHub:
        hub: FakeHub = self.settings["hub"]
        return hub

    def prepare(self) -> None:
        self.hub.asked += 1
        if self.hub.down:
            self.send_error(503)

    def token(self) -> str:
        return self.request.headers.get("Authorization", "").partition(" ")[2]

    def need_service(self) -> bool:
        if self.token() != SERVICE_TOKEN:
            self.send_error(403)
        return self.token() == SERVICE_TOKEN


class _User(_Handler):
    def get(self) -> None:
        model = self.hub.tokens.get(self.token())
        if model is None:
            self.send_error(403)
        else:
            self.finish(model)


class _Version(_Handler):
    def get(self) -> None:
        self.finish({"version": "6.0.0"})


class _Through(_Handler):
    """The hub stands for the proxy, too: this is the way through it to the control plane."""

    def get(self) -> None:
        self.set_status(self.hub.way_status)
        self.finish({"code": self.hub.way_status})


class _People(_Handler):
    def get(self) -> None:
        if not self.need_service():
            return
        search, offset = self.get_argument("name_filter", ""), int(self.get_argument("offset"))
        limit = int(self.get_argument("limit"))
        names = sorted(name for name in self.hub.people if search.lower() in name.lower())
        page = [{"name": name, "admin": False, "roles": ["user"], **self.hub.people[name]} for name in names]
        if self.get_argument("state", "") == "active":
            names = sorted({person for person, _ in self.hub.servers})
            page = [{"name": name, "servers": self.hub.of(name)} for name in names]
        pagination = {"offset": offset, "limit": limit, "total": len(names), "next": None}
        self.finish({"items": page[offset : offset + limit], "_pagination": pagination})


class _Authorize(_Handler):
    def get(self) -> None:
        back = self.get_argument("redirect_uri")
        self.redirect(f"{back}?{urlencode({'code': self.hub.signs_in, 'state': self.get_argument('state')})}")


class _Token(_Handler):
    def post(self) -> None:
        self.finish({"access_token": self.get_argument("code"), "token_type": "Bearer"})


class _Person(_Handler):
    def get(self, person: str) -> None:
        if not self.need_service():
            return
        self.finish({"name": person, "servers": self.hub.of(person)})


class _Server(_Handler):
    def post(self, person: str, environment: str) -> None:
        if not self.need_service():
            return
        self.hub.calls.append(("start", person, environment, json.loads(self.request.body)))
        if self.hub.refuse is not None:
            status, message = self.hub.refuse
            self.set_status(status)
            self.finish({"status": status, "message": message})
            return
        self.hub.servers[person, environment] = {"name": environment, "ready": False, "pending": "spawn"}
        self.hub.on_start(person, environment)
        self.set_status(202)

    def delete(self, person: str, environment: str) -> None:
        if not self.need_service():
            return
        body = json.loads(self.request.body) if self.request.body else {}
        self.hub.calls.append(("stop", person, environment, body))
        if self.hub.servers.pop((person, environment), None) is None:
            self.send_error(404)
        else:
            self.hub.on_stop(person, environment)
            self.set_status(204)


class _Progress(_Handler):
    async def get(self, person: str, environment: str) -> None:
        if not self.need_service():
            return
        events = self.hub.stream(person, environment)
        while True:
            event = await events.get()
            self.write(f"data: {json.dumps(event)}\n\n")
            await self.flush()
            if event.get("ready") or event.get("failed"):
                return


class _Runner(_Handler):
    def post(self, environment: str, path: str) -> None:
        # Root inside reads what comes here, so it must be nothing but the key of this very environment.
        if self.token() != f"key-of-{environment}":
            self.send_error(403)
            return
        if self.hub.order_status == 200:
            self.hub.take_order(path, json.loads(self.request.body))
        self.set_status(self.hub.order_status)
        self.finish({"code": self.hub.order_status, "message": "", "data": None})
