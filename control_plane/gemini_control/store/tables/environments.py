"""Development environments, and what environments and tasks mount."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from gemini_control.store.columns import UtcDateTime
from gemini_control.store.tables.base import ID, NAME, SPECIFICATION, metadata, progress_columns, resource_columns

environments = Table(
    "environments",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("owner", NAME, nullable=False),
    Column("name", NAME, nullable=False),
    Column("type", String(16), nullable=False),  # notebook, custom
    Column("image", String(255), nullable=False),
    Column("zone_id", ForeignKey("zones.id"), nullable=False),
    Column("specification_id", SPECIFICATION),
    *resource_columns(),
    *progress_columns(),
    # Of a cluster: where its queue placed it (node labels, tolerations).
    Column("placement", JSON(none_as_null=True)),
    Column("health", String(32)),
    Column("tags", JSON, nullable=False, server_default="[]"),
    # The open run (table `runs`), or the last one.
    Column("run_id", ID),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("deleted_at", UtcDateTime),
)
# Lists come in their order and are counted from these alone.
_LIVE: dict[str, Any] = {"sqlite_where": text("deleted_at IS NULL"), "postgresql_where": text("deleted_at IS NULL")}
_ORDER = (environments.c.created_at, environments.c.id)
Index("ix_environments_owner", environments.c.owner, environments.c.workspace_id, *_ORDER, **_LIVE)
Index("ix_environments_workspace", environments.c.workspace_id, *_ORDER, **_LIVE)
Index("ix_environments_created", *_ORDER, **_LIVE)
Index("ix_environments_state", environments.c.state)

mounts = Table(
    "mounts",
    metadata,
    Column("holder_id", ID, primary_key=True),
    Column("kind", String(16), primary_key=True),  # dataset, model
    Column("slot", Integer, primary_key=True),  # 1 to 3
    Column("holder_kind", String(16), nullable=False),  # environment, task
    Column("version_id", ForeignKey("versions.id"), nullable=False, index=True),
    UniqueConstraint("holder_id", "version_id"),
)
