"""Requests to the control plane: token, language, envelope, idempotency, retries. No URLs of the API here."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit
from weakref import WeakKeyDictionary

from gemini_core.errors import GeminiError, Unavailable, from_wire
from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import HTTPTimeoutError, SimpleAsyncHTTPClient
from tornado.websocket import WebSocketClientConnection, websocket_connect

if TYPE_CHECKING:
    from aiohttp import ClientSession

CONNECT_SECONDS = 5.0
REQUEST_SECONDS = 30.0
RETRY_PAUSES_SECONDS = (0.1, 0.4, 1.2)
CHUNK_BYTES = 1 << 20
LARGEST_ANSWER_BYTES = 64 << 20
MOST_AT_ONCE = 64
PING_SECONDS = 20.0
# Safe to send twice; POST is, because it carries an Idempotency-Key.
_REPEATABLE = frozenset({"GET", "PUT", "POST"})
_NO_ANSWER = frozenset({502, 503, 504})

Moved = Callable[[int], object]
"""Is told how many bytes went or came."""

_https: WeakKeyDictionary[asyncio.AbstractEventLoop, SimpleAsyncHTTPClient] = WeakKeyDictionary()


@dataclass(frozen=True)
class Page:
    """Part of a list. `next`: the cursor of the next part, None at the end; `total`: of all parts, None if unknown."""

    items: list[dict[str, Any]]
    next: str | None = None
    total: int | None = None


@dataclass(frozen=True)
class Envelope:
    """An answer of the API that is no refusal."""

    message: str
    data: Any
    page: Mapping[str, Any] = field(default_factory=dict)


class Transport:
    """Speaks to the API at `url` (without a slash at its end) as the owner of `token`, in `language`."""

    def __init__(self, url: str, token: str, language: str = "en", request_seconds: float = REQUEST_SECONDS) -> None:
        self.url = reachable(url.rstrip("/"))
        self.token = token
        self.language = language
        self.request_seconds = request_seconds

    async def call(
        self, verb: str, path: str, *, body: Any = None, query: Mapping[str, Any] | None = None, key: str | None = None
    ) -> Envelope:
        """One request with a JSON body. `key`: the Idempotency-Key of a POST, made up where none is given.

        GeminiError: the refusal as it was said; Unavailable where nobody answers.
        """
        headers = self._headers()
        if verb == "POST":
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        content = None if verb in ("GET", "DELETE") else json.dumps(body if body is not None else {}).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        request = lambda: HTTPRequest(  # noqa: E731 - made anew for each attempt
            self._address(path, query),
            method=verb,
            headers=headers,
            body=content,
            connect_timeout=CONNECT_SECONDS,
            request_timeout=self.request_seconds,
            follow_redirects=False,
        )
        return envelope(await self._send(request, verb in _REPEATABLE))

    async def upload(
        self, path: str, source: Path, query: Mapping[str, Any] | None = None, sent: Moved | None = None
    ) -> Envelope:
        """PUTs the file `source` as a raw body, read from the disk as it is sent.

        `sent` is told the bytes as they go, and a negative number of them before they go again.
        """
        import aiohttp  # only here, and slow to import

        for pause in (*RETRY_PAUSES_SECONDS, None):
            told = _Told(sent)
            try:
                return parse(*await self._put(self._address(path, query), source, told))
            except (OSError, TimeoutError, aiohttp.ClientError) as error:
                if pause is None:
                    raise Unavailable("platform-unreachable") from error
                told.take_back()
                await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    async def _put(self, address: str, source: Path, told: _Told) -> tuple[int, bytes]:
        """Status and body. By aiohttp, which reads while it writes: tornado's client loses a refusal (arrears,
        too large) that comes during the upload."""
        from yarl import URL

        size = (await asyncio.to_thread(source.stat)).st_size
        headers = self._headers() | {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        async with (
            self._session() as session,
            session.put(
                URL(address, encoded=True),
                data=_pieces(source, size, told),
                headers=headers,
                allow_redirects=False,
            ) as answer,
        ):
            return answer.status, await answer.read()

    async def download(self, path: str, query: Mapping[str, Any], sink: Callable[[bytes], object]) -> None:
        """GETs a raw body of any size, given to `sink` as it arrives; what `sink` raises ends it and comes out."""
        async with aclosing(self._received(path, query)) as pieces:
            async for piece in pieces:
                sink(piece)

    async def _received(self, path: str, query: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
        """By aiohttp: tornado's client has a largest body, also for what it hands on piece by piece."""
        import aiohttp
        from yarl import URL

        headers = self._headers() | {"Accept-Encoding": "identity"}
        address = URL(self._address(path, query), encoded=True)
        try:
            async with (
                self._session() as session,
                session.get(address, headers=headers, allow_redirects=False) as answer,
            ):
                if answer.status != 200:
                    parse(answer.status, await answer.read())
                    return
                async for piece in answer.content.iter_chunked(CHUNK_BYTES):
                    yield piece
        except (OSError, TimeoutError, aiohttp.ClientError) as error:
            raise Unavailable("platform-unreachable") from error

    def _session(self) -> ClientSession:
        """For bodies of any size. No cookies, no bound but on silence."""
        import aiohttp  # slow to import, and most calls need none of it

        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=self.request_seconds)
        return aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())

    async def connect(self, path: str, query: Mapping[str, Any] | None = None) -> WebSocketClientConnection:
        """A WebSocket; a message is read only when it is asked for, so a slow reader holds the sender back."""
        address = self._address(path, query)
        request = HTTPRequest(
            "ws" + address.removeprefix("http"),
            headers=self._headers(),
            connect_timeout=CONNECT_SECONDS,
            follow_redirects=False,
        )
        try:
            return await websocket_connect(request, ping_interval=PING_SECONDS)
        except HTTPClientError as error:
            if error.response is not None and error.code not in _NO_ANSWER:
                parse(error.response.code, error.response.body or b"")
            raise Unavailable("platform-unreachable") from error
        except OSError as error:
            raise Unavailable("platform-unreachable") from error

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"token {self.token}",
            "Accept": "application/json",
            "Accept-Language": self.language,
        }

    def _address(self, path: str, query: Mapping[str, Any] | None) -> str:
        given = {key: _word(value) for key, value in (query or {}).items() if value is not None}
        return f"{self.url}/{path}" + (f"?{urlencode(given)}" if given else "")

    async def _send(self, make: Callable[[], HTTPRequest], repeat: bool) -> HTTPResponse:
        """Sends; where the connection fails and it is safe to `repeat`, again after a short pause."""
        pauses = iter(RETRY_PAUSES_SECONDS if repeat else ())
        while True:
            try:
                return await _http().fetch(make(), raise_error=False)
            except HTTPTimeoutError as error:
                raise Unavailable("platform-unreachable") from error
            except (OSError, HTTPClientError) as error:
                pause = next(pauses, None)
                if pause is None:
                    raise Unavailable("platform-unreachable") from error
                await asyncio.sleep(pause)


