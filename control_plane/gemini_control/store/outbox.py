"""Events: one row for every change, written in the change's own transaction, read by whoever shows it.

The row says what changed, never how it looks now: what a viewer gets is rendered when it is sent, by the view
registered for its kind. So a burst of changes costs a viewer nothing but the newest picture. That is of now, the row's
audience of then: where the two may differ, the kind says whom a thing concerns now, and nobody else gets the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, delete, func, insert, select

from gemini_control.store import tables as t
from gemini_control.store.database import wake

Change = Literal["created", "updated", "deleted"]
Audience = Literal["owner", "workspace", "public"]
View = Callable[[Connection, str, str], dict[str, Any] | None]
KEPT = 100_000
"""How many events are kept."""

TOPIC = "events"
"""What `Store.subscribe` takes to hear of new events."""


@dataclass(frozen=True)
class About:
    """Who an event concerns: `owner` reaches that person and the workspace's owners and admins; `workspace` all its
    members; `public` everybody. Operators get all."""

    workspace_id: str | None
    person: str | None = None
    audience: Audience = "owner"


Concerned = Callable[[Connection, str], About | None]
_views: dict[str, View] = {}
_concerned: dict[str, Concerned] = {}


def register_view(kind: str, view: View, concerned: Concerned | None = None) -> None:
    """Say how a thing of `kind` looks on the wire: `view(tx, id, language)`, None where it is gone.

    `concerned(tx, id)` is whom it concerns now, where that can change (None: as its events say).
    """
    _views[kind] = view
    if concerned is not None:
        _concerned[kind] = concerned


def concerned(tx: Connection, kind: str, object_id: str) -> About | None:
    """Whom a thing concerns now; None where that is as its events say, or nobody's because it is gone."""
    find = _concerned.get(kind)
    return None if find is None else find(tx, object_id)


def render(tx: Connection, kind: str, object_id: str, language: str) -> dict[str, Any] | None:
    """The wire model of a thing, by its kind's view; None of a kind that has none (`balance`) or a thing gone."""
    view = _views.get(kind)
    return None if view is None else view(tx, object_id, language)


def add(tx: Connection, kind: str, object_id: str, change: Change, about: About) -> None:
    """Write one event in the transaction of the change; viewers are woken once it is durable."""
    add_all(tx, kind, change, [(object_id, about)])


def add_all(tx: Connection, kind: str, change: Change, things: Sequence[tuple[str, About]]) -> None:
    """The events of several things of a kind, each by its id, at once."""
    common = {"at": datetime.now(UTC), "kind": kind, "change": change}
    tx.execute(
        insert(t.outbox),
        [
            {
                **common,
                "object_id": object_id,
                "workspace_id": about.workspace_id,
                "person": about.person,
                "audience": about.audience,
            }
            for object_id, about in things
        ],
    )
    wake(tx, TOPIC)


def newest(tx: Connection) -> int:
    """The cursor of the last event; 0 before the first."""
    return int(tx.scalar(select(func.max(t.outbox.c.cursor))) or 0)


def oldest(tx: Connection) -> int:
    """The cursor of the first event that is still there; 0 where there is none."""
    return int(tx.scalar(select(func.min(t.outbox.c.cursor))) or 0)


def after(tx: Connection, cursor: int, limit: int) -> list[RowMapping]:
    """Up to `limit` events after `cursor`, oldest first."""
    query = select(t.outbox).where(t.outbox.c.cursor > cursor).order_by(t.outbox.c.cursor).limit(limit)
    return list(tx.execute(query).mappings())


def prune(tx: Connection, kept: int = KEPT) -> int:
    """Forget all but the newest `kept` events; how many went."""
    return tx.execute(delete(t.outbox).where(t.outbox.c.cursor <= newest(tx) - kept)).rowcount
