"""What people see of the ledger: balances, lines, sums (BILL-1, BILL-8). Writing is `ledger`'s."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from gemini_core import billing
from gemini_core.errors import Conflict, NotFound
from gemini_core.roles import Role, reaches
from sqlalchemy import Connection, RowMapping, Select, func, select

from gemini_control.managers import access, ledger
from gemini_control.models.operating import EntryOut, TransactionOut
from gemini_control.models.people import BalanceOut, CostOut, CreditIn, PostingOut
from gemini_control.store import audit, ids, outbox
from gemini_control.store import tables as t
from gemini_control.store.audit import Entry
from gemini_control.store.database import Store
from gemini_control.store.paging import Page, PageRequest, fetch
from gemini_control.viewers import Viewer

CHARGES = ("environment", "training")


class Accounts:
    """The accounts of the workspaces. `zone` is the platform's: its wall clock makes the days."""

    def __init__(self, store: Store, zone: tzinfo) -> None:
        self.store = store
        self.zone = zone

    async def balance(self, viewer: Viewer, workspace_id: str) -> BalanceOut:
        """What a workspace has."""

        def find(tx: Connection) -> BalanceOut:
            access.require(tx, viewer, workspace_id)
            _check_there(tx, workspace_id)
            return _balance(tx, workspace_id)

        return await self.store.read(find)

    async def postings(self, viewer: Viewer, workspace_id: str, page: PageRequest) -> Page[PostingOut]:
        """The lines of a workspace's account, newest first. A member sees credits and what they spent themselves."""

        def find(tx: Connection) -> Page[PostingOut]:
            access.require(tx, viewer, workspace_id)
            _check_there(tx, workspace_id)
            query = _lines(tx, viewer, workspace_id)
            return fetch(tx, query, (t.transactions.c.number,), page).map(_posting)

        return await self.store.read(find)

    async def transaction(self, viewer: Viewer, workspace_id: str, transaction_id: str) -> TransactionOut:
        """One line of a workspace's account with both its sides; NotFound where it is not of this workspace."""

        def find(tx: Connection) -> TransactionOut:
            access.require(tx, viewer, workspace_id)
            row = tx.execute(_joined(workspace_id).where(t.transactions.c.id == transaction_id)).mappings().first()
            if row is None:
                raise NotFound("not-found")
            rows = t.postings
            query = select(rows).where(rows.c.transaction_id == transaction_id).order_by(rows.c.amount_micro.desc())
            entries = [EntryOut(account=one.account_id, amount=one.amount_micro) for one in tx.execute(query)]
            return TransactionOut(posting=_posting(row), entries=entries)

        return await self.store.read(find)

    async def credit(self, viewer: Viewer, workspace_id: str, wanted: CreditIn) -> PostingOut:
        """Put money into a workspace's account (operators)."""
        made = await self.store.write(lambda tx: _credit(tx, viewer, workspace_id, wanted))
        query = _joined(workspace_id).where(t.transactions.c.key == made)
        return _posting(await self.store.read(lambda tx: tx.execute(query).mappings().one()))

    async def costs(self, viewer: Viewer, workspace_id: str | None, by: str) -> list[CostOut]:
        """What was charged, summed by `day`, `project` or `person`, largest key last. Members see what is theirs."""

        def find(tx: Connection) -> list[CostOut]:
            chosen = workspace_id or access.home_of(tx, viewer, None)
            access.require(tx, viewer, chosen)
            _check_there(tx, chosen)
            return self._sum(tx, _lines(tx, viewer, chosen).where(t.transactions.c.kind.in_(CHARGES)), by)

        return await self.store.read(find)

    def _sum(self, tx: Connection, lines: Select[Any], by: str) -> list[CostOut]:
        rows = lines.subquery()
        key = {"day": rows.c.hour, "project": rows.c.project_id, "person": rows.c.person}[by]
        query = select(key.label("key"), func.sum(rows.c.amount_micro), func.sum(rows.c.minutes)).group_by(key)
        sums: dict[str, tuple[int, int]] = {}
        for found, amount, minutes in tx.execute(query):
            name = found.astimezone(self.zone).date().isoformat() if by == "day" else str(found or "")
            before = sums.get(name, (0, 0))
            sums[name] = (before[0] - int(amount), before[1] + int(minutes))
        names = _project_names(tx) if by == "project" else {}
        return [
            CostOut(key=name, name=names.get(name, name), amount=sums[name][0], minutes=sums[name][1])
            for name in sorted(sums)
        ]


def _check_there(tx: Connection, workspace_id: str) -> None:
    if tx.scalar(select(t.workspaces.c.id).where(t.workspaces.c.id == workspace_id)) is None:
        raise NotFound("not-found")


def _joined(workspace_id: str) -> Select[Any]:
    mine = (t.postings.c.transaction_id == t.transactions.c.id) & (t.postings.c.account_id == workspace_id)
    return (
        select(t.transactions, t.postings.c.amount_micro, t.runs.c.holder_id)
        .join(t.postings, mine)
        .outerjoin(t.runs, t.runs.c.id == t.transactions.c.run_id)
        .where(t.transactions.c.workspace_id == workspace_id)
    )


def _lines(tx: Connection, viewer: Viewer, workspace_id: str) -> Select[Any]:
    query = _joined(workspace_id)
    if viewer.operator or reaches(access.role_in(tx, viewer.name, workspace_id), Role.ADMIN):
        return query
    return query.where((t.transactions.c.person == viewer.name) | (t.transactions.c.kind == "credit"))


def _project_names(tx: Connection) -> dict[str, str]:
    return {row.id: row.name for row in tx.execute(select(t.projects.c.id, t.projects.c.name))}


def _credit(tx: Connection, viewer: Viewer, workspace_id: str, wanted: CreditIn) -> str:
    access.require(tx, viewer, workspace_id)
    _check_there(tx, workspace_id)
    key = f"credit:{ids.new('transaction')}"
    if ledger.balance(tx, workspace_id) + wanted.amount > 2**62:
        raise Conflict("balance-too-large", field="amount")
    ledger.credit(tx, workspace_id, wanted.amount, key=key, person=viewer.name, note=wanted.note)
    new = {"amount_micro": wanted.amount, "note": wanted.note}
    audit.write(tx, viewer.name, viewer.source, Entry("credit", "balance", workspace_id, workspace_id, None, new))
    return key


def _balance(tx: Connection, workspace_id: str) -> BalanceOut:
    micro = ledger.balance(tx, workspace_id)
    return BalanceOut(workspace_id=workspace_id, balance=micro, in_arrears=billing.in_arrears(micro))


def _posting(row: RowMapping) -> PostingOut:
    return PostingOut(
        id=row["id"],
        kind=row["kind"],
        amount=row["amount_micro"],
        note=row["note"],
        person=row["person"],
        project_id=row["project_id"],
        holder_id=row["holder_id"],
        minutes=row["minutes"],
        hour=row["hour"],
        created_at=row["created_at"],
    )


def _event_view(tx: Connection, workspace_id: str, language: str) -> dict[str, Any]:
    return _balance(tx, workspace_id).wire()


outbox.register_view("balance", _event_view)
