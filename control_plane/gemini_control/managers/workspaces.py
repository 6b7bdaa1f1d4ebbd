"""Workspaces and who is in them (TEN-1, TEN-2). Operators make workspaces; owners and admins keep their members."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gemini_core.errors import Conflict, Forbidden, NotFound
from gemini_core.quota import Holder
from gemini_core.roles import Role, reaches
from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from gemini_control.managers import access, departures, ledger
from gemini_control.managers.quota import Quota, Uses
from gemini_control.models.people import MemberIn, MemberOut, MeOut, MeWorkspace, WorkspaceIn, WorkspaceOut
from gemini_control.store import audit, ids, outbox
from gemini_control.store import tables as t
from gemini_control.store.audit import Entry
from gemini_control.store.database import Store, wake
from gemini_control.store.outbox import About
from gemini_control.store.paging import Page, PageRequest, fetch
from gemini_control.viewers import Viewer

MEMBERS_TOPIC = "members"
"""What `Store.subscribe` takes to hear of new workspaces and of who comes and goes."""


class Workspaces:
    """The workspaces of a platform. `quota` knows what members hold."""

    def __init__(self, store: Store, quota: Quota) -> None:
        self.store = store
        self.quota = quota

    async def me(self, viewer: Viewer) -> MeOut:
        """Who asks and where they belong."""
        return await self.store.read(lambda tx: _me(tx, viewer))

    async def list(self, viewer: Viewer, search: str | None, page: PageRequest) -> Page[WorkspaceOut]:
        """The viewer's workspaces; all of them for an operator. `search` is a part of the name."""
        rows = t.workspaces
        query = select(rows)
        if not viewer.operator:
            query = query.where(rows.c.id.in_(_of(viewer)))
        if search:
            query = query.where(rows.c.name.icontains(search, autoescape=True))
        return await self.store.read(
            lambda tx: fetch(tx, query, (rows.c.created_at, rows.c.id), page).map(lambda row: _view(tx, viewer, row))
        )

    async def create(self, viewer: Viewer, wanted: WorkspaceIn) -> WorkspaceOut:
        """A new workspace with its first owner. Conflict where the name is taken."""
        made = await self.store.write(lambda tx: _create(tx, viewer, wanted))
        return await self.get(viewer, made)

    async def get(self, viewer: Viewer, workspace_id: str) -> WorkspaceOut:
        """One workspace."""

        def find(tx: Connection) -> WorkspaceOut:
            access.require(tx, viewer, workspace_id)
            return _view(tx, viewer, _row(tx, workspace_id))

        return await self.store.read(find)

    async def members(self, viewer: Viewer, workspace_id: str, page: PageRequest) -> Page[MemberOut]:
        """Who is in a workspace."""
        rows = t.memberships

        def find(tx: Connection) -> Page[MemberOut]:
            standing = access.require(tx, viewer, workspace_id)
            _row(tx, workspace_id)
            query = select(rows).where(rows.c.workspace_id == workspace_id)
            found = fetch(tx, query, (rows.c.person,), page, newest_first=False)
            uses = self.quota.uses_of_members(tx, standing, workspace_id, [row["person"] for row in found.items])
            return found.map(lambda row: _member(row, uses))

        return await self.store.read(find)

    async def add_member(self, viewer: Viewer, workspace_id: str, wanted: MemberIn) -> MemberOut:
        """A person becomes a member, or a member gets another role."""
        await self.store.write(lambda tx: _set_role(tx, viewer, workspace_id, wanted))
        rows = t.memberships
        query = select(rows).where(rows.c.workspace_id == workspace_id, rows.c.person == wanted.name)

        def find(tx: Connection) -> MemberOut:
            holder = Holder(workspace_id, wanted.name)
            return _member(tx.execute(query).mappings().one(), self.quota.uses(tx, [holder]))

        return await self.store.read(find)

    async def remove_member(self, viewer: Viewer, workspace_id: str, name: str) -> None:
        """A member leaves, or is taken out. Out at once: every request asks the database, and their work is stopped."""

        def write(tx: Connection) -> None:
            now = datetime.now(UTC)
            _remove(tx, viewer, workspace_id, name)
            departures.stop_work(tx, viewer, Holder(workspace_id, name), now)
            self.quota.admission.admit(tx, now)

        await self.store.write(write)


def _of(viewer: Viewer) -> Any:
    return select(t.memberships.c.workspace_id).where(t.memberships.c.person == viewer.name)


def _row(tx: Connection, workspace_id: str) -> RowMapping:
    found = tx.execute(select(t.workspaces).where(t.workspaces.c.id == workspace_id)).mappings().first()
    if found is None:
        raise NotFound("not-found")
    return found


def _me(tx: Connection, viewer: Viewer) -> MeOut:
    workspaces = [
        MeWorkspace(id=id_, name=_row(tx, id_)["name"], role=role, balance=ledger.balance(tx, id_))
        for id_, role in access.workspaces_of(tx, viewer.name).items()
    ]
    return MeOut(
        name=viewer.name,
        operator=viewer.operator,
        environment_id=viewer.environment_id,
        last_project_id=tx.scalar(select(t.persons.c.last_project_id).where(t.persons.c.name == viewer.name)),
        workspaces=workspaces,
    )


