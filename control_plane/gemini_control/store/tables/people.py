"""Who there is and where they work together: workspaces, persons, memberships, projects."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, text

from gemini_control.store.columns import UtcDateTime
from gemini_control.store.tables.base import ID, NAME, SPECIFICATION, metadata

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", ID, primary_key=True),
    # Which range of user ids its sandboxes have; never used again after a workspace.
    Column("number", Integer, nullable=False, unique=True),
    Column("name", NAME, nullable=False, unique=True),
    Column("created_by", NAME, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

persons = Table(
    "persons",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("first_seen_at", UtcDateTime, nullable=False),
    # The default project of a form that names none.
    Column("last_project_id", ID),
)

memberships = Table(
    "memberships",
    metadata,
    Column("workspace_id", ForeignKey("workspaces.id"), primary_key=True),
    Column("person", ForeignKey("persons.name"), primary_key=True, index=True),
    Column("role", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

projects = Table(
    "projects",
    metadata,
    Column("id", ID, primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("owner", NAME, nullable=False),
    Column("name", NAME, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("tags", JSON, nullable=False, server_default="[]"),
    Column("visibility", String(16), nullable=False, server_default="workspace"),  # private, workspace, public (TEN-5)
    Column("default_command", Text, nullable=False, server_default=""),
    Column("default_specification_id", SPECIFICATION),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # A deleted project stays, so that the tasks and bills that name it can be read.
    Column("deleted_at", UtcDateTime),
)
Index(
    "uq_projects_live_name",
    projects.c.workspace_id,
    projects.c.name,
    unique=True,
    sqlite_where=text("deleted_at IS NULL"),
    postgresql_where=text("deleted_at IS NULL"),
)
