"""The metadata that all tables share: constraints have predictable names, so that migrations can name them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Integer, MetaData, String

from gemini_control.store.columns import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String(30)
"""Our ids (`gemini_core.ids`)."""

SPECIFICATION = String(64)
"""The id of a specification: an operator's zone is named in it."""

NAME = String(255)
"""What a person typed, or a person's name at the hub."""


def resource_columns() -> list[Column[Any]]:
    """What an environment or a dynamic task asks for; `gpu_indices` are the cards it was given."""
    return [
        Column("cpu_millicores", Integer, nullable=False, server_default="0"),
        Column("memory_bytes", BigInteger, nullable=False, server_default="0"),
        Column("gpu_type", String(64)),
        Column("gpu_count", Integer, nullable=False, server_default="0"),
        Column("gpu_indices", JSON, nullable=False, server_default="[]"),
    ]


def progress_columns() -> list[Column[Any]]:
    """Where a long-lived thing is and where it is to go; `reason` is a name of `gemini_core.reasons`."""
    return [
        Column("target", String(16), nullable=False),
        Column("state", String(16), nullable=False),
        Column("state_since", UtcDateTime, nullable=False),
        Column("reason", String(32)),
        Column("reason_detail", String(2000)),
        Column("position", Integer),
        Column("steps", JSON, nullable=False, server_default="[]"),
    ]
