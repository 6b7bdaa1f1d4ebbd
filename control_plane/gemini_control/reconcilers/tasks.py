"""Moves tasks: wakes each that is not at rest, on its row, its folder, its environment and the clock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Collection
from datetime import UTC, datetime

from gemini_core.ids import of_kind
from gemini_core.states import TASK_ENDED, LaunchMode, TaskState
from sqlalchemy import Connection, RowMapping, or_, select

from gemini_control.backends.base import Backend
from gemini_control.background import Loops
from gemini_control.files.watching import Watch
from gemini_control.hub import Hub
from gemini_control.managers.admission import Admission
from gemini_control.reconcilers.dynamic import DynamicTasks
from gemini_control.reconcilers.existing import ExistingTasks
from gemini_control.reconcilers.workqueue import WorkQueue
from gemini_control.store import progress
from gemini_control.store import tables as t
from gemini_control.store.database import Store

RESYNC = 30.0
SWEEP = 120.0
log = logging.getLogger("gemini.tasks")


class TaskReconciler:
    """One of the platform's background works (`background.Background`)."""

    def __init__(self, store: Store, hub: Hub, backend: Backend, admission: Admission) -> None:
        self.store = store
        self.backend = backend
        self.admission = admission
        self.dynamic = DynamicTasks(store, backend, admission)
        self.existing = ExistingTasks(store, hub, backend, admission)
        self.queue = WorkQueue("tasks", self.reconcile)
        self.watch: Watch | None = None
        self._loops = Loops()
        self._moved = asyncio.Event()
        # Environments whose tasks are to be looked at; with "" in it, all tasks that are not at rest.
        self._hosts: set[str] = set()

    async def start(self) -> None:
        """Find everything again, then follow what changes."""
        self.queue.open()
        self.watch = Watch(self.queue.wake)
        undo = [
            self.store.follow(progress.TASKS_TOPIC, self._on_task),
            self.store.follow(progress.ENVIRONMENTS_TOPIC, self._on_environment),
            self.backend.subscribe(self._on_sight),
        ]
        self._on_environment("")
        self._loops.begin(self._follow, self._resync, self._sweep, undo=undo)

    async def stop(self) -> None:
        """End everything under way."""
        await self._loops.end()
        await self.queue.close()
        if self.watch is not None:
            self.watch.close()
            self.watch = None

    def _on_sight(self, holder: str) -> None:
        if of_kind(holder, "task"):
            self.queue.wake(holder)

    def _on_task(self, task_id: str) -> None:
        # One alone: if each change of a task had all others looked at, a thousand would do nothing else.
        if task_id:
            self.queue.wake(task_id)
        else:
            self._on_environment("")

    def _on_environment(self, environment_id: str) -> None:
        self._hosts.add(environment_id)
        self._moved.set()

    async def _follow(self) -> None:
        while True:
            await self._moved.wait()
            self._moved.clear()
            hosts, self._hosts = self._hosts, set()
            await self._wake(set() if "" in hosts else hosts)

    async def _resync(self) -> None:
        while True:
            await asyncio.sleep(RESYNC)
            await self._wake()
            await self._guarded(self.store.write(lambda tx: self.admission.admit(tx, datetime.now(UTC))))

    async def _sweep(self) -> None:
        """Forget sandboxes of tasks that ended while we were away, or while the backend was."""
        while True:
            await self._guarded(self._forget_ended())
            await asyncio.sleep(SWEEP)

    async def _forget_ended(self) -> None:
        held = await self.backend.holders()
        query = select(t.tasks.c.id).where(t.tasks.c.id.in_(held), t.tasks.c.state.in_(TASK_ENDED))
        for task_id in await self.store.read(lambda tx: list(tx.scalars(query))):
            await self.backend.remove(task_id)

    async def _wake(self, hosts: Collection[str] = ()) -> None:
        """Look at all that are not at rest, or at those in the environments `hosts`."""
        rows = t.tasks
        # What waits is moved by admission, in the transactions that make room.
        resting = [*TASK_ENDED, TaskState.QUEUED]
        query = select(rows.c.id).where(or_(rows.c.state.not_in(resting), rows.c.clearing))
        if hosts:
            query = query.where(rows.c.environment_id.in_(hosts))

        async def wake() -> None:
            for found in await self.store.read(lambda tx: list(tx.scalars(query))):
                self.queue.wake(found)

        await self._guarded(wake())

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception:  # the top of the loops: said, and tried again by the next one
            log.warning("Tasks could not be looked at", exc_info=True)

    async def reconcile(self, task_id: str) -> float | None:
        """Take the next step of one task; seconds until the next look, None until it is woken."""
        row = await self.store.read(lambda tx: _read(tx, task_id))
        if row is None or row["state"] in TASK_ENDED:
            if self.watch is not None:
                self.watch.remove(task_id)
            return None
        if self.watch is not None:
            self.watch.add(task_id, self.backend.store / row["folder"])
        if row["mode"] == LaunchMode.EXISTING:
            return await self.existing.step(row)
        return await self.dynamic.step(row)


def _read(tx: Connection, task_id: str) -> RowMapping | None:
    """The row of a task with the last sight of its run."""
    query = select(t.tasks, t.runs.c.last_seen_at).outerjoin(t.runs, t.runs.c.id == t.tasks.c.run_id)
    return tx.execute(query.where(t.tasks.c.id == task_id)).mappings().first()
