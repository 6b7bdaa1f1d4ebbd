"""The door to the runner: orders of tasks from the control plane, and what runs here for the person."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from gemini_core.errors import GeminiError, InvalidInput, NotFound, NotParsable, Unavailable
from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from gemini_server.base import GeminiHandler

SOCKET = "control.sock"
ANSWER_SECONDS = 15.0
LONGEST_ANSWER_BYTES = 64 << 20


async def ask(folder: str, request: dict[str, Any]) -> dict[str, Any]:
    """The runner's answer to `request`. Unavailable where it does not listen or does not answer."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = json.loads(await _exchange(folder, json.dumps(request).encode() + b"\n"))
    except (OSError, TimeoutError, ValueError) as error:
        raise Unavailable("runner-unreachable") from error
    if not answer.get("ok"):
        raise _refusal(answer)
    return {key: value for key, value in answer.items() if key != "ok"}


def _refusal(answer: dict[str, Any]) -> GeminiError:
    if answer.get("reason") == "unknown-task":
        return NotFound("not-found")
    if answer.get("reason") == "internal":
        return Unavailable("runner-refused", detail=str(answer.get("error")))
    return InvalidInput("runner-refused", detail=str(answer.get("error")))


async def _exchange(folder: str, line: bytes) -> bytes:
    """One line out, one line in. The socket is reached by its folder's descriptor: its path may be too long."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        path = Path(f"/proc/self/fd/{descriptor}") / SOCKET
        reader, writer = await asyncio.open_unix_connection(path, limit=LONGEST_ANSWER_BYTES)
    finally:
        os.close(descriptor)
    try:
        writer.write(line)
        await writer.drain()
        return await reader.readline()
    finally:
        writer.close()


class RunnerTasksHandler(GeminiHandler):
    """Tasks of this environment."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """The states of all tasks, and the server's own."""
        self.answer(await ask(self.platform.run_folder, {"do": "list"}))

    @authenticated
    @authorized
    async def post(self) -> None:
        """Starts the order in the body (docs/architecture.md, "The runner"). Safe to repeat."""
        try:
            order = json.loads(self.request.body)
        except ValueError as error:
            raise NotParsable("bad-json", detail=str(error)) from None
        self.answer((await ask(self.platform.run_folder, {"do": "start", "order": order}))["task"])


class RunnerTaskStopHandler(GeminiHandler):
    """The end of a task."""

    @authenticated
    @authorized
    async def post(self, task: str) -> None:
        """Ends it: SIGTERM, its grace, SIGKILL. Answers at once; safe to repeat."""
        self.answer(await ask(self.platform.run_folder, {"do": "stop", "id": task}))


class RunnerProcessesHandler(GeminiHandler):
    """What runs here (ENV-7)."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """All processes of this environment: of the server, of which task, or orphans."""
        self.answer((await ask(self.platform.run_folder, {"do": "processes"}))["processes"])


default_handlers: list[tuple[str, Any]] = [
    (r"gemini/runner/tasks", RunnerTasksHandler),
    (r"gemini/runner/tasks/([^/]+)/stop", RunnerTaskStopHandler),
    (r"gemini/runner/processes", RunnerProcessesHandler),
]
