"""Messages of a WebSocket of the API, one after the other, connected again when the connection is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from gemini_core.errors import Unavailable

from gemini_client.transport import Transport

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0


async def messages(transport: Transport, path: str, query: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
    """Each message, forever. `query` is read at each connection, so the caller moves its cursor on in it.

    A refusal is a GeminiError; while nobody answers it waits and tries again.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            connection = await transport.connect(path, query)
        except Unavailable:
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            continue
        try:
            while (message := await connection.read_message()) is not None:
                pause = FIRST_PAUSE_SECONDS
                yield json.loads(message)
        finally:
            connection.close()
        await asyncio.sleep(pause)


async def events(transport: Transport, cursor: int | None) -> AsyncGenerator[dict[str, Any], None]:
    """Events after `cursor` (None: from now on), resumed at the last one seen. `reset`: fetch everything again."""
    query: dict[str, Any] = {"cursor": cursor}
    async with aclosing(messages(transport, "events", query)) as stream:
        async for event in stream:
            if "cursor" in event:
                query["cursor"] = event["cursor"]
            elif event.get("kind") == "reset":
                query["cursor"] = None
            yield event
