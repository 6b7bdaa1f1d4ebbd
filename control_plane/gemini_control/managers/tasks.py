"""Training tasks: what a person asks of them. What becomes of it is the reconciler's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from gemini_core.errors import NotFound
from gemini_core.reasons import Reason
from gemini_core.slugs import output_folder
from gemini_core.states import TASK_ENDED, Target, TaskState
from sqlalchemy import Connection, RowMapping, insert, select, update

from gemini_control.files import confined
from gemini_control.files.confined import Found
from gemini_control.managers import access, mounts, role_rows, submissions
from gemini_control.managers.admission import Admission
from gemini_control.managers.environments import visible
from gemini_control.managers.filters import Filters
from gemini_control.managers.snapshots import Snapshots
from gemini_control.managers.submissions import Submission
from gemini_control.managers.task_views import TaskViews
from gemini_control.managers.wording import reason_of
from gemini_control.models.tasks import TaskCreated, TaskIn, TaskOut
from gemini_control.store import audit, ids, progress
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_control.store.paging import Page, PageRequest, fetch
from gemini_control.viewers import Viewer

Files = list[Found]
"""Inside the manager, `list` is its method."""


@dataclass(frozen=True, kw_only=True)
class TaskFilters(Filters):
    """What a list of tasks is narrowed to."""

    mode: str | None = None
    environment_id: str | None = None

    def narrowed(self, query: Any, rows: Any) -> Any:
        """`query` over `rows` with the conditions."""
        for column, value in ((rows.c.mode, self.mode), (rows.c.environment_id, self.environment_id)):
            if value is not None:
                query = query.where(column == value)
        return super().narrowed(query, rows)


class Tasks:
    """The manager."""

    def __init__(self, store: Store, admission: Admission, snapshots: Snapshots, views: TaskViews) -> None:
        self.store = store
        self.admission = admission
        self.snapshots = snapshots
        self.views = views
        self.folder = admission.backend.store

    async def create(self, viewer: Viewer, wish: TaskIn) -> TaskCreated:
        """Submit a task: its code is fixed now; it starts at once or when there is room."""
        plan = await self.store.read(lambda tx: submissions.check(tx, self.admission, viewer, wish))
        code = self.folder / "projects" / plan.project["id"] / "code"

        def write(tx: Connection, snapshot: str) -> str:
            # Checked again in the transaction: the environment may have ended, the credit may be gone.
            checked = submissions.check(tx, self.admission, viewer, wish)
            task_id = self._insert(tx, viewer, checked, wish, snapshot)
            if checked.environment is None:
                self.admission.join(tx, datetime.now(UTC))
            return task_id

        async with self.snapshots.taking.held(shared=True):
            taken = await asyncio.to_thread(self.snapshots.take, code)
            task_id = await self.store.write(partial(write, snapshot=taken))
        return await self.store.read(lambda tx: self._created(tx, task_id, viewer.language))

    async def get(self, viewer: Viewer, task_id: str) -> TaskOut:
        """One task; NotFound for what is not the viewer's to know of."""

        def read(tx: Connection) -> TaskOut:
            return self.views.models(tx, [find(tx, viewer, task_id)], viewer.language)[0]

        return await self.store.read(read)

    async def list(self, viewer: Viewer, filters: TaskFilters, page: PageRequest) -> Page[TaskOut]:
        """The tasks that the viewer may know of."""

        def read(tx: Connection) -> Page[TaskOut]:
            rows = t.tasks
            query = filters.narrowed(select(rows).where(visible(tx, viewer, rows)), rows)
            found = fetch(tx, query, filters.key(rows), page, newest_first=filters.newest_first)
            return Page(self.views.models(tx, found.items, viewer.language), found.next, found.total)

        return await self.store.read(read)

    async def stop(self, viewer: Viewer, task_id: str) -> TaskOut:
        """Wish it stopped, in any state; one that has ended stays as it ended."""

        def write(tx: Connection) -> str:
            row = find(tx, viewer, task_id)
            if row["state"] in TASK_ENDED or row["target"] != Target.RUNNING:
                return task_id
            set_stopped(tx, row, datetime.now(UTC), Reason.USER_STOPPED)
            self.admission.admit(tx, datetime.now(UTC))
            entry = audit.Entry("stop", progress.TASK, task_id, row["workspace_id"], old={"state": row["state"]})
            audit.write(tx, viewer.name, viewer.source, entry)
            return task_id

        return await self.get(viewer, await self.store.write(write))

    async def output(self, viewer: Viewer, task_id: str) -> Files:
        """The files that it wrote."""
        row = await self.store.read(lambda tx: find(tx, viewer, task_id))
        return await asyncio.to_thread(lambda: list(confined.walk(self.folder / row["output"])))

    def _created(self, tx: Connection, task_id: str, language: str) -> TaskCreated:
        row = progress.task(tx, task_id)
        assert row is not None
        queued = row["state"] == TaskState.QUEUED
        return TaskCreated(
            task_id=task_id,
            status=row["state"],
            environment_id=row["environment_id"],
            estimated_start_time=None if row["environment_id"] else self.views.estimate(row, datetime.now(UTC)),
            reason=reason_of(row["reason"], row["reason_detail"], language) if queued else None,
            position=row["position"] if queued else None,
        )

    def _insert(self, tx: Connection, viewer: Viewer, plan: Submission, wish: TaskIn, snapshot: str) -> str:
        task_id, now = ids.new("task"), datetime.now(UTC)
        where = _in_environment(plan.environment, task_id) if plan.environment else _of_its_own(plan, task_id)
        form, project = plan.form, plan.project
        tx.execute(
            insert(t.tasks).values(
                id=task_id,
                workspace_id=project["workspace_id"],
                project_id=project["id"],
                owner=viewer.name,
                name=form.task_name,
                description=form.description,
                mode=form.launch_mode,
                image=plan.image,
                target=Target.RUNNING,
                state_since=now,
                command=plan.command,
                snapshot=snapshot,
                output=f"projects/{project['id']}/output/{output_folder(form.task_name, task_id)}",
                max_duration_seconds=None if form.max_duration is None else int(form.max_duration),
                retries=wish.retries,
                retry_on=sorted(set(wish.retry_on)) if wish.retries else [],
                priority=wish.priority,
                **role_rows.columns(plan.roles),
                created_at=now,
                **where,
            )
        )
        mounts.replace(tx, "task", task_id, plan.mounted)
        progress.note_state(tx, task_id, where["state"], now)
        progress.announce_task(tx, task_id, "created")
        access.ensure_person(tx, viewer.name)
        tx.execute(update(t.persons).where(t.persons.c.name == viewer.name).values(last_project_id=project["id"]))
        entry = audit.Entry("create", progress.TASK, task_id, project["workspace_id"], new={"name": form.task_name})
        audit.write(tx, viewer.name, viewer.source, entry)
        return task_id


