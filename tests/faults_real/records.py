"""What the platform has on record of a thing: compared between a disturbed and an undisturbed run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gemini_client import Client
from gemini_control.store import tables as t
from gemini_core import billing
from sqlalchemy import create_engine, select

Row = dict[str, Any]
HOLDING = ("allocating", "starting", "running", "stopping")


@dataclass(frozen=True)
class Outcome:
    """The end of an environment or a task as people see it."""

    state: str
    reason: str | None
    detail: str | None
    steps: tuple[str, ...]
    exit_code: int | None = None
    lost: bool = False
    timeline: tuple[tuple[str, str | None], ...] = ()
    last_lines: tuple[str, ...] = ()
    ranks: tuple[tuple[str, int | None], ...] = ()
    log: str = ""

    def short(self) -> Row:
        """What is compared where the whole cannot be the same."""
        return {"state": self.state, "reason": self.reason, "exit_code": self.exit_code, "lost": self.lost}


class Records:
    """Reads one platform's records: by the API where people read them, else from its database."""

    def __init__(self, home: Path, client: Client) -> None:
        self.home = home
        self.client = client
        self._engine = create_engine(f"sqlite:///file:{home}/control.sqlite?mode=ro&uri=true")

    def close(self) -> None:
        """Lets go of the database."""
        self._engine.dispose()

    def row(self, id: str) -> Row:
        """The row of an environment or a task."""
        rows = t.tasks if id.startswith("task-") else t.environments
        with self._engine.connect() as tx:
            return dict(tx.execute(select(rows).where(rows.c.id == id)).mappings().one())

    def state(self, id: str) -> str:
        """Its state, straight from the database: also while no part of the platform answers."""
        return str(self.row(id)["state"])

    def environment(self, id: str) -> Outcome:
        """An environment as the API tells it."""
        seen = self.client.environments.get(id)
        return Outcome(seen["state"], *_reason(seen), tuple(step["state"] for step in seen["steps"]))

    def task(self, id: str) -> Outcome:
        """A task as the API tells it, with its whole log."""
        seen = self.client.tasks.get(id)
        return Outcome(
            seen["state"],
            *_reason(seen),
            tuple(step["state"] for step in seen["steps"]),
            seen["exitCode"],
            seen["lost"],
            tuple((line["state"], (line["reason"] or {}).get("code")) for line in seen["timeline"]),
            tuple(seen["lastLines"]),
            tuple((rank["state"], rank["exitCode"]) for rank in seen["ranks"]),
            self.log(id),
        )

    def log(self, id: str) -> str:
        """The whole log as the API gives it; it must be what lies in the store."""
        text, offset = "", 0
        while True:
            piece = self.client.tasks.log(id, offset=offset)
            text += piece["text"]
            if piece["next"] == offset:
                break
            offset = piece["next"]
        path = self.home / "store" / self.row(id)["folder"] / "main-0.log"
        stored = path.read_bytes() if path.exists() else b""
        assert text.encode() == stored, f"{id}: the API tells {len(text)} bytes, {len(stored)} lie in the store"
        return text

    def runs(self, id: str) -> list[Row]:
        """The allocations of a thing."""
        with self._engine.connect() as tx:
            return [dict(row) for row in tx.execute(select(t.runs).where(t.runs.c.holder_id == id)).mappings()]

    def held_bytes(self) -> int:
        """The memory that is given away now."""
        held = 0
        with self._engine.connect() as tx:
            for rows in (t.environments, t.tasks):
                query = select(rows.c.memory_bytes).where(rows.c.state.in_(HOLDING))
                if rows is t.tasks:
                    query = query.where(rows.c.mode == "dynamic")
                held += sum(tx.scalars(query))
        return held

    def open_runs(self) -> set[str]:
        """Who is charged now."""
        with self._engine.connect() as tx:
            return set(tx.scalars(select(t.runs.c.holder_id).where(t.runs.c.ended_at.is_(None))))

    def check_charge(self, id: str, count: int = 1) -> int:
        """`count` allocations, each charged exactly what its own times come to; the micro-points in all."""
        runs = self.runs(id)
        assert len(runs) == count, f"{id}: {len(runs)} runs"
        total = 0
        for run in runs:
            due = billing.cost(run["price_micro_per_hour"], run["started_at"], run["ended_at"])
            posted = self._posted(run)
            assert due == posted == run["charged_micro"] > 0, f"{id}: due {due}, posted {posted}"
            total += posted
        return total

    def check_ledger(self) -> None:
        """All transactions together balance, and every account is the sum of its postings."""
        with self._engine.connect() as tx:
            amounts = list(tx.execute(select(t.postings.c.account_id, t.postings.c.amount_micro)))
            accounts = list(tx.execute(select(t.accounts.c.id, t.accounts.c.balance_micro)))
        assert sum(amount for _, amount in amounts) == 0
        for account, balance in accounts:
            assert balance == sum(amount for one, amount in amounts if one == account), account

    def _posted(self, run: Row) -> int:
        query = (
            select(t.postings.c.amount_micro)
            .join(t.transactions, t.transactions.c.id == t.postings.c.transaction_id)
            .where(t.transactions.c.run_id == run["id"], t.postings.c.account_id == run["workspace_id"])
        )
        with self._engine.connect() as tx:
            return -sum(tx.scalars(query))


def _reason(seen: Row) -> tuple[str | None, str | None]:
    reason = seen["reason"] or {}
    return reason.get("code"), reason.get("detail")


def without_ids(outcome: Outcome, id: str) -> Outcome:
    """The outcome as another thing's could be: without its own id in the texts."""
    return replace(outcome, detail=outcome.detail and outcome.detail.replace(id, "…"))
