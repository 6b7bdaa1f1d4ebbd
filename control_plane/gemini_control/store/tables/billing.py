"""Money: what ran (`runs`) and the double-entry ledger (`accounts`, `transactions`, `postings`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from gemini_control.store.columns import Counter, UtcDateTime
from gemini_control.store.tables.base import ID, NAME, metadata

runs = Table(
    # One allocation, from admission to the observed end of all processes, at the price it started with.
    "runs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("holder_kind", String(16), nullable=False),  # environment, task
    Column("holder_id", ID, nullable=False, index=True),
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("person", NAME, nullable=False),
    Column("price_micro_per_hour", BigInteger, nullable=False),
    # The part of the price that is for cards (BILL-9).
    Column("gpu_micro_per_hour", BigInteger, nullable=False, server_default="0"),
    Column("started_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    # What of it is in the ledger already.
    Column("charged_minutes", Integer, nullable=False, server_default="0"),
    Column("charged_micro", BigInteger, nullable=False, server_default="0"),
    CheckConstraint("price_micro_per_hour >= 0", name="price"),
)
Index("ix_runs_open", runs.c.ended_at)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(64), primary_key=True),  # a workspace's id, or `platform:revenue`, `platform:funding`
    Column("workspace_id", ForeignKey("workspaces.id"), unique=True),
    # Always the sum of its postings; kept so that a balance is one row.
    Column("balance_micro", BigInteger, nullable=False, server_default="0"),
)

transactions = Table(
    "transactions",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("id", ID, nullable=False, unique=True),
    # What makes it happen once: `run-…:60` is the charge of that run through its 60th minute.
    Column("key", String(255), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),  # credit, environment, training
    Column("workspace_id", ForeignKey("workspaces.id"), nullable=False),
    Column("project_id", ForeignKey("projects.id")),
    Column("person", NAME, nullable=False),
    Column("run_id", ForeignKey("runs.id"), index=True),
    Column("minutes", Integer, nullable=False, server_default="0"),
    # The hour of the platform's zone that it belongs to starts here; of a credit, its own moment.
    Column("hour", UtcDateTime, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_transactions_workspace_hour", transactions.c.workspace_id, transactions.c.hour)

postings = Table(
    # The amounts of a transaction sum to zero.
    "postings",
    metadata,
    Column("transaction_id", ForeignKey("transactions.id"), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), primary_key=True, index=True),
    Column("amount_micro", BigInteger, nullable=False),
)
