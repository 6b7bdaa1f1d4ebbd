"""What a crash leaves on disk between a file and its row: taken away when the next leader begins.

Other replicas may be at work meanwhile. So the folders are listed before the rows are read: where the row comes first
it is there. Where the folder comes first (snapshots, versions), making and sweeping exclude each other; an upload is
locked by who writes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from gemini_sandbox.trees import remove_tree
from sqlalchemy import Connection, select

from gemini_control.files import upload
from gemini_control.home import Home
from gemini_control.managers.snapshots import Snapshots
from gemini_control.managers.versions import Versions
from gemini_control.store import tables as t
from gemini_control.store.database import Store


class Leftovers:
    """One of the leader's works (`background.Background`)."""

    def __init__(self, store: Store, home: Home, versions: Versions) -> None:
        self.store = store
        self.home = home
        self.versions = versions

    async def start(self) -> None:
        """Half uploads, snapshots without a task, and what belonged to deleted projects, datasets and models."""
        folders = await asyncio.to_thread(lambda: _inside(self.home.store / "projects") + _inside(self.home.drafts))
        snapshots = Snapshots(self.home.store)
        async with snapshots.taking.held():
            taken, owners = await self.store.read(_known)
            await asyncio.to_thread(snapshots.sweep, taken)
        await asyncio.to_thread(_remove, [one for one in folders if one.name not in owners])
        await asyncio.to_thread(upload.sweep, self.home.uploads)
        await self.versions.sweep()

    async def stop(self) -> None:
        """Nothing is under way."""


def _known(tx: Connection) -> tuple[set[str], set[str]]:
    """The snapshots that tasks have, and the projects, datasets and models that are there."""
    snapshots = select(t.tasks.c.snapshot).where(t.tasks.c.snapshot.is_not(None)).distinct()
    owners = [select(rows.c.id).where(rows.c.deleted_at.is_(None)) for rows in (t.projects, t.assets)]
    return set(tx.scalars(snapshots)), {one for query in owners for one in tx.scalars(query)}


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _remove(found: Iterable[Path]) -> None:
    for one in found:
        remove_tree(one)
