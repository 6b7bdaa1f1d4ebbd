"""Locks on the store that hold between all replicas that mount it: `flock` on a file, freed with whoever held it."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

FIRST_PAUSE = 0.01
LONGEST_PAUSE = 0.5


class FileLock:
    """One lock, by its file. In one process, too, each `held` is a holder of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @asynccontextmanager
    async def held(self, *, shared: bool = False) -> AsyncIterator[None]:
        """Hold it, alone or with others that share it; waits for as long as somebody else does."""
        file = self._open()
        try:
            pause = FIRST_PAUSE
            while not take(file, shared=shared):
                # No thread waits in the kernel: a wait can be given up.
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, 2 * pause)
            yield
        finally:
            os.close(file)

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            return os.open(self.path, flags, 0o600)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            return os.open(self.path, flags, 0o600)


def take(file: int, *, shared: bool = False) -> bool:
    """Lock an open file for as long as it is open; False where somebody else holds it."""
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
