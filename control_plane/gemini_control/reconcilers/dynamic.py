"""One step of a task with a sandbox of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from gemini_core import steps, training
from gemini_core.observations import Observation, Record
from gemini_core.orders import STOP_GRACE_SECONDS
from gemini_core.reasons import Detail, Reason
from gemini_core.states import Target, TaskState
from gemini_core.training import End, Step
from sqlalchemy import Connection, RowMapping, select

from gemini_control.backends.base import Backend, StartFailed, TaskLaunch
from gemini_control.managers import mounts
from gemini_control.managers.admission import Admission
from gemini_control.managers.role_rows import roles_of
from gemini_control.reconcilers import endings, records
from gemini_control.reconcilers.endings import Ending
from gemini_control.store import progress
from gemini_control.store import tables as t
from gemini_control.store.database import Store

LOOK_WHILE_RUNNING = 5.0
LOOK_AT_END = 0.1
LOOKS_AT_END = 50
SIGHT_EVERY = 30.0
TRIES = 3
TRY_AGAIN = 1.0


class DynamicTasks:
    """Takes the step that core names; `reconcilers.tasks` calls it until there is none."""

    def __init__(self, store: Store, backend: Backend, admission: Admission) -> None:
        self.store = store
        self.backend = backend
        self.admission = admission
        self._failed_starts: dict[str, int] = {}
        self._looks: dict[str, int] = {}

    async def step(self, row: RowMapping) -> float | None:
        """Take the next step; seconds until the next look, None: not before it is woken."""
        sandbox = await self.backend.observe(row["id"])
        now = datetime.now(UTC)
        overdue = training.is_overdue(
            sandbox.started_at, row["max_duration_seconds"], STOP_GRACE_SECONDS, now.timestamp()
        )
        step = training.next_dynamic(TaskState(row["state"]), Target(row["target"]), sandbox, overdue)
        if step == Step.START:
            return await self._start(row)
        if step == Step.RUN:
            return await self._run(row, sandbox)
        if step == Step.STOP:
            await self.backend.stop(row["id"], STOP_GRACE_SECONDS)
            return 0.0
        if step == Step.FINISH:
            return await self._finish(row, sandbox, overdue)
        if step == Step.CANCEL:
            return await self._write(row, lambda tx, at: _cancel(tx, row, at))
        return await self._rest(row, now)

    async def _rest(self, row: RowMapping, now: datetime) -> float | None:
        if row["state"] == TaskState.QUEUED:
            return None
        if (now - row["last_seen_at"]).total_seconds() > SIGHT_EVERY:
            await self.store.write(lambda tx: self.admission.runs.sight(tx, row["run_id"], now))
        record = await asyncio.to_thread(records.read, self.backend.store, row["folder"], roles_of(row))
        if row["instances"] > 1 and endings.with_ranks(row["roles"], record) != row["roles"]:
            return await self._write(row, lambda tx, at: _note_ranks(tx, row, record))
        looks = self._looks.get(row["id"], 0)
        if record is None or not record.ended or looks > LOOKS_AT_END:
            return LOOK_WHILE_RUNNING
        # Process 1 ends right after it wrote that; what only claims it is not waited for so eagerly.
        self._looks[row["id"]] = looks + 1
        return LOOK_AT_END

    async def _start(self, row: RowMapping) -> float | None:
        if row["state"] == TaskState.ALLOCATING:
            return await self._write(row, lambda tx, at: _starting(tx, row, at))
        launch = await self.store.read(lambda tx: launch_of(tx, row, self.admission.queue_of(row)))
        try:
            await self.backend.start_task(launch)
        except StartFailed as failed:
            tries = self._failed_starts[row["id"]] = self._failed_starts.get(row["id"], 0) + 1
            if tries < TRIES:
                return tries * TRY_AGAIN
            return await self._give_up(row, str(failed))
        return 0.0

    async def _give_up(self, row: RowMapping, said: str) -> float | None:
        def write(tx: Connection, now: datetime) -> None:
            end = End(TaskState.FAILED, Reason.NODE)
            detail = str(Detail("detail.sandbox-failed", said.rstrip(".")))
            endings.finish(tx, self.admission, row, Ending(end, now, None, (), detail), now)

        self._failed_starts.pop(row["id"], None)
        return await self._write(row, write)

    async def _run(self, row: RowMapping, sandbox: Observation) -> float | None:
        def write(tx: Connection, now: datetime) -> None:
            began = progress.moment(sandbox.started_at) or now
            values = {"started_at": began, "steps": steps.finish(row["steps"], now.isoformat())}
            progress.move_task(tx, row["id"], TaskState.RUNNING, now, **values)

        self._failed_starts.pop(row["id"], None)
        return await self._write(row, write)

    async def _finish(self, row: RowMapping, sandbox: Observation, overdue: bool) -> float | None:
        record = await asyncio.to_thread(records.read, self.backend.store, row["folder"], roles_of(row))
        lines = await asyncio.to_thread(records.tail, self.backend.store, row["folder"], roles_of(row), record)
        end = training.end_of_dynamic(sandbox, record, Target(row["target"]), overdue)

        def write(tx: Connection, now: datetime) -> None:
            # Absent after it was alive: nobody saw its end, so it is charged to its last sight.
            unseen = row["last_seen_at"] if row["started_at"] is not None else now
            at = progress.moment(sandbox.ended_at or sandbox.last_seen) or unseen
            ending = Ending(end, at, record, lines, began=progress.moment(sandbox.started_at))
            endings.finish(tx, self.admission, row, ending, now)

        await self._write(row, write)
        self._looks.pop(row["id"], None)
        await self.backend.remove(row["id"])
        return 0.0

    async def _write(self, row: RowMapping, change: Callable[[Connection, datetime], None]) -> float | None:
        await self.store.write(lambda tx: change_if_still(tx, row, change))
        return 0.0


def change_if_still(tx: Connection, row: RowMapping, change: Callable[[Connection, datetime], None]) -> None:
    """Make a change if the task is still as it was looked at."""
    now = progress.task(tx, row["id"])
    if now is not None and (now["state"], now["target"]) == (row["state"], row["target"]):
        change(tx, datetime.now(UTC))


def launch_of(tx: Connection, row: RowMapping, queue: str | None = None) -> TaskLaunch:
    """What the backend starts; `queue` is the cluster's that it joins."""
    mounted = mounts.of(tx, [row["id"]])[row["id"]]
    index = tx.scalar(select(t.workspaces.c.number).where(t.workspaces.c.id == row["workspace_id"]))
    return TaskLaunch(
        id=row["id"],
        workspace_index=int(index or 0),
        roles=roles_of(row),
        cpu_cores=row["cpu_millicores"] / 1000,
        memory_bytes=row["memory_bytes"],
        gpus=tuple(row["gpu_indices"]),
        folder=row["folder"],
        code=f"snapshots/{row['snapshot']}",
        output=row["output"],
        data={one.slot: one.source for one in mounted if one.kind == "dataset"},
        pretrain={one.slot: one.source for one in mounted if one.kind == "model"},
        max_duration=row["max_duration_seconds"],
        workspace_id=row["workspace_id"],
        zone_id=row["zone_id"] or "",
        image=row["image"],
        gpu_type=row["gpu_type"],
        gpu_count=row["gpu_count"],
        queue=queue,
    )


def _cancel(tx: Connection, row: RowMapping, at: datetime) -> None:
    progress.move_task(tx, row["id"], TaskState.STOPPED, at, ended_at=at, **progress.why(Reason.USER_STOPPED))


def _note_ranks(tx: Connection, row: RowMapping, record: Record | None) -> None:
    progress.change_task(tx, row["id"], roles=endings.with_ranks(row["roles"], record))


def _starting(tx: Connection, row: RowMapping, at: datetime) -> None:
    reached = steps.reach(row["steps"], steps.START, at.isoformat())
    progress.move_task(tx, row["id"], TaskState.STARTING, at, steps=reached)
