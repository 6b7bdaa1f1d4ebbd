"""What is written beside every change: events for the viewers, answers to repeat, the audit log."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, String, Table

from gemini_control.store.columns import Counter, UtcDateTime
from gemini_control.store.tables.base import ID, NAME, metadata

outbox = Table(
    "outbox",
    metadata,
    Column("cursor", Counter, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("object_id", String(64), nullable=False),
    Column("change", String(16), nullable=False),  # created, updated, deleted
    Column("workspace_id", ID),
    Column("person", NAME),
    Column("audience", String(16), nullable=False),  # owner, workspace, public
    # Rows must never take the number of a row that was pruned: cursors would go back.
    sqlite_autoincrement=True,
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("person", NAME, primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("part", Integer, primary_key=True),  # the n-th write of the request
    Column("body_hash", String(64), nullable=False),
    Column("result", JSON),
    Column("created_at", UtcDateTime, nullable=False, index=True),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("person", NAME, nullable=False),
    Column("source", String(255), nullable=False),
    Column("action", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("object_id", String(64), nullable=False),
    Column("workspace_id", ID),
    Column("old", JSON),
    Column("new", JSON),
    sqlite_autoincrement=True,
)
Index("ix_audit_workspace", audit.c.workspace_id, audit.c.number)
