"""What a viewer may do in a workspace, from the rows of the same transaction.

`require` is the check that every manager makes before it touches a workspace: the least role is the one that the
handler's `@allow` named, so a route cannot name a role that nobody checks. What a viewer may not know of answers
exactly like what is not there.
"""

from __future__ import annotations

from datetime import UTC, datetime

from gemini_core.errors import Forbidden, NotFound
from gemini_core.roles import Role, Standing, reaches, sees_work
from sqlalchemy import Connection, insert, select

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
