"""How long something has been seen to go on, by a clock that nobody sets."""

from __future__ import annotations

import time


class Patience:
    """Counts from the first time that this process saw it: after a restart it begins anew."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def seconds(self, key: str, going_on: bool = True) -> float:
        """Seconds since it was first asked for while it went on; 0 where it does not."""
        if not going_on:
            self.forget(key)
            return 0.0
        now = time.monotonic()
        return now - self._since.setdefault(key, now)

    def forget(self, key: str) -> None:
        """It is over."""
        self._since.pop(key, None)
