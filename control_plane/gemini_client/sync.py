"""The client without `await`, for shells and notebooks: a loop of its own in a thread of its own."""

from __future__ import annotations

import asyncio
import inspect
import math
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future, wait
from typing import Any, TypeVar

from gemini_client.client import AsyncClient

_END = object()
HEAR_SECONDS = 0.2
Answer = TypeVar("Answer")


class Client:
    """As `AsyncClient`, each call waiting for its answer: `Client(url, token).environments.list()`.

    Streams (`events`, `tasks.follow_log`) are plain iterators. Close it, or use it in a `with`.
    """

    def __init__(self, url: str, token: str, language: str = "en") -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gemini-client", daemon=True)
        self._thread.start()
        self._client = AsyncClient(url, token, language)

    def __getattr__(self, name: str) -> Any:
        return _face(getattr(self._client, name), self._loop)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def language(self) -> str:
        """The language of messages."""
        return self._client.transport.language

    @property
    def url(self) -> str:
        """The API's base."""
        return self._client.transport.url

    def begin(self, work: Callable[[AsyncClient], Coroutine[Any, Any, Answer]]) -> Future[Answer]:
        """Begins `work` in the client's own loop and returns at once: for what goes on beside the caller."""
        return asyncio.run_coroutine_threadsafe(work(self._client), self._loop)

    def close(self) -> None:
        """Ends the loop and its thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


class _Face:
    """A resource whose methods wait."""

    def __init__(self, inner: object, loop: asyncio.AbstractEventLoop) -> None:
        self._inner = inner
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        return _face(getattr(self._inner, name), self._loop)


def _face(inner: Any, loop: asyncio.AbstractEventLoop) -> Any:
    if not callable(inner):
        return _Face(inner, loop) if type(inner).__module__.startswith("gemini_client.") else inner

    def call(*args: Any, **kwargs: Any) -> Any:
        answer = inner(*args, **kwargs)
        if inspect.iscoroutine(answer):
            return _wait(answer, loop)
        return _each(answer, loop) if isinstance(answer, AsyncIterator) else answer

    call.__doc__ = inner.__doc__
    return call


def outcome(future: Future[Answer], timeout: float | None = None) -> Answer:
    """What comes of the work; TimeoutError after `timeout` seconds. Ctrl-C cancels it and is passed on.

    The wait is in pieces: the kernel may give the signal to another thread, and then nothing ends one long wait.
    """
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    try:
        while not future.done():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            wait((future,), min(left, HEAR_SECONDS))
        return future.result()
    except KeyboardInterrupt:
        future.cancel()
        raise


def _wait(coroutine: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop) -> Any:
    return outcome(asyncio.run_coroutine_threadsafe(coroutine, loop))


def _each(stream: AsyncIterator[Any], loop: asyncio.AbstractEventLoop) -> Iterator[Any]:
    async def following() -> Any:
        return await anext(stream, _END)

    async def closing(close: Awaitable[None]) -> None:
        await close

    try:
        while (item := _wait(following(), loop)) is not _END:
            yield item
    finally:
        if hasattr(stream, "aclose"):
            _wait(closing(stream.aclose()), loop)
