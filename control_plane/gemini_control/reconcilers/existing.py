"""One step of a task inside an environment: orders to its runner, ends from its record."""

from __future__ import annotations

import asyncio
import errno
from datetime import datetime
from typing import Any

from gemini_core import training
from gemini_core.errors import Unavailable
from gemini_core.observations import Record
from gemini_core.orders import Work, make_order
from gemini_core.reasons import Reason
from gemini_core.states import EnvironmentState, Target, TaskState
from gemini_core.training import End, Host, Step
from sqlalchemy import Connection, RowMapping, select

from gemini_control.backends.base import Backend, Inside
from gemini_control.hub import Hub, HubRefused
from gemini_control.managers import mounts, runs
from gemini_control.managers.admission import Admission
from gemini_control.managers.launch_plans import binds_of
from gemini_control.managers.role_rows import roles_of
from gemini_control.managers.snapshots import Snapshots
from gemini_control.reconcilers import endings, records
from gemini_control.reconcilers.dynamic import change_if_still
from gemini_control.reconcilers.endings import Ending
from gemini_control.reconcilers.patience import Patience
from gemini_control.store import progress
from gemini_control.store import tables as t
from gemini_control.store.database import Store

DELIVERY_LIMIT = 120.0
"""Seconds after which an order that nobody takes is given up."""
ANSWER_SECONDS = 10.0
TRY_AGAIN = 1.0
LOOK_WHILE_RUNNING = 5.0
UNKNOWN_TASK = 404
REFUSED = (400, 422)


