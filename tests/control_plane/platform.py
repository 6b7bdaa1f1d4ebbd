"""A control plane for a test: the real application on a free port, its people, and a way to ask it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gemini_control.app import GeminiControl
from gemini_control.backends import machine
from gemini_control.backends.embedded import EmbeddedBackend
from gemini_control.parts import Parts
from gemini_control.store.database import Store
from gemini_sandbox import Sandboxes
from jupyterhub.services.auth import HubOAuth
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from control_plane.fake_backend import FakeBackend
from control_plane.fake_hub import ACCESS, OPERATE, SERVICE_TOKEN, SPAWN, USE, FakeHub

PREFIX = "/services/gemini/"
ENVIRONMENT = "env-aaaaaaaaaa"

PEOPLE = ("owner", "admin", "member", "colleague", "stranger", "operator")
"""Persons and their tokens (`token-of-<name>`). owner, admin, member and colleague are in the workspace `lab`,
stranger owns another one, operator is in none. Further tokens: `server` (of the member's environment), `plain` (the
member's, without our scopes), `outsider` (our scopes, but no access to the service), `spawner`, `nobody` (unknown)."""


@dataclass
class Answer:
    """What came back; `json` is the envelope where it is one."""

    status: int
    body: bytes
    headers: Any

    @property
    def json(self) -> dict[str, Any]:
        """The envelope."""
        value: dict[str, Any] = json.loads(self.body)
        return value

    @property
    def data(self) -> Any:
        """The envelope's data; fails, showing the envelope, unless it is an answer with 200."""
        assert self.status == 200, (self.status, self.body[:2000])
        return self.json["data"]

    @property
    def error(self) -> dict[str, Any]:
        """The envelope's error with its status; fails where it is none."""
        assert self.status >= 400, (self.status, self.body[:2000])
        assert self.json["code"] == self.status
        error: dict[str, Any] = self.json["error"]
        return error


@dataclass
class Platform:
    """A running control plane."""

    app: GeminiControl
    hub: FakeHub
    client: AsyncHTTPClient = field(default_factory=lambda: AsyncHTTPClient(force_instance=True))

    @property
    def parts(self) -> Parts:
        """The application's parts."""
        parts: Parts = self.app.parts
        return parts

    @property
    def store(self) -> Store:
        """The real database."""
        return self.parts.store

    @property
    def home(self) -> Path:
        """The platform's folder."""
        return self.parts.home.root

    def url(self, path: str, scheme: str = "http") -> str:
        """The full address of a path below the API (`/projects`) or, without a slash, below the service."""
        below = f"api/v1{path}" if path.startswith("/") else path
        return f"{scheme}://127.0.0.1:{self.app.port}{PREFIX}{below}"

    async def ask(
        self,
        method: str,
        path: str,
        person: str | None = "member",
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        follow: bool = False,
    ) -> Answer:
        """Ask as `person` (None: anonymous). `body`: bytes as they are, anything else as JSON."""
        sent = dict(headers or {})
        if person is not None:
            sent.setdefault("Authorization", f"token token-of-{person}")
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is None and method in ("POST", "PUT", "PATCH"):
            data = b""
        request = HTTPRequest(
            self.url(path), method, sent, data, follow_redirects=follow, allow_nonstandard_methods=True
        )
        response = await self.client.fetch(request, raise_error=False)
        return Answer(response.code, response.body or b"", response.headers)

    async def connect(self, path: str, person: str = "member") -> WebSocketClientConnection:
        """Open a WebSocket as `person`."""
        request = HTTPRequest(self.url(path, "ws"), headers={"Authorization": f"token token-of-{person}"})
        return await websocket_connect(request)


def make_hub() -> FakeHub:
    """A hub that knows the people and their tokens; not started."""
    hub = FakeHub()
    for name in PEOPLE:
        scopes = {ACCESS, USE} | ({OPERATE} if name == "operator" else set())
        hub.add_token(f"token-of-{name}", name, scopes)
    own = f"access:servers!server=member/{ENVIRONMENT}"
    hub.add_token("token-of-server", "member", {ACCESS, USE, OPERATE, own})
    hub.add_token("token-of-plain", "member", {ACCESS})
    hub.add_token("token-of-outsider", "member", {USE})
    hub.add_token("token-of-spawner", "gemini-hub", {ACCESS, SPAWN}, kind="service")
    return hub


def make_app(home: Path, hub: FakeHub, **traits: Any) -> GeminiControl:
    """The application on a free port, asking `hub`; `traits` change its settings."""
    auth = HubOAuth(
        api_url=f"{hub.url}/hub/api",
        hub_host=hub.url,
        api_token=SERVICE_TOKEN,
        oauth_client_id="service-gemini",
        base_url=PREFIX,
        access_scopes={ACCESS},
        cache_max_age=30,
    )
    settings = {"home": str(home), "port": 0, "prefix": PREFIX, "proxy_url": hub.url, "hub_auth": auth, "log_level": 30}
    settings["describe_machine"] = False
    settings["backend"] = FakeBackend(home / "store")
    return GeminiControl(**{**settings, **traits})


def real_backend(home: Path, sandboxes: Sandboxes) -> EmbeddedBackend:
    """A backend over this machine, said to be a large one."""
    return EmbeddedBackend(home, sandboxes, machine.Machine(8, 64 * 2**30))
