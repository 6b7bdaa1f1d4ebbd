"""The control plane's API inside Lab: `<base url>gemini/api/v1/…`, asked with the server's own token.

Bodies stream in both directions, as fast as the slower side. Of the browser's headers only a few go on: neither
its cookies nor its token ever leave this server.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from gemini_core.errors import TooLarge, Unavailable
from jupyter_server.auth.decorator import authorized
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.httputil import HTTPHeaders, parse_response_start_line
from tornado.iostream import StreamClosedError
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.web import authenticated, stream_request_body

from gemini_server.base import GeminiHandler
from gemini_server.targets import relay_path

CONNECT_SECONDS = 5.0
LONGEST_EXCHANGE_SECONDS = 6 * 3600.0
MOST_AT_ONCE = 64
CHUNKS_WAITING = 4
SMALL_BODY_BYTES = 64 << 10
_REQUEST_HEADERS = re.compile(r"accept-language|content-type|content-length|idempotency-key|if-[a-z-]+", re.IGNORECASE)
_ANSWER_HEADERS = (
    "Accept-Ranges",
    "Cache-Control",
    "Content-Disposition",
    "Content-Language",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "ETag",
    "Last-Modified",
    "Retry-After",
    "X-Request-Id",
)
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
NOT_MODIFIED = 304


@stream_request_body
class RelayHandler(GeminiHandler):
    """One request to the control plane, begun as soon as the caller is known, before the body has come."""

    _exchange: asyncio.Task[None] | None = None

    async def prepare(self) -> None:  # type: ignore[override]
        """Who asks, may they, is it relayed, is it small enough; then the request to the control plane begins."""
        await super().prepare()
        if self._finished:
            return
        if self.request.method == "OPTIONS":
            return
        await self.check_authorized()
        address = f"{self.platform.api_url}/{relay_path(self.request.path, self.base_url)}"
        self._check_size()
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue(CHUNKS_WAITING)
        self._gone = False
        self._received = 0
        self._answered = asyncio.Event()
        self._lines: list[str] = []
        self._foreign = False
        self._exchange = asyncio.create_task(self._fetch(address))

    async def data_received(self, chunk: bytes) -> None:
        """A piece of the body; the next is not read before this one is on its way."""
        self._received += len(chunk)
        if self._received > self.platform.max_upload_bytes:
            self._abort()
            raise self._too_large()
        await self._hand_over(chunk)

    def on_connection_close(self) -> None:
        """The caller went away: the control plane must not take half a body for a whole one."""
        super().on_connection_close()
        self._abort()

    async def _relay(self) -> None:
        """The whole body is there; waits for the answer, which streams to the caller by itself."""
        assert self._exchange is not None
        await self._hand_over(None)
        answered = asyncio.create_task(self._answered.wait())
        await asyncio.wait(
            {answered, self._exchange}, timeout=self.platform.answer_seconds, return_when=asyncio.FIRST_COMPLETED
        )
        answered.cancel()
        if not self._answered.is_set() and not self._exchange.done():
            self._abort()
            raise Unavailable("platform-unreachable")
        try:
            await self._exchange
        except (OSError, HTTPClientError, StreamClosedError) as error:
            self._broken(error)
            return
        if self._foreign:
            raise Unavailable("platform-unreachable")
        self.finish(set_content_type=self._headers.get("Content-Type", "application/json"))

    def _broken(self, error: Exception) -> None:
        """No answer, or half of one: the first is said, the second is cut off so that nobody takes it for whole."""
        if not self._headers_written:
            raise Unavailable("platform-unreachable") from error
        self.log.warning("The answer to %s broke off: %s", self.request.path, error)
        if self.request.connection is not None:
            self.request.connection.close()  # type: ignore[attr-defined]

    def _check_size(self) -> None:
        limit = self.platform.max_upload_bytes
        length = self.request.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > limit:
            raise self._too_large()
        if self.request.connection is not None:
            self.request.connection.set_max_body_size(limit)  # type: ignore[attr-defined]

    def _too_large(self) -> TooLarge:
        return TooLarge("upload-too-large", limit=f"{self.platform.max_upload_bytes / 2**30:g}")

    async def _hand_over(self, chunk: bytes | None) -> None:
        """Gives `chunk` to the request under way, or to nobody where that has ended (an early refusal)."""
        if self._exchange is None or self._exchange.done() or self.request.method not in _WITH_BODY:
            return
        put = asyncio.create_task(self._chunks.put(chunk))
        await asyncio.wait({put, self._exchange}, return_when=asyncio.FIRST_COMPLETED)
        put.cancel()

    def _abort(self) -> None:
        if self._exchange is not None and not self._exchange.done():
            self._gone = True
            while not self._chunks.empty():
                self._chunks.get_nowait()
            self._chunks.put_nowait(None)

    async def _fetch(self, address: str) -> None:
        has_body = self.request.method in _WITH_BODY
        length = self.request.headers.get("Content-Length")
        request = HTTPRequest(
            address + (f"?{self.request.query}" if self.request.query else ""),
            method=self.request.method or "GET",
            headers=self._request_headers(has_body),
            body_producer=self._produce if has_body else None,  # type: ignore[arg-type] # tornado awaits it
            header_callback=self._on_header,
            streaming_callback=self._on_chunk,
            connect_timeout=CONNECT_SECONDS,
            request_timeout=LONGEST_EXCHANGE_SECONDS,
            follow_redirects=False,
            decompress_response=False,
            # A refusal (arrears, too large) comes before a large body is sent.
            expect_100_continue=has_body and (length is None or int(length) > SMALL_BODY_BYTES),
        )
        client = SimpleAsyncHTTPClient(force_instance=True, max_clients=1)
        try:
            await client.fetch(request, raise_error=False)
        finally:
            client.close()

    def _request_headers(self, has_body: bool) -> HTTPHeaders:
        headers = HTTPHeaders()
        for name, value in self.request.headers.get_all():
            if _REQUEST_HEADERS.fullmatch(name) and (has_body or not name.lower().startswith("content-")):
                headers.add(name, value)
        headers["Authorization"] = f"token {self.platform.token}"
        return headers

    async def _produce(self, write: Callable[[bytes], Awaitable[None]]) -> None:
        while (chunk := await self._chunks.get()) is not None:
            await write(chunk)
        if self._gone:
            raise StreamClosedError

    def _on_header(self, line: str) -> None:
        self._lines.append(line)
        if line.strip():
            return
        start = parse_response_start_line(self._lines[0].strip())
        headers = HTTPHeaders.parse("".join(self._lines[1:]))
        self._lines.clear()
        kind = headers.get("Content-Type", "")
        # A page of a proxy or of the hub on the way is not the platform's answer.
        refused = start.code >= 300 and start.code != NOT_MODIFIED
        self._foreign = refused and not kind.startswith("application/json")
        if not self._foreign:
            self.set_status(start.code, start.reason)
            self.clear_header("Content-Type")
            for name in _ANSWER_HEADERS:
                if name in headers:
                    self.set_header(name, headers[name])
        self._answered.set()

    async def _on_chunk(self, chunk: bytes) -> None:
        if self._gone:
            raise StreamClosedError
        if not self._foreign:
            self.write(chunk)
            await self.flush()

    @authenticated
    @authorized
    async def get(self, path: str) -> None:
        """Relays a GET."""
        await self._relay()

    @authenticated
    @authorized
    async def head(self, path: str) -> None:
        """Relays a HEAD."""
        await self._relay()

    @authenticated
    @authorized
    async def post(self, path: str) -> None:
        """Relays a POST."""
        await self._relay()

    @authenticated
    @authorized
    async def put(self, path: str) -> None:
        """Relays a PUT."""
        await self._relay()

    @authenticated
    @authorized
    async def patch(self, path: str) -> None:
        """Relays a PATCH."""
        await self._relay()

    @authenticated
    @authorized
    async def delete(self, path: str) -> None:
        """Relays a DELETE."""
        await self._relay()


default_handlers: list[tuple[str, Any]] = [(r"gemini/api/v1/(.*)", RelayHandler)]
