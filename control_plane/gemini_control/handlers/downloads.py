"""Sending a file as it is: always as a download, never as a page of ours."""

from __future__ import annotations

import asyncio
import os
from urllib.parse import quote

from gemini_control.handlers.base import APIHandler

CHUNK = 256 * 1024


async def send_file(handler: APIHandler, fd: int, size: int, name: str) -> None:
    """Send the open file `fd` and close it."""
    try:
        handler.set_header("Content-Type", "application/octet-stream")
        handler.set_header("Content-Length", size)
        handler.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}")
        handler.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
        left = size
        # What is appended while we send is not sent: the length is said already.
        while left > 0 and (chunk := await asyncio.to_thread(os.read, fd, min(CHUNK, left))):
            left -= len(chunk)
            handler.write(chunk)
            await handler.flush()
    finally:
        os.close(fd)
    handler.finish()
