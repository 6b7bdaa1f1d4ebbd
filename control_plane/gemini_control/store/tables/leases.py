"""Who leads of several replicas (`store.lease`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table

from gemini_control.store.columns import UtcDateTime
from gemini_control.store.tables.base import NAME, metadata

leases = Table(
    "leases",
    metadata,
    Column("name", String(32), primary_key=True),
    # Counted up by each new holder; a write of an earlier term is refused.
    Column("term", BigInteger, nullable=False),
    Column("holder", NAME, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)
