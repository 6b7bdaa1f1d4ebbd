"""Projects and their code (PROJ-1, PROJ-3). The code lies in a plain folder that environments share live."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import Any

from gemini_core.errors import Conflict, NotFound
from gemini_core.states import TASK_ENDED
from gemini_sandbox.trees import remove_tree
from sqlalchemy import Connection, RowMapping, func, insert, select, update

from gemini_control.files import confined
from gemini_control.files.upload import Upload
from gemini_control.home import Home
from gemini_control.managers import access, ledger
from gemini_control.managers.paths import checked, page_of
from gemini_control.managers.records import Changed, concerned, record, retell
from gemini_control.models.people import FileOut, ProjectIn, ProjectOut, ProjectPatch
from gemini_control.store import ids, outbox
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_control.store.paging import Page, PageRequest, fetch
from gemini_control.viewers import Viewer

CODE_FILE_LIMIT = 256 * 1024 * 1024


class Projects:
    """The projects of a platform."""

    def __init__(self, store: Store, home: Home) -> None:
        self.store = store
        self.home = home

    async def list(self, viewer: Viewer, page: PageRequest, workspace_id: str | None = None) -> Page[ProjectOut]:
        """The projects that the viewer may know of, newest first."""
        rows = t.projects

        def find(tx: Connection) -> Page[ProjectOut]:
            query = select(rows).where(access.visible(rows, tx, viewer))
            if workspace_id is not None:
                query = query.where(rows.c.workspace_id == workspace_id)
            return fetch(tx, query, (rows.c.created_at, rows.c.id), page).map(view)

        return await self.store.read(find)

    async def get(self, viewer: Viewer, project_id: str) -> ProjectOut:
        """One project."""
        return await self.store.read(lambda tx: view(find(tx, viewer, project_id)))

    async def create(self, viewer: Viewer, wanted: ProjectIn) -> ProjectOut:
        """A new project with empty folders. Conflict where its name is taken in the workspace."""
        made = await self.store.write(lambda tx: self._create(tx, viewer, wanted))
        await asyncio.to_thread(self._make_folders, made)
        return await self.get(viewer, made)

    async def change(self, viewer: Viewer, project_id: str, patch: ProjectPatch) -> ProjectOut:
        """Change what `patch` names."""
        await self.store.write(lambda tx: _change(tx, viewer, project_id, patch))
        return await self.get(viewer, project_id)

    async def delete(self, viewer: Viewer, project_id: str) -> None:
        """Delete a project with its code and outputs. Data and models exported from it stay (PROJ-3).

        Conflict while an environment of it is there or a task of it has not ended.
        """
        await self.store.write(lambda tx: _delete(tx, viewer, project_id))
        await asyncio.to_thread(remove_tree, self.home.project(project_id))

    async def code(self, viewer: Viewer, project_id: str, page: PageRequest) -> Page[FileOut]:
        """The files of its code, by path."""
        await self.store.read(lambda tx: find(tx, viewer, project_id))
        found = await asyncio.to_thread(lambda: list(confined.walk(self._code(project_id))))
        return page_of(found, page)

    async def open_code(self, viewer: Viewer, project_id: str, path: str) -> tuple[int, int]:
        """A descriptor of one file and its size in bytes; the caller closes it."""
        parts = checked(path)
        await self.store.read(lambda tx: find(tx, viewer, project_id))
        fd = await asyncio.to_thread(confined.open_file, self._code(project_id), parts)
        return fd, os.fstat(fd).st_size

    async def upload(self, viewer: Viewer, project_id: str, path: str) -> Upload:
        """A file on its way into the code, refused before a byte of it is read, also in arrears. A member's only."""
        parts = checked(path)

        def check(tx: Connection) -> None:
            row = find(tx, viewer, project_id)
            access.require_member(tx, viewer, row["workspace_id"])
            ledger.require_credit(tx, row["workspace_id"])

        await self.store.read(check)
        await asyncio.to_thread(self._make_folders, project_id)
        return Upload(self._code(project_id), parts, self.home.uploads, CODE_FILE_LIMIT)

    async def uploaded(self, viewer: Viewer, project_id: str, path: str, size: int) -> None:
        """Record what came in."""

        def note(tx: Connection) -> None:
            row = find(tx, viewer, project_id)
            record(tx, viewer, Changed("upload-code", "project", row, new={"path": path, "size": size}))

        await self.store.write(note)

    def _code(self, project_id: str) -> Any:
        return self.home.project(project_id) / "code"

    def _make_folders(self, project_id: str) -> None:
        for name in ("code", "output"):
            (self.home.project(project_id) / name).mkdir(parents=True, exist_ok=True)

    def _create(self, tx: Connection, viewer: Viewer, wanted: ProjectIn) -> str:
        workspace_id = access.home_of(tx, viewer, wanted.workspace_id)
        _check_name(tx, workspace_id, wanted.name)
        _check_specification(tx, wanted.default_specification_id)
        project_id, now = ids.new("project"), datetime.now(UTC)
        values = wanted.model_dump(exclude={"workspace_id"})
        row = {**values, "id": project_id, "workspace_id": workspace_id, "owner": viewer.name}
        tx.execute(insert(t.projects).values(**row, created_at=now, updated_at=now))
        access.ensure_person(tx, viewer.name)
        tx.execute(update(t.persons).where(t.persons.c.name == viewer.name).values(last_project_id=project_id))
        made = find(tx, viewer, project_id)
        record(tx, viewer, Changed("create", "project", made, "created", new={"name": wanted.name}))
        return project_id


