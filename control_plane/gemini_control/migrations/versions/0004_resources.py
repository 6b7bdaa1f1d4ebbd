"""Zones, cards, specifications.

Revision: 0004_resources, after 0003_catalogue.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_resources"
down_revision = "0003_catalogue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "zones",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("region", sa.String(length=64), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("local", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zones")),
    )
    op.create_table(
        "specifications",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("zone_id", sa.String(length=64), nullable=False),
        sa.Column("class", sa.String(length=1), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cpu_millicores", sa.Integer(), nullable=False),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=False),
        sa.Column("gpu_type", sa.String(length=64), nullable=True),
        sa.Column("gpu_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("temporary_storage_bytes", sa.BigInteger(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.id"], name=op.f("fk_specifications_zone_id_zones")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specifications")),
        sa.UniqueConstraint("zone_id", "class", "number", name=op.f("uq_specifications_zone_id_class_number")),
    )
    op.create_table(
        "zone_gpus",
        sa.Column("zone_id", sa.String(length=64), nullable=False),
        sa.Column("gpu_type", sa.String(length=64), nullable=False),
        sa.Column("declared", sa.Integer(), nullable=False),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["zone_id"], ["zones.id"], name=op.f("fk_zone_gpus_zone_id_zones")),
        sa.PrimaryKeyConstraint("zone_id", "gpu_type", name=op.f("pk_zone_gpus")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("zone_gpus")
    op.drop_table("specifications")
    op.drop_table("zones")
