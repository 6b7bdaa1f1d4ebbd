"""What a crash leaves on disk between a file and its row: taken away at the next start, before requests come."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from gemini_sandbox.trees import remove_tree
from sqlalchemy import Connection, select

from gemini_control.home import Home
from gemini_control.managers.snapshots import Snapshots
from gemini_control.store import tables as t
from gemini_control.store.database import Store


class Leftovers:
    """One of the platform's background works (`background.Background`). Versions and blobs are swept by `Versions`."""

    def __init__(self, store: Store, home: Home) -> None:
        self.store = store
        self.home = home

    async def start(self) -> None:
        """Half uploads, snapshots without a task, and what belonged to deleted projects, datasets and models."""
        snapshots, projects, assets = await self.store.read(_known)
        await asyncio.to_thread(self._sweep, snapshots, projects, assets)

    async def stop(self) -> None:
        """Nothing is under way."""

    def _sweep(self, snapshots: set[str], projects: set[str], assets: set[str]) -> None:
        Snapshots(self.home.store).sweep(snapshots)
        _remove(_inside(self.home.store / "uploads"))
        _remove(one for one in _inside(self.home.store / "projects") if one.name not in projects)
        _remove(one for one in _inside(self.home.drafts) if one.name not in assets)


def _known(tx: Connection) -> tuple[set[str], set[str], set[str]]:
    projects, assets = t.projects.c, t.assets.c
    return (
        set(tx.scalars(select(t.tasks.c.snapshot).where(t.tasks.c.snapshot.is_not(None)).distinct())),
        set(tx.scalars(select(projects.id).where(projects.deleted_at.is_(None)))),
        set(tx.scalars(select(assets.id).where(assets.deleted_at.is_(None)))),
    )


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _remove(found: Iterable[Path]) -> None:
    for one in found:
        remove_tree(one)
