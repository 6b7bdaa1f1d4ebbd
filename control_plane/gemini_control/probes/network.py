"""The proxy and the hub, asked as anybody asks them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from gemini_core.health import Health, Verdict, of_hub, of_proxy
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.simple_httpclient import HTTPStreamClosedError, HTTPTimeoutError

from gemini_control.hub import Hub
from gemini_control.probes.base import Fact, Finding, milliseconds

ANSWER_SECONDS = 1.2
SILENT = 599


@dataclass(frozen=True)
class Answered:
    """What came back: `status` None where nobody answered in time."""

    status: int | None
    body: bytes
    seconds: float

    @property
    def json(self) -> dict[str, Any]:
        """The body where it is a JSON object, else nothing."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


async def ask(url: str, token: str | None = None) -> Answered:
    """GET with a client of its own: one that waits behind others would say how busy we are, not they."""
    client = AsyncHTTPClient(force_instance=True)
    headers = {"Authorization": f"token {token}"} if token else {}
    request = HTTPRequest(
        url, headers=headers, follow_redirects=False, connect_timeout=ANSWER_SECONDS, request_timeout=ANSWER_SECONDS
    )
    began = time.monotonic()
    try:
        response = await client.fetch(request, raise_error=False)
    except (OSError, HTTPStreamClosedError, HTTPTimeoutError, HTTPClientError):
        return Answered(None, b"", time.monotonic() - began)
    finally:
        client.close()
    status = None if response.code == SILENT else response.code
    return Answered(status, response.body or b"", time.monotonic() - began)


class ProxyProbe:
    """Our own health, fetched from outside: it goes through the proxy, its routes, and back to us."""

    part = "proxy"
    overdue = Verdict(Health.FAILED, "proxy-silent")

    def __init__(self, proxy_url: str, prefix: str) -> None:
        """`prefix` is our service's (`/services/gemini/`)."""
        self.address = proxy_url.rstrip("/")
        self.url = f"{self.address}{prefix}api/v1/health"

    async def find(self) -> Finding:
        """Ask through it."""
        answered = await ask(self.url)
        took = () if answered.status is None else (milliseconds(answered.seconds),)
        return Finding(of_proxy(answered.status), (Fact("address", self.address), *took))


class HubProbe:
    """The hub's API, asked with our own token: an answer means that environments can be started."""

    part = "hub"
    overdue = Verdict(Health.FAILED, "hub-silent")

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    async def find(self) -> Finding:
        """Ask who we are, then (it is quick) which version it is."""
        who = await ask(self.hub.api_url + "/user", self.hub.token)
        facts = [Fact("address", self.hub.api_url)]
        if who.status is not None:
            facts.append(milliseconds(who.seconds))
            version = (await ask(self.hub.api_url + "/")).json.get("version")
            facts += [Fact("version", str(version))] if version else []
        return Finding(of_hub(who.status), tuple(facts))