def _in_environment(environment: RowMapping, task_id: str) -> dict[str, Any]:
    columns = ("zone_id", "cpu_millicores", "memory_bytes", "gpu_type", "gpu_count", "gpu_indices", "run_id")
    return {
        **{name: environment[name] for name in columns},
        "environment_id": environment["id"],
        "folder": f"environments/{environment['id']}/tasks/{task_id}",
        "state": TaskState.STARTING,
    }


def _of_its_own(plan: Submission, task_id: str) -> dict[str, Any]:
    assert plan.resources is not None
    return {**plan.resources.columns(), "folder": f"tasks/{task_id}", "state": TaskState.QUEUED}


def find(tx: Connection, viewer: Viewer, task_id: str) -> RowMapping:
    """The row of a task that the viewer may know of; NotFound for all others."""
    row = progress.task(tx, task_id)
    if row is None:
        raise NotFound("not-found")
    access.require_work(tx, viewer, row["workspace_id"], row["owner"])
    return row


def set_stopped(tx: Connection, row: RowMapping, now: datetime, reason: Reason) -> None:
    """Wish it stopped: one that waits is stopped at once, what runs is stopping from now on."""
    why = progress.why(reason)
    if row["state"] == TaskState.QUEUED and not row["clearing"]:
        values = {"target": Target.STOPPED, "stop_requested_at": now, "ended_at": now}
        progress.move_task(tx, row["id"], TaskState.STOPPED, now, **values, **why)
    else:
        values = {"target": Target.STOPPED, "stop_requested_at": now}
        progress.move_task(tx, row["id"], TaskState.STOPPING, now, **values, **why)
