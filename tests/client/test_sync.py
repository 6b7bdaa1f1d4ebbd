"""The client that waits: an interrupt is heard wherever it lands."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import Future

import pytest
from gemini_client.sync import outcome


@pytest.mark.timeout(20)
def test_an_interrupt_of_another_thread_is_heard() -> None:
    """Covers: NB-2. The kernel chooses the thread that gets Ctrl-C; the work is cancelled all the same."""
    future: Future[None] = Future()
    other = threading.Thread(target=time.sleep, args=(5,), daemon=True)
    other.start()
    assert other.ident is not None
    later = threading.Timer(0.5, signal.pthread_kill, (other.ident, signal.SIGINT))
    later.start()
    with pytest.raises(KeyboardInterrupt):
        outcome(future)
    assert future.cancelled()


def test_what_takes_too_long_is_said() -> None:
    """Covers: NB-1."""
    future: Future[None] = Future()
    with pytest.raises(TimeoutError):
        outcome(future, 0.1)
    assert not future.done()
