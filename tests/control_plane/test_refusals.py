"""A refusal is heard, and the connection it came on can be used again: a proxy keeps it for somebody else."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

import pytest

from control_plane.platform import Platform


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: str, body: bytes
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one answer; head and body of the request go apart, as a proxy may send them."""
    writer.write(request.encode())
    await writer.drain()
    writer.write(body)
    await writer.drain()
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    return int(head[0].split()[1]), headers, await reader.readexactly(int(headers["content-length"]))


@pytest.mark.parametrize(
    ("verb", "path", "who", "status"),
    [
        ("POST", "/workspaces", "member", 403),
        ("POST", "/projects", None, 401),
        ("PUT", "/projects/prj-zzzzzzzzzz/code/x.py", "member", 404),
        ("POST", "/health", "member", 405),
        ("POST", "/no/such", "member", 404),
    ],
)
async def test_an_early_refusal_leaves_a_usable_connection(
    platform: Platform, lab: str, verb: str, path: str, who: str | None, status: int
) -> None:
    """Covers: API-1. Or it says that it closes; never a connection that dies under the next request."""
    place = urlsplit(platform.url(path))
    base = place.path.removesuffix(path)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    token = f"Authorization: token token-of-{who}\r\n" if who else ""
    head = f"{verb} {base}{path} HTTP/1.1\r\nHost: x\r\n{token}Content-Length: 15\r\n\r\n"
    seen, headers, body = await exchange(reader, writer, head, b'{"amount": "5"}')
    assert (seen, json.loads(body)["code"]) == (status, status)
    if headers.get("connection") != "close":
        next_one = f"GET {base}/health HTTP/1.1\r\nHost: x\r\n\r\n"
        assert (await exchange(reader, writer, next_one, b""))[0] == 200
    else:
        assert status in (404, 405)
    writer.close()
