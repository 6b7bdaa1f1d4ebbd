"""The event loop of process 1: descriptors, timers, signals, ended children. One thread, nothing else.

asyncio would double the memory of a process that every sandbox has.
"""

from __future__ import annotations

import heapq
import itertools
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable

LONGEST_WAIT_SECONDS = 60.0


class Timer:
    """Something to do later; `cancel` calls it off."""

    def __init__(self, due: float, callback: Callable[[], None]) -> None:
        self.due = due
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Calls it off; harmless when it is done."""
        self.callback = None


class Loop:
    """Runs callbacks until `stop`. A callback that raises is reported and the loop goes on: process 1 must not die.

    `on_child(pid, status)` hears of every child that ended, adopted orphans too;
    `on_childless()` is called each time the last child is gone.
    """

    def __init__(self) -> None:
        self.on_child: Callable[[int, int], None] = lambda pid, status: None
        self.on_childless: Callable[[], None] = lambda: None
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._signals: dict[int, Callable[[], None]] = {}
        self._code: int | None = None
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.watch(self._wake_read, self._take_signals)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        self.on_signal(signal.SIGCHLD, self.reap)

    def watch(self, descriptor: int, callback: Callable[[], None], write: bool = False) -> None:
        """Calls `callback` whenever `descriptor` can be read (with `write`: written)."""
        events = selectors.EVENT_WRITE if write else selectors.EVENT_READ
        if descriptor in self._selector.get_map():
            self._selector.modify(descriptor, events, callback)
        else:
            self._selector.register(descriptor, events, callback)

    def forget(self, descriptor: int) -> None:
        """No more calls for `descriptor`."""
        self._selector.unregister(descriptor)

    def later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Calls `callback` once, in `seconds`."""
        timer = Timer(time.monotonic() + seconds, callback)
        heapq.heappush(self._timers, (timer.due, next(self._numbers), timer))
        return timer

    def on_signal(self, number: int, callback: Callable[[], None]) -> None:
        """Calls `callback` (in the loop, not in the handler) after signal `number`."""
        self._signals[number] = callback
        signal.signal(number, _ignore_in_handler)
        signal.siginterrupt(number, False)

    def reap(self) -> None:
        """Collects every ended child."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self._call(self.on_childless)
                return
            if pid == 0:
                return
            self._call(lambda pid=pid, status=status: self.on_child(pid, status))  # type: ignore[misc]

    def stop(self, code: int) -> None:
        """Ends `run`, which returns `code`."""
        self._code = code

    def run(self) -> int:
        """Runs until `stop` and returns its code. Lets in the signals that waited since a fork."""
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        while self._code is None:
            for key, _ in self._selector.select(self._wait()):
                self._call(key.data)
            self._run_timers()
        return self._code

    def close(self) -> None:
        """Lets go of descriptors and signals (in a forked child that makes a loop of its own)."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _wait(self) -> float:
        while self._timers and self._timers[0][2].callback is None:
            heapq.heappop(self._timers)
        if not self._timers:
            return LONGEST_WAIT_SECONDS
        return min(max(self._timers[0][0] - time.monotonic(), 0), LONGEST_WAIT_SECONDS)

    def _run_timers(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            timer = heapq.heappop(self._timers)[2]
            if timer.callback is not None:
                callback, timer.callback = timer.callback, None
                self._call(callback)

    def _take_signals(self) -> None:
        # In their order: a request to end (15) that came before a child's end (17) was heard counts as one.
        for number in sorted(set(os.read(self._wake_read, 4096))):
            if number in self._signals:
                self._call(self._signals[number])

    def _call(self, callback: Callable[[], None]) -> None:
        try:
            callback()
        except Exception:  # noqa: BLE001 - the top of the loop
            sys.excepthook(*sys.exc_info())


def _ignore_in_handler(number: int, frame: object) -> None:
    """The work is done in the loop; a handler must be there so that the wake-up is written."""
