"""Who has a queue on a cluster, and up to which limits: read for the tree of queues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gemini_core.queues import Members
from gemini_core.quota import Holder, Limits
from gemini_core.states import ENVIRONMENT_IDLE, TASK_ENDED, LaunchMode
from sqlalchemy import Connection, select

from gemini_control.managers import limits
from gemini_control.managers.workspaces import MEMBERS_TOPIC
from gemini_control.store import tables as t
from gemini_control.store.database import Store


class QueueMembers:
    """The members of a platform as the tree needs them."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def read(self) -> Members:
        """As they are now."""
        return await self.store.read(members_of)

    def subscribe(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` after each change of members or limits; the answer ends that."""
        ends = [self.store.subscribe(topic, changed) for topic in (MEMBERS_TOPIC, limits.TOPIC)]

        def end() -> None:
            for one in ends:
                one()

        return end


def members_of(tx: Connection) -> Members:
    """Who has a queue: members, and whoever left something that still lives; with the limits in force."""
    rows = t.memberships
    pairs = {(one.workspace_id, one.person) for one in tx.execute(select(rows.c.workspace_id, rows.c.person))}
    for living in (_living_environments(), _living_tasks()):
        pairs |= {(one.workspace_id, one.owner) for one in tx.execute(living)}
    of: dict[str, list[str]] = {workspace: [] for workspace in tx.scalars(select(t.workspaces.c.id))}
    for workspace, person in sorted(pairs):
        of.setdefault(workspace, []).append(person)
    return Members(of, _limits(tx))


def _living_environments() -> Any:
    rows = t.environments
    alive = rows.c.state.not_in(list(ENVIRONMENT_IDLE)), rows.c.deleted_at.is_(None)
    return select(rows.c.workspace_id, rows.c.owner).where(*alive).distinct()


def _living_tasks() -> Any:
    rows = t.tasks
    alive = rows.c.state.not_in(list(TASK_ENDED)), rows.c.mode == LaunchMode.DYNAMIC
    return select(rows.c.workspace_id, rows.c.owner).where(*alive).distinct()


def _limits(tx: Connection) -> dict[Holder, Limits]:
    workspaces, persons = limits.limits_of(tx)
    found: dict[Holder, Limits] = {Holder(workspace): limit for workspace, limit in workspaces.items()}
    return found | {Holder(workspace, person): limit for (workspace, person), limit in persons.items()}
