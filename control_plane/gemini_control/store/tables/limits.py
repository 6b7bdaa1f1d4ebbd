"""What a workspace, and a person in it, may hold at once (RES-4). A null is no limit; so is no row.

A person's limits stay when they leave the workspace, so that leaving and coming back does not lift them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table

from gemini_control.store.columns import UtcDateTime
from gemini_control.store.tables.base import NAME, metadata


def _limit_columns() -> list[Column[Any]]:
    return [
        Column("cpu_millicores", Integer),
        Column("memory_bytes", BigInteger),
        Column("gpu_count", Integer),  # cards of all kinds together
        Column("changed_by", NAME, nullable=False),
        Column("changed_at", UtcDateTime, nullable=False),
    ]


workspace_limits = Table(
    "workspace_limits",
    metadata,
    Column("workspace_id", ForeignKey("workspaces.id"), primary_key=True),
    *_limit_columns(),
)

member_limits = Table(
    "member_limits",
    metadata,
    Column("workspace_id", ForeignKey("workspaces.id"), primary_key=True),
    Column("person", ForeignKey("persons.name"), primary_key=True),
    *_limit_columns(),
)
