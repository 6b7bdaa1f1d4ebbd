"""Remembers what was read for as long as nothing in the database changes, whoever would change it.

SQLite tells each connection whether another has committed since it looked last (`PRAGMA data_version`). So nobody has
to say what a change touches, and nothing is ever shown that is no longer so. Elsewhere nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

MOST = 512
_SEEN = "gemini_data_version"
T = TypeVar("T")


class Unchanged(Generic[T]):
    """Values by key; all are forgotten with the first commit. Used by several readers at once."""

    def __init__(self, lasts: Callable[[T], bool]) -> None:
        """`lasts` says whether a value stays true by itself as long as the database does not change."""
        self._lasts = lasts
        self._lock = Lock()
        self._kept: dict[Hashable, T] = {}
        self._generation = 0

    def get(self, tx: Connection, key: Hashable, read: Callable[[], T]) -> T:
        """What is remembered under `key`, else what `read` finds in the transaction of `tx`."""
        if tx.dialect.name != "sqlite":
            return read()
        generation = self._look(tx)
        found = self._kept.get(key)
        if found is None:
            found = read()
            if self._lasts(found):
                self._keep(generation, key, found)
        return found

    def _look(self, tx: Connection) -> int:
        # The first statement of the transaction: all that follows sees the database as of this number.
        seen: Any = tx.exec_driver_sql("PRAGMA data_version").scalar()
        with self._lock:
            if tx.info.get(_SEEN) != seen:
                tx.info[_SEEN] = seen
                self._kept = {}
                self._generation += 1
            return self._generation

    def _keep(self, generation: int, key: Hashable, value: T) -> None:
        with self._lock:
            # What another reader saw change meanwhile was read before that.
            if generation == self._generation and len(self._kept) < MOST:
                self._kept[key] = value
