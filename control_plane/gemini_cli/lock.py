"""One supervisor for one GEMINI_HOME."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gemini_cli.errors import Refusal
from gemini_cli.words import say

ALREADY_RUNNING = 3


@contextmanager
def platform_lock(home: Path) -> Iterator[None]:
    """Holds `platform.lock` of the folder. Refusal says which process holds it; a dead process holds nothing."""
    with open(os.open(home / "platform.lock", os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read().strip() or "?"
            sentence = "The platform of {home} is running already (process {holder}). Set GEMINI_HOME for another one."
            raise Refusal(say(sentence, home=home, holder=holder), ALREADY_RUNNING) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