def find(tx: Connection, viewer: Viewer, project_id: str) -> RowMapping:
    """The row of a project that the viewer may know of; NotFound else."""
    row = tx.execute(select(t.projects).where(t.projects.c.id == project_id)).mappings().first()
    access.require_shared(tx, viewer, row)
    if row is None:
        raise NotFound("not-found")
    return row


def view(row: RowMapping) -> ProjectOut:
    """A row on the wire."""
    return ProjectOut.model_validate(dict(row))


def _check_name(tx: Connection, workspace_id: str, name: str) -> None:
    rows = t.projects
    taken = select(rows.c.id).where(
        rows.c.workspace_id == workspace_id, rows.c.name == name, rows.c.deleted_at.is_(None)
    )
    if tx.scalar(taken) is not None:
        raise Conflict("name-taken", field="name")


def _check_specification(tx: Connection, specification_id: str | None) -> None:
    rows = t.specifications
    if specification_id and tx.scalar(select(rows.c.id).where(rows.c.id == specification_id)) is None:
        raise NotFound("specification-unknown", field="defaultSpecificationId")


def _change(tx: Connection, viewer: Viewer, project_id: str, patch: ProjectPatch) -> None:
    row = find(tx, viewer, project_id)
    access.require_change(tx, viewer, row)
    values = patch.model_dump(exclude_unset=True)
    for name in ("name", "description", "tags", "default_command", "visibility"):
        if values.get(name, "") is None:
            del values[name]
    if values.get("name", row["name"]) != row["name"]:
        _check_name(tx, row["workspace_id"], values["name"])
    _check_specification(tx, values.get("default_specification_id"))
    if not values:
        return
    rows = t.projects
    tx.execute(update(rows).where(rows.c.id == project_id).values(**values, updated_at=datetime.now(UTC)))
    old = {name: row[name] for name in values}
    changed = find(tx, viewer, project_id)
    retell(tx, "project", row, changed)
    record(tx, viewer, Changed("change", "project", changed, old=old, new=values))


def _delete(tx: Connection, viewer: Viewer, project_id: str) -> None:
    row = find(tx, viewer, project_id)
    access.require_change(tx, viewer, row)
    environments = select(func.count()).where(
        t.environments.c.project_id == project_id, t.environments.c.deleted_at.is_(None)
    )
    tasks = select(func.count()).where(t.tasks.c.project_id == project_id, t.tasks.c.state.not_in(TASK_ENDED))
    counts = int(tx.scalar(environments) or 0), int(tx.scalar(tasks) or 0)
    if any(counts):
        raise Conflict("project-in-use", environments=counts[0], tasks=counts[1])
    rows = t.projects
    tx.execute(update(rows).where(rows.c.id == project_id).values(deleted_at=datetime.now(UTC)))
    record(tx, viewer, Changed("delete", "project", row, "deleted", old={"name": row["name"]}))


def _event_view(tx: Connection, project_id: str, language: str) -> dict[str, Any] | None:
    row = tx.execute(select(t.projects).where(t.projects.c.id == project_id)).mappings().first()
    return None if row is None or row["deleted_at"] is not None else view(row).wire()


outbox.register_view("project", _event_view, concerned(t.projects))
