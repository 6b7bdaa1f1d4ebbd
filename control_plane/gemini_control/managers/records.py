"""What every change of a project, dataset or model leaves behind: a line of the audit log and an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from gemini_core.roles import Visibility
from sqlalchemy import Connection, RowMapping, Table, select

from gemini_control.store import audit, outbox
from gemini_control.store.audit import Entry
from gemini_control.store.outbox import About, Audience, Change, Concerned
from gemini_control.viewers import Viewer


@dataclass(frozen=True)
class Changed:
    """`action` is the audit's verb, `row` the thing as it is now (or was, where it is deleted)."""

    action: str
    kind: str
    row: RowMapping
    change: Change = "updated"
    old: dict[str, Any] | None = None
    new: dict[str, Any] | None = None


def record(tx: Connection, viewer: Viewer, changed: Changed) -> None:
    """Write both, in the transaction of the change."""
    row = changed.row
    entry = Entry(changed.action, changed.kind, row["id"], row["workspace_id"], changed.old, changed.new)
    audit.write(tx, viewer.name, viewer.source, entry)
    outbox.add(tx, changed.kind, row["id"], changed.change, about(row))


def about(row: RowMapping) -> About:
    """Who hears of it: as its visibility says."""
    audience = "owner" if row["visibility"] == Visibility.PRIVATE else row["visibility"]
    return About(row["workspace_id"], row["owner"], cast(Audience, audience))


def concerned(rows: Table) -> Concerned:
    """Whom a project, or an asset, of `rows` concerns now."""

    def find(tx: Connection, object_id: str) -> About | None:
        row = tx.execute(select(rows).where(rows.c.id == object_id)).mappings().first()
        return None if row is None else about(row)

    return find


def retell(tx: Connection, kind: str, before: RowMapping, after: RowMapping) -> None:
    """Where the visibility changed: it is gone for all who saw it; who still may hears of it again after that."""
    if before["visibility"] != after["visibility"]:
        outbox.add(tx, kind, before["id"], "deleted", about(before))