def _view(tx: Connection, viewer: Viewer, row: RowMapping) -> WorkspaceOut:
    return WorkspaceOut(
        id=row["id"],
        name=row["name"],
        role=access.role_in(tx, viewer.name, row["id"]),
        balance=ledger.balance(tx, row["id"]),
        members=int(tx.scalar(_count(row["id"])) or 0),
        created_at=row["created_at"],
    )


def _count(workspace_id: str) -> Any:
    return select(func.count()).where(t.memberships.c.workspace_id == workspace_id)


def _member(row: RowMapping, uses: Uses) -> MemberOut:
    quota = uses.get(Holder(row["workspace_id"], row["person"]))
    return MemberOut(name=row["person"], role=Role(row["role"]), created_at=row["created_at"], quota=quota)


def _create(tx: Connection, viewer: Viewer, wanted: WorkspaceIn) -> str:
    rows = t.workspaces
    if tx.scalar(select(rows.c.id).where(rows.c.name == wanted.name)) is not None:
        raise Conflict("name-taken", field="name")
    workspace_id, now = ids.new("workspace"), datetime.now(UTC)
    number = int(tx.scalar(select(func.coalesce(func.max(rows.c.number), 0))) or 0) + 1
    values = {"id": workspace_id, "number": number, "name": wanted.name, "created_by": viewer.name, "created_at": now}
    tx.execute(insert(rows).values(values))
    _write_role(tx, workspace_id, wanted.owner or viewer.name, Role.OWNER)
    entry = Entry("create", "workspace", workspace_id, workspace_id, None, {"name": wanted.name})
    audit.write(tx, viewer.name, viewer.source, entry)
    outbox.add(tx, "workspace", workspace_id, "created", About(workspace_id, viewer.name, "workspace"))
    return workspace_id


def _write_role(tx: Connection, workspace_id: str, name: str, role: Role) -> None:
    wake(tx, MEMBERS_TOPIC)
    rows = t.memberships
    access.ensure_person(tx, name)
    if access.role_in(tx, name, workspace_id) is None:
        values = {"workspace_id": workspace_id, "person": name, "role": role, "created_at": datetime.now(UTC)}
        tx.execute(insert(rows).values(values))
        return
    here = (rows.c.workspace_id == workspace_id) & (rows.c.person == name)
    tx.execute(update(rows).where(here).values(role=role))


def _set_role(tx: Connection, viewer: Viewer, workspace_id: str, wanted: MemberIn) -> None:
    standing = access.require(tx, viewer, workspace_id)
    _row(tx, workspace_id)
    old = access.role_in(tx, wanted.name, workspace_id)
    # An admin makes no owner and changes none: else every admin could make themselves one.
    if Role.OWNER in (old, wanted.role) and not (viewer.operator or reaches(standing.role, Role.OWNER)):
        raise Forbidden("not-allowed", role=Role.OWNER)
    if old is Role.OWNER and wanted.role is not Role.OWNER:
        _keep_an_owner(tx, workspace_id)
    _write_role(tx, workspace_id, wanted.name, wanted.role)
    change = {"person": wanted.name, "role": wanted.role.value}
    before = None if old is None else {**change, "role": old.value}
    _record(tx, viewer, Entry("set-member", "workspace", workspace_id, workspace_id, before, change))


def _remove(tx: Connection, viewer: Viewer, workspace_id: str, name: str) -> None:
    standing = access.require(tx, viewer, workspace_id)
    old = access.role_in(tx, name, workspace_id)
    least = Role.OWNER if old is Role.OWNER else Role.ADMIN
    if name != viewer.name and not (viewer.operator or reaches(standing.role, least)):
        raise Forbidden("not-allowed", role=least)
    if old is None:
        raise NotFound("not-found")
    if old is Role.OWNER:
        _keep_an_owner(tx, workspace_id)
    rows = t.memberships
    tx.execute(delete(rows).where(rows.c.workspace_id == workspace_id, rows.c.person == name))
    wake(tx, MEMBERS_TOPIC)
    before = {"person": name, "role": old.value}
    _record(tx, viewer, Entry("remove-member", "workspace", workspace_id, workspace_id, before))


def _keep_an_owner(tx: Connection, workspace_id: str) -> None:
    rows = t.memberships
    owners = select(func.count()).where(rows.c.workspace_id == workspace_id, rows.c.role == Role.OWNER)
    if int(tx.scalar(owners) or 0) <= 1:
        raise Conflict("last-owner")


def _record(tx: Connection, viewer: Viewer, entry: Entry) -> None:
    audit.write(tx, viewer.name, viewer.source, entry)
    outbox.add(tx, "workspace", entry.object_id, "updated", About(entry.object_id, None, "workspace"))


def _event_view(tx: Connection, workspace_id: str, language: str) -> dict[str, Any] | None:
    row = tx.execute(select(t.workspaces).where(t.workspaces.c.id == workspace_id)).mappings().first()
    return None if row is None else {"id": row["id"], "name": row["name"]}


outbox.register_view("workspace", _event_view)
