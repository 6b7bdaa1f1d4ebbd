"""A control: a WebSocket that sends a file in batches of JSON and does nothing else. `python plain_stream.py FILE`.

It prints its port, then sends the file to whoever connects.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler

BATCH = 64 * 1024


class Plain(WebSocketHandler):
    """Sends the file."""

    async def open(self) -> None:
        """Batch by batch, each when the connection has taken the one before."""
        with open(sys.argv[1], "rb", buffering=0) as file:
            while data := os.read(file.fileno(), BATCH):
                await self.write_message(json.dumps({"text": data.decode("utf-8", "replace")}))


async def main() -> None:
    """Serves until it is ended."""
    sockets = bind_sockets(0, "127.0.0.1")
    HTTPServer(Application([("/", Plain)])).add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
