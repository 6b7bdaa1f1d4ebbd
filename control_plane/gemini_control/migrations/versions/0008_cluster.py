"""Limits of workspaces and persons; where a cluster's queue placed what it admitted; who leads.

Revision: 0008_cluster, after 0007_list_order.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008_cluster"
down_revision = "0007_list_order"
branch_labels = None
depends_on = None

WORK = ("environments", "tasks")


def _limit_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("cpu_millicores", sa.Integer(), nullable=True),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=True),
        sa.Column("gpu_count", sa.Integer(), nullable=True),
        sa.Column("changed_by", sa.String(length=255), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
    ]


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "workspace_limits",
        sa.Column("workspace_id", sa.String(length=30), nullable=False),
        *_limit_columns(),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_workspace_limits_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_workspace_limits")),
    )
    op.create_table(
        "member_limits",
        sa.Column("workspace_id", sa.String(length=30), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        *_limit_columns(),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_member_limits_workspace_id_workspaces")
        ),
        sa.ForeignKeyConstraint(["person"], ["persons.name"], name=op.f("fk_member_limits_person_persons")),
        sa.PrimaryKeyConstraint("workspace_id", "person", name=op.f("pk_member_limits")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=255), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    for table in WORK:
        op.add_column(table, sa.Column("placement", sa.JSON(), nullable=True))
    op.add_column("tasks", sa.Column("specification_id", sa.String(length=64), nullable=True))
    op.add_column("tasks", sa.Column("instances", sa.Integer(), server_default="1", nullable=False))
    op.add_column("tasks", sa.Column("retry_on", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("tasks", sa.Column("attempt", sa.Integer(), server_default="1", nullable=False))
    op.add_column("tasks", sa.Column("clearing", sa.Boolean(), server_default="0", nullable=False))


def downgrade() -> None:
    """Undo the change."""
    for column in ("clearing", "attempt", "retry_on", "instances", "specification_id"):
        op.drop_column("tasks", column)
    for table in WORK:
        op.drop_column(table, "placement")
    op.drop_table("leases")
    op.drop_table("member_limits")
    op.drop_table("workspace_limits")
