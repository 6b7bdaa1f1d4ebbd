"""The control plane as a process of its own, started as the supervisor does."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from control_plane.fake_hub import ACCESS, SERVICE_TOKEN, FakeHub
from control_plane.platform import PREFIX


def environment_of(home: Path, hub: FakeHub, port: int) -> dict[str, str]:
    """What the supervisor gives the service."""
    return {
        **os.environ,
        "GEMINI_HOME": str(home),
        "GEMINI_PROXY_URL": hub.url,
        "JUPYTERHUB_SERVICE_NAME": "gemini",
        "JUPYTERHUB_API_TOKEN": SERVICE_TOKEN,
        "JUPYTERHUB_API_URL": f"{hub.url}/hub/api",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
        "JUPYTERHUB_CLIENT_ID": "service-gemini",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{PREFIX}oauth_callback",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps([ACCESS]),
    }


@dataclass
class Service:
    """One life of the process. `said` is what it wrote so far."""

    child: asyncio.subprocess.Process
    port: int
    said: bytes = b""
    client: AsyncHTTPClient = field(default_factory=AsyncHTTPClient)

    async def ask(self, method: str, path: str, body: Any = None, person: str | None = "member") -> Any:
        """The data of an answer; the client's error where it is a refusal."""
        headers = {"Authorization": f"token token-of-{person}"} if person else {}
        data = json.dumps(body or {}) if method == "POST" else None
        url = f"http://127.0.0.1:{self.port}{PREFIX}api/v1{path}"
        answer = await self.client.fetch(HTTPRequest(url, method, headers, data))
        return json.loads(answer.body)["data"]

    async def connect(self, path: str, person: str = "member") -> WebSocketClientConnection:
        """An open WebSocket."""
        headers = {"Authorization": f"token token-of-{person}"}
        return await websocket_connect(HTTPRequest(f"ws://127.0.0.1:{self.port}{PREFIX}api/v1{path}", headers=headers))

    async def terminate(self, within: float) -> float:
        """SIGTERM; the seconds until it has ended well, fails where that is later than `within`."""
        assert self.child.stderr is not None
        began = time.monotonic()
        self.child.send_signal(signal.SIGTERM)
        rest = asyncio.create_task(self.child.stderr.read())
        try:
            await asyncio.wait_for(self.child.wait(), within)
        finally:
            if self.child.returncode is None:
                self.child.kill()
            self.said += await rest
        assert self.child.returncode == 0, self.said.decode()
        assert b"Traceback" not in self.said, self.said.decode()
        return time.monotonic() - began


@asynccontextmanager
async def serving(
    home: Path, hub: FakeHub, port: int, variables: dict[str, str] | None = None
) -> AsyncIterator[Service]:
    """The process, listening, with further `variables`; killed at the end where it still runs."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gemini_control", "serve"),
        env={**environment_of(home, hub, port), **(variables or {})},
        stderr=asyncio.subprocess.PIPE,
    )
    service = Service(child, port)
    try:
        assert child.stderr is not None
        while b"Listening" not in service.said:
            line = await asyncio.wait_for(child.stderr.readline(), 60)
            assert line, service.said
            service.said += line
        yield service
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
