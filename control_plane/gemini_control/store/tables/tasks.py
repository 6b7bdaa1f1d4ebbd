"""Training tasks and their timeline."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from gemini_control.store.columns import Counter, UtcDateTime
from gemini_control.store.tables.base import ID, NAME, SPECIFICATION, metadata, progress_columns, resource_columns

tasks = Table(
    "tasks",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("owner", NAME, nullable=False),
    Column("name", NAME, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("mode", String(16), nullable=False),  # existing, dynamic
    Column("environment_id", ForeignKey("environments.id"), index=True),
    # Of a dynamic task: its own run. Of an existing one: the environment's, of which it shows a share.
    Column("run_id", ID),
    Column("image", String(255), nullable=False),
    Column("zone_id", ForeignKey("zones.id")),
    # Of a dynamic task that was chosen by one: it may have a price of its own.
    Column("specification_id", SPECIFICATION),
    # Of each instance of each role; the cards given are those of all.
    *resource_columns(),
    Column("instances", Integer, nullable=False, server_default="1"),
    *progress_columns(),
    # Of a cluster: where its queue placed it (node labels, tolerations).
    Column("placement", JSON(none_as_null=True)),
    Column("command", Text, nullable=False),
    Column("snapshot", String(64)),
    Column("folder", Text, nullable=False),  # relative to the store
    Column("output", Text, nullable=False),  # relative to the store
    Column("exit_code", Integer),
    Column("lost", Boolean, nullable=False, server_default="0"),
    Column("max_duration_seconds", Integer),
    Column("retries", Integer, nullable=False, server_default="0"),
    Column("retry_on", JSON, nullable=False, server_default="[]"),  # reasons
    Column("attempt", Integer, nullable=False, server_default="1"),
    # It waits for its next attempt, and what is left of the last one is still there: it cannot be admitted yet.
    Column("clearing", Boolean, nullable=False, server_default="0"),
    Column("priority", String(16), nullable=False, server_default="normal"),
    Column("roles", JSON, nullable=False, server_default="[]"),
    Column("last_lines", JSON, nullable=False, server_default="[]"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("allocated_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("stop_requested_at", UtcDateTime),
)
# Lists come in their order and are counted from these alone.
_ORDER = (tasks.c.created_at, tasks.c.id)
Index("ix_tasks_owner", tasks.c.owner, tasks.c.workspace_id, *_ORDER)
Index("ix_tasks_workspace", tasks.c.workspace_id, *_ORDER)
Index("ix_tasks_created", *_ORDER)
Index("ix_tasks_state", tasks.c.state)

task_states = Table(
    "task_states",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("task_id", ForeignKey("tasks.id"), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", String(32)),
    Column("reason_detail", String(2000)),
    sqlite_autoincrement=True,
)
