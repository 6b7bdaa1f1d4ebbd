"""What a viewer may do in a workspace, from the rows of the same transaction.

`require` is the check that every manager makes before it touches a workspace: the least role is the one that the
handler's `@allow` named, so a route cannot name a role that nobody checks. What a viewer may not know of answers
exactly like what is not there.
"""

from __future__ import annotations

from datetime import UTC, datetime

from gemini_core.errors import Forbidden, NotFound
from gemini_core.roles import Role, Standing, Visibility, changes_shared, reaches, sees_shared, sees_work
from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, insert, or_, select

from gemini_control.store import tables as t
from gemini_control.viewers import Viewer


def role_in(tx: Connection, person: str, workspace_id: str) -> Role | None:
    """The role of `person` in a workspace; None where they are no member."""
    rows = t.memberships
    found = tx.scalar(select(rows.c.role).where(rows.c.workspace_id == workspace_id, rows.c.person == person))
    return None if found is None else Role(found)


def standing(tx: Connection, viewer: Viewer, workspace_id: str) -> Standing:
    """The viewer's standing towards a workspace."""
    return Standing(viewer.name, role_in(tx, viewer.name, workspace_id), viewer.operator)


def require(tx: Connection, viewer: Viewer, workspace_id: str) -> Standing:
    """The viewer's standing, at least the role that the route names.

    Raises NotFound for who is no member (an operator is let in everywhere), Forbidden for a smaller role.
    """
    found = standing(tx, viewer, workspace_id)
    if found.role is None and not viewer.operator:
        raise NotFound("not-found")
    if viewer.role is not None and not viewer.operator and not reaches(found.role, viewer.role):
        raise Forbidden("not-allowed", role=viewer.role)
    return found


def require_member(tx: Connection, viewer: Viewer, workspace_id: str) -> Standing:
    """As `require`, but a member in fact: an operator alone starts and spends nothing in another's workspace."""
    found = require(tx, viewer, workspace_id)
    if found.role is None:
        raise NotFound("not-found")
    return found


def require_work(tx: Connection, viewer: Viewer, workspace_id: str, owner: str) -> Standing:
    """The standing of who may know of an environment or a task of `owner` (TEN-2b); NotFound for all others."""
    found = standing(tx, viewer, workspace_id)
    if not sees_work(found, owner):
        raise NotFound("not-found")
    return found


def workspaces_of(tx: Connection, person: str) -> dict[str, Role]:
    """The workspaces of a person and their role in each, oldest membership first."""
    rows = t.memberships
    query = select(rows.c.workspace_id, rows.c.role).where(rows.c.person == person)
    return {
        row.workspace_id: Role(row.role) for row in tx.execute(query.order_by(rows.c.created_at, rows.c.workspace_id))
    }


def home_of(tx: Connection, viewer: Viewer, workspace_id: str | None) -> str:
    """The workspace that a creation goes to: the one named, else the person's first. A member's only."""
    if workspace_id is None:
        first = next(iter(workspaces_of(tx, viewer.name)), None)
        if first is None:
            raise Forbidden("no-workspace")
        workspace_id = first
    require_member(tx, viewer, workspace_id)
    return workspace_id


def ensure_person(tx: Connection, name: str) -> None:
    """The row of a person, made where it is missing."""
    if tx.scalar(select(t.persons.c.name).where(t.persons.c.name == name)) is None:
        tx.execute(insert(t.persons).values(name=name, first_seen_at=datetime.now(UTC)))


def visible(rows: Table, tx: Connection, viewer: Viewer) -> ColumnElement[bool]:
    """The condition of a list: the live rows of projects or assets that the viewer may know of (`sees_shared`)."""
    live = rows.c.deleted_at.is_(None)
    if viewer.operator:
        return live
    roles = workspaces_of(tx, viewer.name)
    managed = [workspace for workspace, role in roles.items() if reaches(role, Role.ADMIN)]
    mine = and_(
        rows.c.workspace_id.in_(roles),
        or_(rows.c.visibility == Visibility.WORKSPACE, rows.c.owner == viewer.name),
    )
    return and_(live, or_(rows.c.visibility == Visibility.PUBLIC, rows.c.workspace_id.in_(managed), mine))


def require_shared(tx: Connection, viewer: Viewer, row: RowMapping | None) -> Standing:
    """The standing of who may know of a project or an asset; NotFound for all others and where there is none."""
    if row is None or row["deleted_at"] is not None:
        raise NotFound("not-found")
    found = standing(tx, viewer, row["workspace_id"])
    if not sees_shared(found, row["owner"], Visibility(row["visibility"])):
        raise NotFound("not-found")
    return found


def require_change(tx: Connection, viewer: Viewer, row: RowMapping | None) -> Standing:
    """As `require_shared`, for who may change it: its creator, and owners and admins of its workspace."""
    found = require_shared(tx, viewer, row)
    if row is None or not changes_shared(found, row["owner"]):
        raise Forbidden("not-allowed", role=Role.ADMIN)
    return found