def reachable(url: str) -> str:
    """The URL as this machine can open it: names below `localhost` are its own, which browsers know and many
    resolvers do not."""
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith(".localhost"):
        return url
    return parts._replace(netloc=f"127.0.0.1:{parts.port}" if parts.port else "127.0.0.1").geturl()


def segment(text: str) -> str:
    """One segment of a path: an id, a person's name."""
    return quote(text, safe="")


def file_path(text: str) -> str:
    """Several segments of a path: a file's path in a tree."""
    return quote(text, safe="/")


def envelope(response: HTTPResponse) -> Envelope:
    """The answer, or its refusal as a GeminiError."""
    return parse(response.code, response.body or b"")


def parse(status: int, body: bytes) -> Envelope:
    """The envelope in `body`. A GeminiError where it is a refusal, or no envelope of ours."""
    try:
        answer = json.loads(body)
        message, data = answer["message"], answer["data"]
    except (ValueError, KeyError, TypeError):
        if status in _NO_ANSWER:
            raise Unavailable("platform-unreachable") from None
        error = GeminiError("unexpected-answer", status=status)
        error.status = status
        raise error from None
    if status < 400:
        return Envelope(message, data, answer.get("page") or {})
    refusal = answer.get("error") or {}
    raise from_wire(status, refusal.get("name", "wire"), refusal.get("field"), message)


def _http() -> SimpleAsyncHTTPClient:
    """One HTTP client per event loop, shared: it holds no token and follows no redirect."""
    loop = asyncio.get_running_loop()
    if loop not in _https:
        _https[loop] = SimpleAsyncHTTPClient(
            force_instance=True, max_clients=MOST_AT_ONCE, max_body_size=LARGEST_ANSWER_BYTES
        )
    return _https[loop]


class _Told:
    """What `sent` was told of one attempt."""

    def __init__(self, sent: Moved | None) -> None:
        self._sent = sent
        self._bytes = 0

    def add(self, count: int) -> None:
        """So many bytes more went."""
        self._bytes += count
        if self._sent is not None:
            self._sent(count)

    def take_back(self) -> None:
        """The attempt failed."""
        self.add(-self._bytes)


async def _pieces(source: Path, size: int, told: _Told) -> AsyncIterator[bytes]:
    left = size
    with await asyncio.to_thread(source.open, "rb") as file:
        while left > 0 and (piece := await asyncio.to_thread(file.read, min(left, CHUNK_BYTES))):
            left -= len(piece)
            yield piece
            told.add(len(piece))


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
