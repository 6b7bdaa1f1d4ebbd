"""The ledger: double entry in whole micro-points, every transaction once by its key (BILL-9).

Functions over a connection, so that a charge lies in the same transaction as what it is for. Nothing here is ever
changed or deleted (triggers see to that); a balance is the sum of an account's postings, kept beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from gemini_core import billing
from gemini_core.billing import Meter
from gemini_core.errors import Forbidden
from sqlalchemy import Connection, RowMapping, insert, select, update

from gemini_control.store import ids, outbox
from gemini_control.store import tables as t
from gemini_control.store.outbox import About

REVENUE = "platform:revenue"
FUNDING = "platform:funding"


@dataclass(frozen=True)
class Entry:
    """A transaction to be: `amounts` by account, summing to zero; `key` makes it happen once."""

    key: str
    kind: str
    workspace_id: str
    person: str
    hour: datetime
    amounts: Sequence[tuple[str, int]]
    project_id: str | None = None
    run_id: str | None = None
    minutes: int = 0
    note: str = ""


def post(tx: Connection, entry: Entry) -> bool:
    """Write a transaction; False, and nothing written, where its key is in the ledger already.

    ValueError where its amounts do not sum to zero: a bug, and the whole database transaction goes with it.
    """
    if sum(amount for _, amount in entry.amounts) != 0:
        raise ValueError(f"{entry.key}: the postings do not balance")
    if tx.scalar(select(t.transactions.c.id).where(t.transactions.c.key == entry.key)) is not None:
        return False
    transaction_id = ids.new("transaction")
    values: dict[str, Any] = {name: getattr(entry, name) for name in ("key", "kind", "workspace_id", "person", "hour")}
    values |= {name: getattr(entry, name) for name in ("project_id", "run_id", "minutes", "note")}
    tx.execute(insert(t.transactions).values(id=transaction_id, created_at=datetime.now(UTC), **values))
    for account, amount in entry.amounts:
        _open(tx, account)
        tx.execute(insert(t.postings).values(transaction_id=transaction_id, account_id=account, amount_micro=amount))
        rows = t.accounts
        tx.execute(update(rows).where(rows.c.id == account).values(balance_micro=rows.c.balance_micro + amount))
    outbox.add(tx, "balance", entry.workspace_id, "updated", About(entry.workspace_id, None, "workspace"))
    return True


def credit(tx: Connection, workspace_id: str, micro: int, *, key: str, person: str, note: str) -> bool:
    """Put `micro` into a workspace's account, from outside (an operator confirms a transfer, opening credit)."""
    amounts = [(workspace_id, micro), (FUNDING, -micro)]
    return post(tx, Entry(key, "credit", workspace_id, person, datetime.now(UTC), amounts, note=note))


def charge_run(tx: Connection, run_id: str, until: datetime, zone: tzinfo) -> int:
    """Charge a run for its minutes that started before `until` and were not charged; the micro-points posted.

    Safe to repeat and to skip: each line is keyed by the run and its last minute, and the next call takes up
    whatever this one did not. One transaction an hour of the wall clock of `zone` (BILL-2, BILL-4).
    """
    run = tx.execute(select(t.runs).where(t.runs.c.id == run_id)).mappings().one()
    meter = Meter(run["started_at"], run["price_micro_per_hour"], run["charged_minutes"])
    posted = 0
    through = run["charged_minutes"]
    for line in billing.due(meter, until, zone):
        through = line.through
        posted += _post_line(tx, run, line)
    if through > run["charged_minutes"]:
        values = {"charged_minutes": through, "charged_micro": run["charged_micro"] + posted}
        tx.execute(update(t.runs).where(t.runs.c.id == run_id).values(values))
    return posted


def _post_line(tx: Connection, run: RowMapping, line: billing.Line) -> int:
    if line.micro == 0:
        return 0
    kind = "training" if run["holder_kind"] == "task" else "environment"
    workspace = run["workspace_id"]
    entry = Entry(
        f"{run['id']}:{line.through}",
        kind,
        workspace,
        run["person"],
        line.hour,
        [(workspace, -line.micro), (REVENUE, line.micro)],
        run["project_id"],
        run["id"],
        line.minutes,
    )
    return line.micro if post(tx, entry) else 0


def balance(tx: Connection, workspace_id: str) -> int:
    """What a workspace has, in micro-points; 0 before its first posting."""
    return int(tx.scalar(select(t.accounts.c.balance_micro).where(t.accounts.c.id == workspace_id)) or 0)


def require_credit(tx: Connection, workspace_id: str) -> None:
    """Raises Forbidden `arrears` where a workspace may start nothing new (BILL-6)."""
    if billing.in_arrears(balance(tx, workspace_id)):
        raise Forbidden("arrears")


def _open(tx: Connection, account: str) -> None:
    if tx.scalar(select(t.accounts.c.id).where(t.accounts.c.id == account)) is None:
        workspace_id = None if account.startswith("platform:") else account
        tx.execute(insert(t.accounts).values(id=account, workspace_id=workspace_id))
