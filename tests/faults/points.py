"""Points at which a control plane can die: after each commit, before and after each call out of it, before each
change of a file. A life counts them; at the one that was chosen it stops for good, as `kill -9` does it: nothing of it
runs on, no `finally`, no `except`.

Where it dies, a coroutine waits for ever and a thread sleeps; both are let go (with `Crash`) when the test has looked.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
WRITES = ("write", "fsync")
"""Of these no audit event tells."""
FILE_EVENTS = ("open", "os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir")
LOOKS = ("server", "ready_servers", "progress", "holders", "observe", "key", "usage")
"""Calls that change nothing: one point for all of them between two changes, where the world stays the same."""


class Crash(BaseException):
    """What ends the frozen parts of a dead life after the test has looked; nothing of the product catches it."""


@dataclass
class Points:
    """The points of one life. `chosen` is the one to die at (None: none); `met` are those that came, in order."""

    chosen: str | None = None
    counting: bool = False
    met: list[str] = field(default_factory=list)
    dead: threading.Event = field(default_factory=threading.Event)
    buried: threading.Event = field(default_factory=threading.Event)
    on_death: Callable[[], None] = lambda: None
    on_file: Callable[[str, str], None] = lambda event, point: None
    _counts: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: str = "start"
    _frozen: int = 0

    @property
    def frozen(self) -> int:
        """How many threads stand still."""
        return self._frozen

    def note(self, name: str, *, look: bool = False) -> bool:
        """A point is reached: whether the life is dead from here on."""
        with self._lock:
            if self.dead.is_set() or not self.counting:
                return self.dead.is_set()
            point = self._name(name, look)
            if point in self.met or (look and self._last == "start"):
                return False
            self.met.append(point)
            if point != self.chosen:
                return False
            self.dead.set()
        self.on_death()
        return True

    def _name(self, name: str, look: bool) -> str:
        if look:
            return f"a look since [{self._last}]"
        if name.startswith("file "):
            # The folders on the way to one are made one after the other.
            return name
        self._counts[name] = self._counts.get(name, 0) + 1
        self._last = f"{name} #{self._counts[name]}"
        return self._last

    async def reach(self, name: str, *, look: bool = False) -> None:
        """As `note`, on the event loop; never returns in a dead life."""
        if self.note(name, look=look):
            await self.stand()

    async def stand(self) -> None:
        """Stand still until the burial."""
        if self.buried.is_set():
            raise Crash
        await asyncio.get_running_loop().create_future()
        raise Crash

    def reach_in_thread(self, name: str) -> None:
        """As `reach`, in a thread."""
        if not self.note(name):
            return
        with self._lock:
            self._frozen += 1
        self.buried.wait()
        raise Crash


class Pool(ThreadPoolExecutor):
    """The threads of a life: what they do to files are points, and one can wait until all are done or frozen."""

    prefix = "life"

    def __init__(self, points: Points) -> None:
        super().__init__(8, self.prefix)
        self.points = points
        self._busy = 0
        self._count = threading.Condition()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """As a pool does, counted."""
        with self._count:
            self._busy += 1

        def work() -> Any:
            _of_thread.points = self.points
            try:
                if self.points.dead.is_set():
                    raise Crash
                return fn(*args, **kwargs)
            finally:
                _of_thread.points = None
                with self._count:
                    self._busy -= 1
                    self._count.notify_all()

        return super().submit(work)

    def quiet(self, seconds: float = 10.0) -> None:
        """Return when no thread works: all are done or frozen."""
        with self._count:
            assert self._count.wait_for(lambda: self._busy <= self.points.frozen, seconds), "a thread works on"


_of_thread = threading.local()


def _on_event(event: str, args: tuple[Any, ...]) -> None:
    if event in FILE_EVENTS and (event != "open" or _writes(args)):
        _touch(event)


def _touch(event: str) -> None:
    points: Points | None = getattr(_of_thread, "points", None)
    if points is None or points.buried.is_set():
        return
    name = f"file {event.removeprefix('os.')} by {_caller()}"
    points.reach_in_thread(name)
    points.on_file(event, name)


def _writes(args: tuple[Any, ...]) -> bool:
    return isinstance(args[2], int) and bool(args[2] & WRITING)


def _caller() -> str:
    """The function of the product that is about to change a file."""
    frame = sys._getframe(2)
    while frame.f_back is not None and "gemini_" not in frame.f_code.co_filename:
        frame = frame.f_back
    return frame.f_code.co_qualname if "gemini_" in frame.f_code.co_filename else "a thread"


@functools.cache
def watch_files() -> None:
    """Make every change of a file by a life's threads a point (an audit hook of Python's own, set once)."""
    sys.addaudithook(_on_event)
    for name in WRITES:
        setattr(os, name, _watched(name, getattr(os, name)))


def _watched(event: str, call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def watched(*args: Any) -> Any:
        _touch(event)
        return call(*args)

    return watched


class Tried:
    """A collaborator whose every call is two points: before it and after it. All else of it is as it is."""

    def __init__(self, inner: Any, name: str, points: Points) -> None:
        self._inner = inner
        self._named = name
        self._points = points

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        said = f"{self._named}.{name}"
        if inspect.iscoroutinefunction(found):
            return self._call(found, said, name in LOOKS)
        if inspect.isasyncgenfunction(found):
            return self._stream(found, said)
        return found

    def _call(self, inner: Callable[..., Any], said: str, look: bool) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            await self._points.reach(f"before {said}", look=look)
            try:
                return await inner(*args, **kwargs)
            finally:
                await self._points.reach(f"after {said}", look=look)

        return call

    def _stream(self, inner: Callable[..., Any], said: str) -> Callable[..., AsyncIterator[Any]]:
        async def stream(*args: Any) -> AsyncIterator[Any]:
            await self._points.reach(f"before {said}", look=True)
            async for event in inner(*args):
                await self._points.reach(f"event of {said}", look=True)
                yield event

        return stream


class TriedFiles(Tried):
    """As `Tried`, of one that works on files in a life's threads: the end of each call is a point."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not inspect.ismethod(found):
            return super().__getattr__(name)

        def call(*args: Any, **kwargs: Any) -> Any:
            result = found(*args, **kwargs)
            if inspect.iscoroutine(result):
                return self._awaited(result, f"after {self._named}.{name}")
            points: Points | None = getattr(_of_thread, "points", None)
            if points is not None:
                points.reach_in_thread(f"after {self._named}.{name}")
            return result

        return call

    async def _awaited(self, work: Any, said: str) -> Any:
        result = await work
        await self._points.reach(said)
        return result
