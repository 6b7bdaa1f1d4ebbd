"""The control plane's WebSockets inside Lab: events, and logs as they grow.

A message is read from the control plane when the one before has left for the browser, so a slow viewer holds the
sender back and costs no memory here.
"""

from __future__ import annotations

import asyncio
from typing import Any

from gemini_client import Transport
from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.websocket import WebSocketMixin
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, WebSocketHandler

from gemini_server.base import Speaks
from gemini_server.targets import relay_path


class StreamHandler(WebSocketMixin, WebSocketHandler, Speaks):
    """One WebSocket of the browser and one to the control plane, opened and closed together."""

    _upstream: WebSocketClientConnection
    _pump: asyncio.Task[None] | None = None

    @ws_authenticated
    @authorized
    async def get(self, path: str) -> None:
        """Connects to the control plane first: its refusal is the answer to the handshake, in words."""
        transport = Transport(self.platform.api_url, self.platform.credential(), self.language)
        query = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        self._upstream = await transport.connect(relay_path(self.request.path, self.base_url), query)
        try:
            await super().get(path)
        finally:
            self._upstream.close()

    def open(self, path: str) -> None:
        """The browser is connected too."""
        super().open(path)
        self._pump = asyncio.create_task(self._relay())

    async def on_message(self, message: str | bytes) -> None:
        """From the browser to the control plane."""
        try:
            await self._upstream.write_message(message, binary=isinstance(message, bytes))
        except WebSocketClosedError:
            self.close()

    def on_close(self) -> None:
        """The browser is gone."""
        super().on_close()
        if self._pump is not None:
            self._pump.cancel()
        self._upstream.close()

    async def _relay(self) -> None:
        try:
            while (message := await self._upstream.read_message()) is not None:
                await self.write_message(message, binary=isinstance(message, bytes))
        except WebSocketClosedError:
            return
        self.close(self._upstream.close_code, self._upstream.close_reason)


default_handlers: list[tuple[str, Any]] = [
    (r"gemini/api/v1/(events)", StreamHandler),
    (r"gemini/api/v1/(training-tasks/[^/]+/log/stream)", StreamHandler),
]
