"""The database: whether it can be read, whether it can be written, how large it is."""

from __future__ import annotations

import asyncio
import os
import time

from gemini_core.health import Health, Verdict, of_schema
from sqlalchemy import Connection, text

from gemini_control.probes.base import Fact, Finding, milliseconds, size
from gemini_control.store import migrate
from gemini_control.store.database import Store


class DatabaseProbe:
    """Begins a write and ends it: whoever else holds the lock keeps this one waiting as it keeps every other."""

    part = "database"
    overdue = Verdict(Health.FAILED, "database-locked")

    def __init__(self, store: Store) -> None:
        self.store = store
        self.needed = migrate.head()

    async def find(self) -> Finding:
        """Write nothing, read the version."""
        began = time.monotonic()
        await self.store.write(lambda tx: None)
        seconds = time.monotonic() - began
        version, bytes_ = await asyncio.gather(
            self.store.read(migrate.version_of), self.store.read(lambda tx: _size(tx, self.store))
        )
        facts = (
            Fact("engine", self.store.url.get_backend_name()),
            Fact("schema", version or "–"),
            Fact("size", size(bytes_)),
            milliseconds(seconds),
        )
        return Finding(of_schema(version, self.needed), facts)


def _size(tx: Connection, store: Store) -> int:
    if not store.sqlite:
        return int(tx.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    file = store.url.database or ""
    return sum(os.path.getsize(path) for path in (file, f"{file}-wal") if os.path.exists(path))