class ExistingTasks:
    """Takes the step that core names; `reconcilers.tasks` calls it until there is none."""

    def __init__(self, store: Store, hub: Hub, backend: Backend, admission: Admission) -> None:
        self.store = store
        self.hub = hub
        self.backend = backend
        self.admission = admission
        self.snapshots = Snapshots(backend.store)
        self._undelivered = Patience()

    async def step(self, row: RowMapping) -> float | None:
        """Take the next step; seconds until the next look, None: not before it is woken."""
        environment, run = await self.store.read(lambda tx: _host(tx, row))
        record = await asyncio.to_thread(records.read, self.backend.store, row["folder"])
        host = host_of(row, environment, run)
        step = training.next_existing(TaskState(row["state"]), Target(row["target"]), record, host)
        if step == Step.START:
            return await self._order(row, environment)
        if step == Step.STOP:
            return await self._stop(row, environment, record)
        if step == Step.RUN:
            return await self._run(row, record)
        if step == Step.FINISH:
            return await self._finish(row, record, host, run)
        return LOOK_WHILE_RUNNING

    async def _order(self, row: RowMapping, environment: RowMapping) -> float | None:
        store = self.backend.store
        target = store / "environments" / environment["id"] / "snapshots" / row["id"]
        await asyncio.to_thread(self.snapshots.place, row["snapshot"], target)
        index, inside = await self.store.read(lambda tx: _inside(tx, row, environment))
        try:
            await self.backend.prepare(index, (row["output"],))
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTDIR, errno.ELOOP):
                raise
            # Something that is no folder has its name.
            return await self._give_up(row, Reason.CONFIGURATION, error.strerror or "")
        places = self.backend.places_in(inside)
        work = Work(row["id"], roles_of(row), places, max_duration=row["max_duration_seconds"])
        try:
            await self._ask(environment, "gemini/runner/tasks", make_order(work))
        except (Unavailable, HubRefused) as error:
            return await self._not_taken(row, error)
        self._undelivered.forget(row["id"])
        return TRY_AGAIN

    async def _not_taken(self, row: RowMapping, error: Unavailable | HubRefused) -> float | None:
        if isinstance(error, HubRefused) and error.status in REFUSED:
            return await self._give_up(row, Reason.CONFIGURATION, error.text)
        if self._undelivered.seconds(row["id"]) > DELIVERY_LIMIT:
            return await self._give_up(row, Reason.NODE, "detail.order-undelivered")
        return TRY_AGAIN

    async def _give_up(self, row: RowMapping, reason: Reason, detail: str) -> float | None:
        def write(tx: Connection, now: datetime) -> None:
            ending = Ending(End(TaskState.FAILED, reason), now, None, (), detail)
            endings.finish(tx, self.admission, row, ending, now)

        self._undelivered.forget(row["id"])
        await self.store.write(lambda tx: change_if_still(tx, row, write))
        return 0.0

    async def _stop(self, row: RowMapping, environment: RowMapping, record: Record | None) -> float | None:
        try:
            await self._ask(environment, f"gemini/runner/tasks/{row['id']}/stop", {})
        except Unavailable:
            return TRY_AGAIN
        except HubRefused as refused:
            if refused.status == UNKNOWN_TASK and record is None:
                # The order never reached the runner: there is nothing to end.
                return await self._finish(row, None, Host(alive=True), None)
        return TRY_AGAIN

    async def _run(self, row: RowMapping, record: Record | None) -> float | None:
        def write(tx: Connection, now: datetime) -> None:
            began = endings.claimed(record, row, now) or now
            roles = endings.with_ranks(row["roles"], record)
            progress.move_task(tx, row["id"], TaskState.RUNNING, now, started_at=began, roles=roles)

        await self.store.write(lambda tx: change_if_still(tx, row, write))
        return 0.0

    async def _finish(self, row: RowMapping, record: Record | None, host: Host, run: RowMapping | None) -> float | None:
        lines = await asyncio.to_thread(records.tail, self.backend.store, row["folder"], roles_of(row), record)
        end = training.end_of_existing(record, host, Target(row["target"]))
        recorded = record is not None and record.ended
        detail = "" if recorded or host.alive else "detail.environment-ended"

        def write(tx: Connection, now: datetime) -> None:
            at = progress.moment(record.ended_at if record else None) or (run and run["ended_at"]) or now
            # What the folder claims is never later than now nor before the submission.
            at = min(max(at, row["created_at"]), now)
            endings.finish(tx, self.admission, row, Ending(end, at, record, lines, detail), now)

        self._undelivered.forget(row["id"])
        await self.store.write(lambda tx: change_if_still(tx, row, write))
        return 0.0

    async def _ask(self, environment: RowMapping, path: str, body: Any) -> Any:
        owner, name = environment["owner"], environment["id"]
        key = await self.backend.key(name)
        if key is None:
            raise Unavailable("hub-unreachable")
        return await self.hub.ask_server(owner, name, path, key=key, body=body, timeout=ANSWER_SECONDS)


def host_of(row: RowMapping, environment: RowMapping, run: RowMapping | None) -> Host:
    """The environment of a task, in the run that it was submitted to."""
    if run is not None and run["ended_at"] is None:
        return Host(alive=True)
    same = environment["run_id"] == row["run_id"]
    return Host(alive=False, failed=same and environment["state"] == EnvironmentState.FAILED)


def _host(tx: Connection, row: RowMapping) -> tuple[RowMapping, RowMapping | None]:
    rows = t.environments
    found = tx.execute(select(rows).where(rows.c.id == row["environment_id"])).mappings().one()
    return found, runs.find(tx, row["run_id"])


def _inside(tx: Connection, row: RowMapping, environment: RowMapping) -> tuple[int, Inside]:
    mounted = mounts.of(tx, [row["id"]])[row["id"]]
    index = tx.scalar(select(t.workspaces.c.number).where(t.workspaces.c.id == row["workspace_id"]))
    inside = Inside(
        environment=environment["id"],
        task=row["id"],
        binds=binds_of(environment, mounts.of(tx, [environment["id"]])[environment["id"]]),
        folder=row["folder"],
        code=f"environments/{environment['id']}/snapshots/{row['id']}",
        output=row["output"],
        data={one.slot: one.source for one in mounted if one.kind == "dataset"},
        pretrain={one.slot: one.source for one in mounted if one.kind == "model"},
    )
    return int(index or 0), inside
