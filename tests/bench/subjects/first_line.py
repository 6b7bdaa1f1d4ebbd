"""From the submission of a task in a running environment to the first line of its log, beside jupyter-scheduler."""

from __future__ import annotations

import asyncio
import time

import aiohttp

from bench.figures import Figure, Names, compared, figure
from bench.place import OWNER, Place
from bench.spreads import in_turn

SUBJECT = "first_line"
SAID = "the first line"


def measure(place: Place) -> list[Figure]:
    """Both say the same line with the same Python of theirs."""
    body = place.training("first line", f"python -c 'print(\"{SAID}\")'")
    peer = place.scheduler
    place.platform.token(OWNER)
    pairs = in_turn(
        place.sizes.rounds,
        lambda: asyncio.run(first_line(place, body)),
        lambda: peer.run_now(f'print("{SAID}")', SAID),
    )
    names = Names(
        "submitted → first line in the log stream, in a running environment",
        "jupyter-scheduler, run now → its output",
        "ours / jupyter-scheduler",
    )
    compared_figures = compared(SUBJECT, names, "s", pairs, "≤", 0.5)
    return [figure(SUBJECT, names.ours, "s", pairs.ours, "<", 2.0), *compared_figures[1:]]


async def first_line(place: Place, body: dict[str, object]) -> float:
    """Seconds until a viewer who submits and then looks has read the line."""
    headers = {"Authorization": f"token {place.platform.token(OWNER)}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        began = time.perf_counter()
        async with session.post(f"{place.platform.api_url}/training-tasks", json=body) as answer:
            task = (await answer.json())["data"]["taskId"]
        async with session.ws_connect(f"{place.platform.api_url}/training-tasks/{task}/log/stream") as stream:
            async for message in stream:
                if SAID in message.data:
                    return time.perf_counter() - began
    raise AssertionError("the stream ended without the line")
