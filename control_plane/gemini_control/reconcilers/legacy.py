"""What stays of a deleted environment: the records and logs of its tasks, moved to where a task's own folder lies."""

from __future__ import annotations

import asyncio
import errno
import os
from functools import partial
from pathlib import Path

from gemini_core.errors import Conflict, NotFound
from gemini_core.states import TASK_ENDED
from gemini_sandbox.trees import remove_tree
from sqlalchemy import Connection, RowMapping, select

from gemini_control.files import confined
from gemini_control.store import progress
from gemini_control.store import tables as t
from gemini_control.store.database import Store

NOTHING_TO_MOVE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EEXIST, errno.ENOTEMPTY)
"""What a rename says where there is no folder of a task, or where it was moved before; all else is tried again."""


class Legacy:
    """Works on the folders of one store, whose owner inside is gone when it is asked to."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder

    async def keep(self, environment_id: str) -> bool:
        """Move what is to stay and remove the rest; False while a task of it has not ended. Safe to repeat."""
        rows = await self.store.read(lambda tx: _tasks(tx, environment_id))
        if any(row["state"] not in TASK_ENDED for row in rows):
            return False
        for row in rows:
            if row["folder"].startswith("environments/"):
                await asyncio.to_thread(self._move, environment_id, row["id"])
                await self.store.write(partial(_moved, task_id=row["id"]))
        await asyncio.to_thread(remove_tree, self.folder / "environments" / environment_id)
        return True

    def _move(self, environment_id: str, task_id: str) -> None:
        target = self.folder / _kept(task_id)
        target.parent.mkdir(parents=True, exist_ok=True)
        # Root inside may have put a link in its place: so the link itself is moved, never followed.
        source = ("environments", environment_id, "tasks")
        try:
            with confined.folder(self.folder, source) as parent:
                os.rename(task_id, target, src_dir_fd=parent)
        except (OSError, NotFound, Conflict) as error:
            if isinstance(error, OSError) and error.errno not in NOTHING_TO_MOVE:
                raise
            target.mkdir(exist_ok=True)


def _moved(tx: Connection, task_id: str) -> None:
    progress.change_task(tx, task_id, folder=_kept(task_id))


def _kept(task_id: str) -> str:
    return f"tasks/{task_id}"


def _tasks(tx: Connection, environment_id: str) -> list[RowMapping]:
    rows = t.tasks
    query = select(rows.c.id, rows.c.state, rows.c.folder).where(rows.c.environment_id == environment_id)
    return list(tx.execute(query).mappings())
