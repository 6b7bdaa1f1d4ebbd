"""One step of a task with a sandbox of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

from gemini_core import steps, training
from gemini_core.observations import Failure, Observation, Presence, Record
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
from gemini_control.reconcilers.patience import Patience
from gemini_control.store import progress
from gemini_control.store import tables as t
from gemini_control.store.database import Store

LOOK_WHILE_RUNNING = 5.0
LOOK_WHILE_COMING = 20.0
LOOK_AT_END = 0.1
LOOKS_AT_END = 50
SIGHT_EVERY = 30.0
TRIES = 3
TRY_AGAIN = 1.0
UNKNOWN = Failure(Reason.NODE, Detail("detail.lost"))


class DynamicTasks:
    """Takes the step that core names; `reconcilers.tasks` calls it until there is none."""

    def __init__(self, store: Store, backend: Backend, admission: Admission) -> None:
        self.store = store
        self.backend = backend
        self.admission = admission
        self._failed_starts: dict[str, int] = {}
        self._looks: dict[str, int] = {}
        self._ran = Patience()
        self._waited = Patience()

    async def step(self, row: RowMapping) -> float | None:
        """Take the next step; seconds until the next look, None: not before it is woken."""
        if row["clearing"] and row["state"] == TaskState.QUEUED:
            return await self._clear(row)
        sandbox = await self.backend.observe(row["id"])
        now = datetime.now(UTC)
        overdue = self._is_overdue(row, sandbox)
        step = training.next_dynamic(TaskState(row["state"]), Target(row["target"]), sandbox, overdue)
        acts: dict[Step, Callable[[], Awaitable[float | None]]] = {
            Step.START: lambda: self._start(row),
            Step.COME: lambda: self._come(row, sandbox),
            Step.GIVE_UP: lambda: self._give_up(row, sandbox.failure or UNKNOWN),
            Step.RUN: lambda: self._run(row, sandbox),
            Step.STOP: lambda: self._stop(row),
            Step.FINISH: lambda: self._finish(row, sandbox, overdue),
            Step.CANCEL: lambda: self._write(row, lambda tx, at: _cancel(tx, row, at)),
            Step.REST: lambda: self._rest(row, sandbox, now),
        }
        return await acts[step]()

    def _is_overdue(self, row: RowMapping, sandbox: Observation) -> bool:
        """By the time that passed while we looked: a wall clock that is set must end nobody's work."""
        ran = self._ran.seconds(row["id"], sandbox.started_at is not None)
        waited = self._waited.seconds(row["id"], training.is_bound(sandbox))
        overdue = training.is_overdue(ran, row["max_duration_seconds"], STOP_GRACE_SECONDS)
        return overdue or training.is_stuck(sandbox, waited)

    async def _clear(self, row: RowMapping) -> float | None:
        """Take away what the last attempt left; only then may it be admitted again."""

        def write(tx: Connection, now: datetime) -> None:
            progress.change_task(tx, row["id"], clearing=False)
            self.admission.admit(tx, now)

        await self.backend.remove(row["id"])
        absent = (await self.backend.observe(row["id"])).state == Presence.ABSENT
        if not absent or row["id"] in await self.backend.holders() or self.admission.stands(row["id"]):
            return TRY_AGAIN
        await asyncio.to_thread(records.forget, self.backend.store, row["folder"], roles_of(row))
        return await self._write(row, write)

    async def _stop(self, row: RowMapping) -> float | None:
        await self.backend.stop(row["id"], STOP_GRACE_SECONDS)
        return 0.0

    async def _rest(self, row: RowMapping, sandbox: Observation, now: datetime) -> float | None:
        if row["state"] == TaskState.QUEUED:
            return None
        seen, before = progress.moment(sandbox.last_seen) or now, row["last_seen_at"]
        if before is not None and (seen - before).total_seconds() > SIGHT_EVERY:
            await self.store.write(lambda tx: self.admission.runs.sight(tx, row["run_id"], seen))
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
        # On a cluster it is allocated when it is on a node; that is seen after it was asked for.
        if row["state"] == TaskState.ALLOCATING and row["run_id"] is not None:
            return await self._write(row, lambda tx, at: _starting(tx, row, at))
        launch = replace(await self.store.read(lambda tx: launch_of(tx, row)), queue=self.admission.queue_of(row))
        try:
            await self.backend.start_task(launch)
        except StartFailed as failed:
            tries = self._failed_starts[row["id"]] = self._failed_starts.get(row["id"], 0) + 1
            if tries < TRIES and not (failed.failure and failed.failure.final):
                return tries * TRY_AGAIN
            said = Failure(Reason.NODE, Detail("detail.sandbox-failed", str(failed).rstrip(".")))
            return await self._give_up(row, failed.failure or said)
        return 0.0

    async def _give_up(self, row: RowMapping, failure: Failure) -> float | None:
        """It never ran and never will: nothing of it is left, and what it held is charged to its end."""
        seen = await self.backend.stop(row["id"], STOP_GRACE_SECONDS)

        def write(tx: Connection, now: datetime) -> None:
            self.admission.allocated(tx, row, seen.allocated_at, now)
            current = progress.task(tx, row["id"]) or row
            at = progress.moment(seen.ended_at) or now
            end = End(TaskState.FAILED, failure.reason, detail=failure.detail)
            endings.finish(tx, self.admission, current, Ending(end, at, None, ()), now)

        self._failed_starts.pop(row["id"], None)
        self._waited.forget(row["id"])
        await self._write(row, write)
        await self.backend.remove(row["id"])
        return 0.0

    async def _come(self, row: RowMapping, sandbox: Observation) -> float | None:
        """Show how far it has got and what keeps it; from the moment on that it is on a node it costs."""
        failure = sandbox.failure
        why = progress.why(None) if failure is None else progress.why(failure.reason, str(failure.detail))
        bound = sandbox.allocated_at is not None

        def write(tx: Connection, now: datetime) -> None:
            values = {"steps": steps.reach(row["steps"], steps.of_stage(sandbox.stage), now.isoformat()), **why}
            self.admission.allocated(tx, row, sandbox.allocated_at, now)
            self.admission.runs.sight(tx, row["run_id"], progress.moment(sandbox.last_seen) or now)
            if bound and row["state"] == TaskState.ALLOCATING:
                progress.move_task(tx, row["id"], TaskState.STARTING, now, **values)
            elif any(row[key] != value for key, value in values.items()):
                progress.change_task(tx, row["id"], **values)

        await self._write(row, write)
        return LOOK_WHILE_COMING

    async def _run(self, row: RowMapping, sandbox: Observation) -> float | None:
        def write(tx: Connection, now: datetime) -> None:
            began = progress.moment(sandbox.started_at) or now
            self.admission.allocated(tx, row, sandbox.allocated_at or sandbox.started_at, now)
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
            unseen = (row["last_seen_at"] or now) if row["started_at"] is not None else now
            at = progress.moment(sandbox.ended_at or sandbox.last_seen) or unseen
            ending = Ending(end, at, record, lines, began=progress.moment(sandbox.started_at))
            self.admission.allocated(tx, row, sandbox.allocated_at, now)
            endings.finish(tx, self.admission, progress.task(tx, row["id"]) or row, ending, now)

        await self._write(row, write)
        self._looks.pop(row["id"], None)
        self._ran.forget(row["id"])
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
        priority=row["priority"],
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
