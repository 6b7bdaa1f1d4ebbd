"""Whom the hub knows, with what they have here: one question to the hub and one read a page, however many people."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from gemini_core.errors import InvalidInput, Unavailable
from gemini_core.roles import Role
from gemini_core.states import ENVIRONMENT_IDLE, TASK_ENDED
from sqlalchemy import Connection, Table, func, select

from gemini_control.hub import Hub, HubRefused
from gemini_control.models.operating import UserOut, UserWorkspace
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_control.store.paging import Page, PageRequest
from gemini_control.viewers import OPERATOR_ROLE


class Users:
    """The people of the platform, for operators."""

    def __init__(self, store: Store, hub: Hub) -> None:
        self.store = store
        self.hub = hub

    async def list(self, search: str | None, page: PageRequest) -> Page[UserOut]:
        """People by name; `search` is a part of the name. Unavailable where the hub cannot be asked."""
        offset = _offset(page)
        try:
            found = await self.hub.users(offset, page.limit, search)
        except HubRefused as refused:
            raise Unavailable("hub-unreachable") from refused
        people, total = found["items"], int(found["_pagination"]["total"])
        names = [str(person["name"]) for person in people]
        rows = await self.store.read(lambda tx: _here(tx, names))
        end = offset + len(people)
        following = PageRequest.cursor_of(end) if people and end < total else None
        return Page([_user(person, rows) for person in people], following, total)


def _offset(page: PageRequest) -> int:
    if page.after is None:
        return 0
    if len(page.after) != 1 or not isinstance(page.after[0], int) or page.after[0] < 0:
        raise InvalidInput("cursor-unfit", field="cursor")
    return page.after[0]


Here = tuple[dict[str, list[UserWorkspace]], dict[str, int], dict[str, int]]


def _here(tx: Connection, names: list[str]) -> Here:
    rows = t.memberships
    query = select(rows.c.person, rows.c.role, t.workspaces.c.id, t.workspaces.c.name)
    query = query.join(t.workspaces, t.workspaces.c.id == rows.c.workspace_id).where(rows.c.person.in_(names))
    workspaces: dict[str, list[UserWorkspace]] = defaultdict(list)
    for row in tx.execute(query.order_by(rows.c.created_at, rows.c.workspace_id)):
        workspaces[row.person].append(UserWorkspace(id=row.id, name=row.name, role=Role(row.role)))
    environments = _counted(tx, t.environments, names, tuple(ENVIRONMENT_IDLE), t.environments.c.deleted_at.is_(None))
    return workspaces, environments, _counted(tx, t.tasks, names, tuple(TASK_ENDED))


def _counted(tx: Connection, rows: Table, names: list[str], over: tuple[str, ...], *live: Any) -> dict[str, int]:
    query = select(rows.c.owner, func.count()).where(rows.c.owner.in_(names), rows.c.state.not_in(over), *live)
    return {owner: int(count) for owner, count in tx.execute(query.group_by(rows.c.owner))}


def _user(person: dict[str, Any], here: Here) -> UserOut:
    workspaces, environments, tasks = here
    name = str(person["name"])
    return UserOut(
        id=name,
        name=name,
        admin=bool(person.get("admin")),
        operator=OPERATOR_ROLE in person.get("roles", ()),
        workspaces=workspaces.get(name, []),
        environments=environments.get(name, 0),
        tasks=tasks.get(name, 0),
        last_activity=_moment(person.get("last_activity")),
        created_at=_moment(person.get("created")),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
