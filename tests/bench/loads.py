"""Requests at a steady rate or one after the other, on one kept connection each, timed from outside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import aiohttp


def at_rate(addresses: Iterator[str], headers: dict[str, str], rate: float, count: int) -> list[float]:
    """Seconds of each of `count` requests that are sent at `rate` a second, whether the ones before were answered.

    Each is timed from the moment at which it was due, so that a server that stalls is not spared the requests that
    it kept waiting.
    """
    return asyncio.run(_at_rate(addresses, headers, rate, count))


async def _at_rate(addresses: Iterator[str], headers: dict[str, str], rate: float, count: int) -> list[float]:
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask(address: str, due: float) -> float:
            async with session.get(address) as answer:
                body = await answer.read()
                assert answer.status == 200, body[:500]
            return loop.time() - due

        await ask(next(addresses), loop.time())
        began, sent = loop.time(), []
        for number in range(count):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - loop.time()))
            sent.append(asyncio.create_task(ask(next(addresses), due)))
        return list(await asyncio.gather(*sent))


def one_by_one(base: str, headers: dict[str, str], paths: list[str]) -> list[float]:
    """Seconds of each GET below `base` on one connection that is kept.

    By the standard library's client: a larger one takes as long for a long answer as the platform does.
    """
    address = urlsplit(base)
    taken = []
    with closing(HTTPConnection(address.hostname or "", address.port, timeout=60)) as connection:
        connection.connect()
        for path in paths:
            began = time.perf_counter()
            connection.request("GET", address.path + path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            taken.append(time.perf_counter() - began)
            assert answer.status == 200, body[:500]
    return taken
