"""The control plane's API inside Lab: `<base url>gemini/api/v1/…`, asked with the server's own token.

Bodies stream in both directions, as fast as the slower side. Of the browser's headers only a few go on: neither
its cookies nor its token ever leave this server.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from gemini_core.errors import TooLarge, Unavailable
from jupyter_server.auth.decorator import authorized
from multidict import CIMultiDict
from tornado.iostream import StreamClosedError
from tornado.web import authenticated, stream_request_body
from yarl import URL

from gemini_server.base import GeminiHandler
from gemini_server.targets import relay_path

CONNECT_SECONDS = 5.0
CHUNKS_WAITING = 4
CHUNK_BYTES = 64 << 10
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
        self._credential = self.platform.credential()
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue(CHUNKS_WAITING)
        self._received = 0
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
        await asyncio.wait({self._exchange})
        if self._exchange.cancelled():
            return
        try:
            await self._exchange
        except (OSError, TimeoutError, aiohttp.ClientError, StreamClosedError) as error:
            self._broken(error)
        else:
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
        if self._exchange is not None:
            self._exchange.cancel()

    async def _fetch(self, address: str) -> None:
        """Asks the control plane and streams its answer.

        By aiohttp, which reads while it writes: tornado's own client loses a refusal that comes during an upload.
        """
        has_body = self.request.method in _WITH_BODY
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_SECONDS, sock_read=self.platform.answer_seconds
        )
        async with (
            aiohttp.ClientSession(
                timeout=timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=("Accept-Encoding", "User-Agent", "Content-Type"),
            ) as session,
            session.request(
                self.request.method or "GET",
                URL(address + (f"?{self.request.query}" if self.request.query else ""), encoded=True),
                headers=self._request_headers(has_body),
                data=self._body() if has_body else None,
                allow_redirects=False,
            ) as answer,
        ):
            self._begin_answer(answer)
            async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                self.write(chunk)
                await self.flush()

    def _request_headers(self, has_body: bool) -> CIMultiDict[str]:
        headers: CIMultiDict[str] = CIMultiDict()
        for name, value in self.request.headers.get_all():
            if _REQUEST_HEADERS.fullmatch(name) and (has_body or not name.lower().startswith("content-")):
                headers.add(name, value)
        headers["Authorization"] = f"token {self._credential}"
        return headers

    async def _body(self) -> AsyncIterator[bytes]:
        while (chunk := await self._chunks.get()) is not None:
            yield chunk

    def _begin_answer(self, answer: aiohttp.ClientResponse) -> None:
        """Status and headers. Unavailable for the page of a proxy, or of the hub, on the way."""
        refused = answer.status >= 300 and answer.status != NOT_MODIFIED
        if refused and answer.content_type != "application/json":
            raise Unavailable("platform-unreachable")
        self.set_status(answer.status, answer.reason)
        self.clear_header("Content-Type")
        for name in _ANSWER_HEADERS:
            if name in answer.headers:
                self.set_header(name, answer.headers[name])

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
