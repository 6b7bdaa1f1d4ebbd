"""What there is to run on: zones, the cards they declare, specifications."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, UniqueConstraint

from gemini_control.store.tables.base import metadata

zones = Table(
    "zones",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("region", String(64), nullable=False),
    # The operator's switch (RES-1b), not what is free.
    Column("available", Boolean, nullable=False),
    # Whether this machine is behind it; a zone that is only declared has nothing free.
    Column("local", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
)

zone_gpus = Table(
    "zone_gpus",
    metadata,
    Column("zone_id", ForeignKey("zones.id"), primary_key=True),
    Column("gpu_type", String(64), primary_key=True),
    Column("declared", Integer, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
    Column("label", String(64), nullable=False, server_default=""),
)

specifications = Table(
    "specifications",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("zone_id", ForeignKey("zones.id"), nullable=False),
    Column("class", String(1), nullable=False),  # B, S, P
    Column("number", Integer, nullable=False),
    Column("cpu_millicores", Integer, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
    Column("gpu_type", String(64)),
    Column("gpu_count", Integer, nullable=False, server_default="0"),
    Column("temporary_storage_bytes", BigInteger, nullable=False),
    Column("is_default", Boolean, nullable=False),
    UniqueConstraint("zone_id", "class", "number"),
)
