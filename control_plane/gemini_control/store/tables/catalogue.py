"""Datasets and models (both are `assets`), their immutable versions, and the blobs those are made of."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from gemini_control.store.columns import UtcDateTime
from gemini_control.store.tables.base import ID, NAME, metadata

assets = Table(
    "assets",
    metadata,
    Column("id", ID, primary_key=True),
    Column("kind", String(16), nullable=False),  # dataset, model
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("owner", NAME, nullable=False),
    Column("name", NAME, nullable=False),
    Column("tags", JSON, nullable=False, server_default="[]"),
    Column("visibility", String(16), nullable=False),  # private, workspace, public
    Column("zone_id", String(64)),
    Column("last_number", Integer, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # A deleted one stays, so that the tasks that used it can be read.
    Column("deleted_at", UtcDateTime),
)
Index(
    # By owner, so that a refused name tells nobody of another member's private data.
    "uq_assets_live_name",
    assets.c.workspace_id,
    assets.c.kind,
    assets.c.owner,
    assets.c.name,
    unique=True,
    sqlite_where=text("deleted_at IS NULL"),
    postgresql_where=text("deleted_at IS NULL"),
)

versions = Table(
    "versions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("asset_id", ForeignKey("assets.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("file_count", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created_by", NAME, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # Deleted: its files are gone, its number is never used again.
    Column("deleted_at", UtcDateTime),
    UniqueConstraint("asset_id", "number"),
)

blobs = Table(
    "blobs",
    metadata,
    Column("key", String(65), primary_key=True),  # sha256 in hexadecimal, and `x` where it is executable
    Column("size_bytes", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

version_files = Table(
    "version_files",
    metadata,
    Column("version_id", ForeignKey("versions.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("blob_key", ForeignKey("blobs.key"), nullable=False, index=True),
)
