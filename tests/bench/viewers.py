"""People who look at a log as it grows: WebSockets that count the lines that come, and one that reads nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp

LINE_END = "\\n"
"""As it stands in JSON."""


@dataclass(frozen=True)
class Stream:
    """Where a log streams, and as whom."""

    url: str
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Of the handshake."""
        return {"Authorization": f"token {self.token}"} if self.token else {}


class Viewer:
    """One that has connected and counts."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.seen = 0
        self.dropped = False

    async def see(self, lines: int) -> float:
        """The loop's time at which so many lines had come. Fails where some were dropped or the stream ended."""
        while self.seen < lines:
            message = await self._socket.receive(60)
            assert message.type is aiohttp.WSMsgType.TEXT, message
            assert '"dropped"' not in message.data[:40], message.data[:200]
            self.seen += message.data.count(LINE_END)
        return asyncio.get_running_loop().time()


@asynccontextmanager
async def watching(stream: Stream, count: int) -> AsyncIterator[list[Viewer]]:
    """So many viewers of one log, all connected."""
    async with aiohttp.ClientSession(headers=stream.headers) as session:
        sockets = [await session.ws_connect(stream.url, max_msg_size=0) for _ in range(count)]
        try:
            yield [Viewer(one) for one in sockets]
        finally:
            await asyncio.gather(*(one.close() for one in sockets))


@asynccontextmanager
async def stalled(stream: Stream) -> AsyncIterator[None]:
    """Meanwhile somebody has the log open and reads nothing of it."""
    parts = urlsplit(stream.url)
    handshake = (
        f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YmVuY2hiZW5jaGJlbmNoMQ==\r\n"
        f"Authorization: token {stream.token}\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(handshake.encode())
        answer = await asyncio.to_thread(connection.recv, 64)
        assert b" 101 " in answer, answer
        yield
