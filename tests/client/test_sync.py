"""The client that waits: an interrupt is heard wherever it lands."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import Future

import pytest
from gemini_client.sync import outcome

INTERRUPTED = """
import signal, threading, time
from concurrent.futures import Future
from gemini_client.sync import outcome

signal.signal(signal.SIGINT, signal.default_int_handler)
future = Future()
other = threading.Thread(target=time.sleep, args=(30,), daemon=True)
other.start()
threading.Timer(2, signal.pthread_kill, (other.ident, signal.SIGINT)).start()
try:
    outcome(future)
except KeyboardInterrupt:
    print("heard", future.cancelled())
"""


def test_an_interrupt_of_another_thread_is_heard() -> None:
    """Covers: NB-2. The kernel chooses the thread that gets Ctrl-C; the work is cancelled all the same."""
    # A process of its own: who runs the tests may have made the signal mean something else.
    argv = [
        sys.executable,
        "-c",
        f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler){INTERRUPTED}",
    ]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    assert done.stdout == "heard True\n", done.stderr


def test_what_takes_too_long_is_said() -> None:
    """Covers: NB-1."""
    future: Future[None] = Future()
    with pytest.raises(TimeoutError):
        outcome(future, 0.1)
    assert not future.done()
