"""A small client of the hub's API, with the service's own token.

Starting and stopping here only ask: what became of it comes from observation. Calls raise `Unavailable` where the hub
or the proxy does not answer and `HubRefused` where it says no.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urlencode

from gemini_core.errors import Unavailable
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import HTTPStreamClosedError, HTTPTimeoutError

from gemini_control.addresses import Addresses

TIMEOUT = 30.0
LARGEST_PAGE = 200
NOT_FOUND = 404
ERROR = 400


class HubRefused(Exception):
    """The hub answered `status` with `text`."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status
        self.text = text


class Hub:
    """`api_url` is the hub's API (`http://127.0.0.1:8001/hub/api`), `proxy_url` where people reach everything
    (`http://127.0.0.1:8000`), `base_url` the prefix of all, `token` the service's, `subdomain_host` as in
    `Addresses`."""

    def __init__(self, api_url: str, proxy_url: str, base_url: str, token: str, subdomain_host: str = "") -> None:
        self.api_url = api_url.rstrip("/")
        self.proxy_url = proxy_url.rstrip("/")
        self.base_url = base_url
        self._addresses = Addresses(base_url, subdomain_host)
        self.token = token

    async def users(self, offset: int, limit: int, search: str | None) -> dict[str, Any]:
        """One page of the hub's people by name (`items`, `_pagination`), those whose name has `search` in it."""
        return await self._people(offset, limit, {"sort": "name"} | ({"name_filter": search} if search else {}))

    async def ready_servers(self) -> set[tuple[str, str]]:
        """Person and name of every named server that the hub calls ready: one call for 200 people who have any."""
        found: set[tuple[str, str]] = set()
        offset: int | None = 0
        while offset is not None:
            page = await self._people(offset, LARGEST_PAGE, {"state": "active"})
            for user in page["items"]:
                servers = user.get("servers") or {}
                found |= {(user["name"], name) for name, one in servers.items() if one.get("ready")}
            offset = (page["_pagination"]["next"] or {}).get("offset")
        return found

    async def _people(self, offset: int, limit: int, query: dict[str, str]) -> dict[str, Any]:
        address = f"{self.api_url}/users?{urlencode({'offset': offset, 'limit': limit, **query})}"
        request = self._request("GET", address, None, TIMEOUT)
        request.headers["Accept"] = "application/jupyterhub-pagination+json"
        found: dict[str, Any] = json.loads((await self._send(request)).body)
        return found

    async def server(self, person: str, environment: str) -> dict[str, Any] | None:
        """The hub's model of a named server (`ready`, `pending`, `stopped`, `url` …); None where there is none."""
        try:
            user = await self._api("GET", f"/users/{quote(person, safe='')}?include_stopped_servers=1")
        except HubRefused as refused:
            if refused.status == NOT_FOUND:
                return None
            raise
        found: dict[str, Any] | None = (user or {}).get("servers", {}).get(environment)
        return found

    async def start_server(self, person: str, environment: str, display_name: str) -> bool:
        """Ask the hub to start the named server; True where it is ready already. Raises HubRefused (400: it runs)."""
        body = {"display_name": display_name, "user_options": {"environment": environment}}
        response = await self._fetch("POST", self.api_url + self._server(person, environment), body)
        return response.code == 201

    async def stop_server(self, person: str, environment: str) -> bool:
        """Ask the hub to stop the named server; True where it is stopped already. Safe to repeat."""
        return await self._delete(person, environment, {"remove": False})

    async def remove_server(self, person: str, environment: str) -> bool:
        """Ask the hub to stop and forget the named server; True where that is done already. Safe to repeat."""
        return await self._delete(person, environment, {"remove": True})

    async def _delete(self, person: str, environment: str, body: dict[str, Any]) -> bool:
        try:
            response = await self._fetch("DELETE", self.api_url + self._server(person, environment), body)
        except HubRefused as refused:
            if refused.status == NOT_FOUND:
                return True
            raise
        return response.code == 204

    async def progress(self, person: str, environment: str) -> AsyncIterator[dict[str, Any]]:
        """The hub's progress events of a start (`progress`, `message`, `ready`, `failed`), until its end."""
        url = self.api_url + self._server(person, environment) + "/progress"

        lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        request = self._request("GET", url, None, timeout=0)
        request.streaming_callback = lines.put_nowait
        # A client of its own: streams that last must not take the connections of the calls.
        client = AsyncHTTPClient(force_instance=True)
        fetching = asyncio.ensure_future(client.fetch(request, raise_error=False))
        fetching.add_done_callback(lambda _: lines.put_nowait(None))
        buffer = b""
        try:
            while (chunk := await lines.get()) is not None:
                *whole, buffer = (buffer + chunk).split(b"\n")
                for line in whole:
                    if line.startswith(b"data:"):
                        yield json.loads(line[5:])
        finally:
            fetching.cancel()
            client.close()

    async def ask_server(
        self,
        person: str,
        environment: str,
        path: str,
        *,
        key: str,
        body: Any = None,
        timeout: float = TIMEOUT,
    ) -> Any:
        """Order something of a person's running server through the proxy: `path` below its base,
        `gemini/runner/tasks`.

        Whoever is root there reads what is sent, so it never carries the service's token: `key` is one that opens
        this server alone. What is no answer of ours is Unavailable.
        """
        user = f"{self.base_url}user/{quote(person, safe='')}/{quote(environment, safe='')}/"
        request = self._request("POST", self.proxy_url + user + path.lstrip("/"), body, timeout, key)
        if name := self._addresses.name_of(person):
            request.headers["Host"] = name
        response = await self._send(request)
        try:
            return json.loads(response.body) if response.body else None
        except (ValueError, RecursionError) as error:
            raise Unavailable("hub-unreachable") from error

    def _server(self, person: str, environment: str) -> str:
        return f"/users/{quote(person, safe='')}/servers/{quote(environment, safe='')}"

    async def _api(self, method: str, path: str, body: Any = None) -> Any:
        response = await self._fetch(method, self.api_url + path, body)
        return json.loads(response.body) if response.body else None

    def _request(self, method: str, url: str, body: Any, timeout: float, key: str | None = None) -> HTTPRequest:
        return HTTPRequest(
            url,
            method=method,
            headers={
                "Authorization": f"token {self.token if key is None else key}",
                "Content-Type": "application/json",
            },
            body=None if body is None else json.dumps(body),
            allow_nonstandard_methods=True,
            # A redirect would carry the token elsewhere.
            follow_redirects=False,
            request_timeout=timeout,
        )

    async def _fetch(self, method: str, url: str, body: Any) -> HTTPResponse:
        return await self._send(self._request(method, url, body, TIMEOUT))

    async def _send(self, request: HTTPRequest) -> HTTPResponse:
        try:
            response = await AsyncHTTPClient().fetch(request, raise_error=False)
        except (OSError, HTTPStreamClosedError, HTTPTimeoutError, HTTPClientError) as error:
            raise Unavailable("hub-unreachable") from error
        if response.code == 599 or isinstance(response.error, OSError):
            raise Unavailable("hub-unreachable")
        if response.code >= 300:
            raise HubRefused(response.code, _text(response))
        return response


def _text(response: HTTPResponse) -> str:
    text = (response.body or b"").decode(errors="replace")[:2000]
    try:
        model = json.loads(text)
    except ValueError:
        return text
    return str(model.get("message", text)) if isinstance(model, dict) else text
