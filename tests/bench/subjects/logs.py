"""Following a log that a real task writes as fast as it can: one viewer, many, and one that reads nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

from platform_fixture import Platform, sample, wait_for

from bench.figures import Figure, figure
from bench.place import OWNER, Place
from bench.viewers import Stream, stalled, watching

SUBJECT = "logs"
LINE = "epoch 1 step %06.0f loss 0.123456 accuracy 0.98765"


def measure(place: Place) -> list[Figure]:
    """Lines a second, seen from the moment at which the task is let go."""
    lines, many = place.sizes.log_lines, place.sizes.viewers
    bare, one, crowd, beside = [], [], [], []
    for _ in range(place.sizes.rounds):
        one.append(lines / asyncio.run(followed(place, 1, False)))
        bare.append(lines / asyncio.run(plain(place, lines)))
        crowd.append(asyncio.run(followed(place, many, False)))
        beside.append(asyncio.run(followed(place, many, True)))
    slower = [held / free for held, free in zip(beside, crowd, strict=True)]
    return [
        figure(SUBJECT, f"one viewer of a task that prints {lines:,} lines", "lines/s", one, "≥", 300_000),
        figure(SUBJECT, "control: a plain WebSocket that sends the same file", "lines/s", bare),
        figure(SUBJECT, f"{many} viewers of one log, all together", "lines/s", [many * lines / took for took in crowd]),
        figure(SUBJECT, f"{many} viewers of one log, the slowest of them", "lines/s", [lines / took for took in crowd]),
        figure(SUBJECT, "the slowest beside a viewer that reads nothing / without one", "×", slower, "≤", 1.25),
    ]


async def followed(place: Place, count: int, beside_stalled: bool) -> float:
    """Seconds from letting a task print until the last of `count` viewers has seen every line."""
    lines, platform = place.sizes.log_lines, place.platform
    go = output(place) / "go"
    go.unlink(missing_ok=True)
    command = f"until [ -e $GEMINI_OUTPUT/../go ]; do sleep 0.01; done; seq -f '{LINE}' 1 {lines}"
    task = await asyncio.to_thread(submit, place, command)
    token = platform.token(OWNER)
    stream = Stream(f"{platform.api_url}/training-tasks/{task}/log/stream", token)
    async with AsyncExitStack() as stack:
        if beside_stalled:
            await stack.enter_async_context(stalled(stream))
        viewers = await stack.enter_async_context(watching(stream, count))
        began = asyncio.get_running_loop().time()
        go.touch()
        ended = await asyncio.gather(*(one.see(lines) for one in viewers))
    await asyncio.to_thread(ended_well, place, task)
    return max(ended) - began


def submit(place: Place, command: str) -> str:
    """The id of a task, once it runs."""
    task = str(place.client.tasks.create(place.training("log", command))["taskId"])
    wait_for(lambda: place.client.tasks.get(task)["state"] == "running", f"{task} running")
    return task


def ended_well(place: Place, task: str) -> None:
    """Waits for its end, so that nothing of it disturbs what is measured next."""
    wait_for(lambda: place.client.tasks.get(task)["state"] == "succeeded", f"{task} succeeded")


def output(place: Place) -> Path:
    """The project's output folder on this machine; a task's own is one of it."""
    project = str(sample(place.client)["project"]["id"])
    return store(place.platform) / "projects" / project / "output"


def store(platform: Platform) -> Path:
    """Where all data of people lies."""
    return platform.home / "store"


async def plain(place: Place, lines: int) -> float:
    """Seconds in which a viewer has the same lines from the control."""
    file = place.folder() / "log"
    with file.open("wb") as written:
        subprocess.run(["seq", "-f", LINE, "1", str(lines)], stdout=written, check=True)
    program = Path(__file__).parent.parent / "plain_stream.py"
    with subprocess.Popen([sys.executable, str(program), str(file)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            stream = Stream(f"http://127.0.0.1:{int(process.stdout.readline())}/")
            began = time.perf_counter()
            async with watching(stream, 1) as viewers:
                await viewers[0].see(lines)
            return time.perf_counter() - began
        finally:
            process.terminate()
