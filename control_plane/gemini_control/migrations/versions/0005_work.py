"""Environments, tasks, mounts.

Revision: 0005_work, after 0004_resources.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_work"
down_revision = "0004_resources"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "environments",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("workspace_id", sa.String(length=30), nullable=False),
        sa.Column("project_id", sa.String(length=30), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("image", sa.String(length=255), nullable=False),
        sa.Column("zone_id", sa.String(length=64), nullable=False),
        sa.Column("specification_id", sa.String(length=64), nullable=True),
        sa.Column("cpu_millicores", sa.Integer(), server_default="0", nullable=False),
        sa.Column("memory_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("gpu_type", sa.String(length=64), nullable=True),
        sa.Column("gpu_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("gpu_indices", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("target", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("reason_detail", sa.String(length=2000), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("steps", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("health", sa.String(length=32), nullable=True),
        sa.Column("tags", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("run_id", sa.String(length=30), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_environments_project_id_projects")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_environments_workspace_id_workspaces")
        ),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.id"], name=op.f("fk_environments_zone_id_zones")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_environments")),
    )
    with op.batch_alter_table("environments", schema=None) as batch_op:
        batch_op.create_index("ix_environments_owner", ["owner", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_environments_project_id"), ["project_id"], unique=False)
        batch_op.create_index("ix_environments_state", ["state"], unique=False)
        batch_op.create_index("ix_environments_workspace", ["workspace_id", "created_at"], unique=False)

    op.create_table(
        "mounts",
        sa.Column("holder_id", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("holder_kind", sa.String(length=16), nullable=False),
        sa.Column("version_id", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_mounts_version_id_versions")),
        sa.PrimaryKeyConstraint("holder_id", "kind", "slot", name=op.f("pk_mounts")),
        sa.UniqueConstraint("holder_id", "version_id", name=op.f("uq_mounts_holder_id_version_id")),
    )
    with op.batch_alter_table("mounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mounts_version_id"), ["version_id"], unique=False)

    op.create_table(
        "tasks",
        sa.Column("id", sa.String(length=30), nullable=False),
        sa.Column("workspace_id", sa.String(length=30), nullable=False),
        sa.Column("project_id", sa.String(length=30), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("environment_id", sa.String(length=30), nullable=True),
        sa.Column("run_id", sa.String(length=30), nullable=True),
        sa.Column("image", sa.String(length=255), nullable=False),
        sa.Column("zone_id", sa.String(length=64), nullable=True),
        sa.Column("cpu_millicores", sa.Integer(), server_default="0", nullable=False),
        sa.Column("memory_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("gpu_type", sa.String(length=64), nullable=True),
        sa.Column("gpu_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("gpu_indices", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("target", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("reason_detail", sa.String(length=2000), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("steps", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.String(length=64), nullable=True),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("lost", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("max_duration_seconds", sa.Integer(), nullable=True),
        sa.Column("retries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("priority", sa.String(length=16), server_default="normal", nullable=False),
        sa.Column("roles", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("last_lines", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("allocated_at", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("stop_requested_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_tasks_environment_id_environments")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_tasks_project_id_projects")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_tasks_workspace_id_workspaces")),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.id"], name=op.f("fk_tasks_zone_id_zones")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tasks_environment_id"), ["environment_id"], unique=False)
        batch_op.create_index("ix_tasks_owner", ["owner", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_tasks_project_id"), ["project_id"], unique=False)
        batch_op.create_index("ix_tasks_state", ["state"], unique=False)
        batch_op.create_index("ix_tasks_workspace", ["workspace_id", "created_at"], unique=False)

    op.create_table(
        "task_states",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("task_id", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("reason_detail", sa.String(length=2000), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_task_states_task_id_tasks")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_task_states")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("task_states", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_states_task_id"), ["task_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("task_states", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_states_task_id"))

    op.drop_table("task_states")
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_index("ix_tasks_workspace")
        batch_op.drop_index("ix_tasks_state")
        batch_op.drop_index(batch_op.f("ix_tasks_project_id"))
        batch_op.drop_index("ix_tasks_owner")
        batch_op.drop_index(batch_op.f("ix_tasks_environment_id"))

    op.drop_table("tasks")
    with op.batch_alter_table("mounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mounts_version_id"))

    op.drop_table("mounts")
    with op.batch_alter_table("environments", schema=None) as batch_op:
        batch_op.drop_index("ix_environments_workspace")
        batch_op.drop_index("ix_environments_state")
        batch_op.drop_index(batch_op.f("ix_environments_project_id"))
        batch_op.drop_index("ix_environments_owner")

    op.drop_table("environments")
