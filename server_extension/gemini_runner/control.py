"""The runner's socket: one JSON line each way per connection, for the person's own processes only (mode 0600)."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from gemini_runner.loop import Loop

FILE = "control.sock"
LONGEST_REQUEST_BYTES = 4 << 20
PATIENCE_SECONDS = 30.0

Answer = dict[str, Any]
Handler = Callable[[dict[str, Any]], Answer]


class UnknownTask(ValueError):
    """No such task here; the caller is told so by a `reason`."""


class ControlSocket:
    """Listens at `<folder>/control.sock`; `handlers` maps the request's `do` to what answers it.

    A handler's ValueError is the caller's mistake and is answered as its text.
    """

    def __init__(self, loop: Loop, folder: str, handlers: dict[str, Handler]) -> None:
        self._loop = loop
        self._handlers = handlers
        self._connections: set[socket.socket] = set()
        self._socket = _listen(folder)
        loop.watch(self._socket.fileno(), self._accept)

    def close(self) -> None:
        """Stops listening."""
        self._loop.forget(self._socket.fileno())
        self._socket.close()

    def close_inherited(self) -> None:
        """Closes all descriptors in a forked child; a caller would wait for its end as long as the child has it."""
        self._socket.close()
        for connection in self._connections:
            connection.close()

    def answer(self, line: bytes) -> bytes:
        """The answer to one request line."""
        try:
            return json.dumps(self._answer(line)).encode() + b"\n"
        except Exception as error:  # noqa: BLE001 - the top of a request; the runner must live
            sys.excepthook(*sys.exc_info())
            return json.dumps({"ok": False, "error": str(error), "reason": "internal"}).encode() + b"\n"

    def _answer(self, line: bytes) -> Answer:
        try:
            request = json.loads(line)
            handler = self._handlers.get(request["do"])
            if handler is None:
                raise ValueError(f"unknown request {request['do']!r}")
            return {"ok": True, **handler(request)}
        except UnknownTask as error:
            return {"ok": False, "error": str(error), "reason": "unknown-task"}
        except (ValueError, KeyError, TypeError) as error:
            return {"ok": False, "error": str(error) or type(error).__name__}

    def _accept(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except OSError:
            return
        self._connections.add(connection)
        _Conversation(self._loop, connection, self.answer, self._connections.discard)


class _Conversation:
    """One connection: reads a line, answers it, hangs up; also on a caller who says nothing or never reads."""

    def __init__(
        self,
        loop: Loop,
        connection: socket.socket,
        answer: Callable[[bytes], bytes],
        closed: Callable[[socket.socket], None],
    ) -> None:
        self._loop = loop
        self._connection = connection
        self._answer = answer
        self._closed = closed
        self._buffer = b""
        connection.setblocking(False)
        loop.watch(connection.fileno(), self._read)
        self._timer = loop.later(PATIENCE_SECONDS, self._close)

    def _read(self) -> None:
        try:
            part = self._connection.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        self._buffer += part
        if b"\n" in part:
            self._buffer = self._answer(self._buffer.partition(b"\n")[0])
            self._loop.watch(self._connection.fileno(), self._write, write=True)
        elif not part or len(self._buffer) > LONGEST_REQUEST_BYTES:
            self._close()

    def _write(self) -> None:
        try:
            sent = self._connection.send(self._buffer)
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._buffer)
        self._buffer = self._buffer[sent:]
        if not self._buffer:
            self._close()

    def _close(self) -> None:
        self._timer.cancel()
        self._loop.forget(self._connection.fileno())
        self._connection.close()
        self._closed(self._connection)


def _listen(folder: str) -> socket.socket:
    """A listening socket in `folder`, reached through its descriptor: a socket's path may have 107 bytes only."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        path = f"/proc/self/fd/{descriptor}/{FILE}"
        if os.path.lexists(path):
            os.unlink(path)
        listener.bind(path)
    finally:
        os.umask(before)
        os.close(descriptor)
    listener.listen(64)
    listener.setblocking(False)
    return listener
