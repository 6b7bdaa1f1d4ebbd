"""The audit log: who changed what, when, from where, old and new (TEN-4). Append-only by trigger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert

from gemini_control.store import tables as t


@dataclass(frozen=True)
class Entry:
    """One change. `action` is a verb of ours (`create`, `delete`, `stop`, `add-member`), `kind` a kind of events."""

    action: str
    kind: str
    object_id: str
    workspace_id: str | None = None
    old: dict[str, Any] | None = None
    new: dict[str, Any] | None = None


def write(tx: Connection, person: str, source: str, entry: Entry) -> None:
    """Write `entry` in the transaction of the change; `source` says from where (address and request id)."""
    tx.execute(
        insert(t.audit).values(
            at=datetime.now(UTC),
            person=person,
            source=source[:255],
            action=entry.action,
            kind=entry.kind,
            object_id=entry.object_id,
            workspace_id=entry.workspace_id,
            old=entry.old,
            new=entry.new,
        )
    )
