"""The clock ticks when it likes, twice, late or not at all, and dies at any commit: the bill is what it must be.

Runs end while nobody looks, too, and that is seen much later.

Each seed is one schedule over the real ledger; a failure names it (`test_any_schedule…[17]`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from control_plane.world import LAB, PROJECT
from gemini_control.home import Home
from gemini_control.managers import ledger
from gemini_control.managers.prices import PriceList
from gemini_control.managers.runs import Runs
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_core import billing
from sqlalchemy import Connection, func, insert, select

SEEDS = range(12)
STEPS = 40
BEGIN = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
ZONES = ("Asia/Shanghai", "Europe/Berlin", "Asia/Kathmandu")
"""Berlin puts its clocks back in the night that is played; Kathmandu's hours begin at a quarter to."""


class Undone(Exception):
    """A crash before the commit."""


@pytest.fixture
def store(filled: Path, memory: Path) -> Iterator[Store]:
    """A database of its own."""
    (memory / "control.sqlite").write_bytes((filled / "control.sqlite").read_bytes())
    store = Store(Home(memory).database_url)
    yield store
    store.close()


def schedule(store: Store, runs: Runs, seed: int) -> dict[str, datetime]:
    """Sights, ticks, ends and crashes in an order of the seed's; when each run was seen last. Afterwards all ended."""
    chance, now, numbers = random.Random(seed), BEGIN, iter(range(1000))
    open_runs: list[str] = []
    seen: dict[str, datetime] = {}
    for _ in range(STEPS):
        now += timedelta(seconds=chance.choice((0, 1, 59, 60, 61, 600, 3599, 3600, 7201, -3600)))
        deed = chance.random()
        if deed < 0.3 or not open_runs:
            open_runs.append(_open(store, f"run-{seed:05}{next(numbers):05}", now, chance.randrange(1, 10**7)))
            seen[open_runs[-1]] = now
        elif deed < 0.5:
            for run in open_runs:
                _try(store, chance, lambda tx, run=run, now=now: runs.sight(tx, run, now), until_done=True)
                seen[run] = max(seen[run], now)
        elif deed < 0.7:
            hour = billing.hour_of(now, runs.zone)
            for run in open_runs * chance.randrange(1, 3):
                _try(store, chance, lambda tx, run=run, hour=hour: runs.charge(tx, run, hour))
        else:
            run = open_runs.pop(chance.randrange(len(open_runs)))
            at = min(now, max(seen[run], now - timedelta(minutes=chance.choice((0, 10, 150)))))
            _try(store, chance, lambda tx, run=run, at=at: runs.close(tx, run, at), until_done=True)
            _try(store, chance, lambda tx, run=run, now=now: runs.close(tx, run, now + timedelta(hours=1)))
    for run in open_runs:
        store.write_now(lambda tx, run=run, now=now: runs.close(tx, run, now))
    return seen


def _try(store: Store, chance: random.Random, change: object, until_done: bool = False) -> None:
    while True:
        crash = chance.random() < 0.4

        def write(tx: Connection, crash: bool = crash) -> None:
            change(tx)  # type: ignore[operator]
            if crash:
                raise Undone

        try:
            store.write_now(write)
        except Undone:
            if until_done:
                continue
        return


def _open(store: Store, run_id: str, at: datetime, price: int) -> str:
    row = {"id": run_id, "holder_kind": "task", "holder_id": run_id, "workspace_id": LAB, "project_id": PROJECT}
    row |= {"person": "member", "price_micro_per_hour": price, "started_at": at, "last_seen_at": at}
    store.write_now(lambda tx: tx.execute(insert(t.runs).values(row)))
    return run_id


@pytest.mark.parametrize("seed", SEEDS)
def test_any_schedule_of_ticks_and_crashes_bills_alike(store: Store, memory: Path, seed: int) -> None:
    """Covers: BILL-2, BILL-9. Postings sum to zero; a replay of the runs gives the bill again, to the micro-point."""
    runs = Runs(PriceList(memory / "prices.toml"), ZoneInfo(ZONES[seed % len(ZONES)]))
    seen = schedule(store, runs, seed)
    with store.reader.connect() as tx:
        found = tx.execute(select(t.runs)).mappings().all()
        sums = dict(
            tx.execute(
                select(t.transactions.c.run_id, func.sum(t.postings.c.amount_micro))
                .join(t.postings, t.postings.c.transaction_id == t.transactions.c.id)
                .where(t.postings.c.account_id == ledger.REVENUE)
                .group_by(t.transactions.c.run_id)
            ).all()
        )
        assert tx.scalar(select(func.sum(t.postings.c.amount_micro))) == 0
        assert tx.scalar(select(func.sum(t.accounts.c.balance_micro))) == 0
        least = tx.scalar(select(func.min(t.postings.c.amount_micro)).where(t.postings.c.account_id == ledger.REVENUE))
    assert least is None or least > 0
    for run in found:
        assert run["ended_at"] >= run["started_at"]
        owed = billing.cost(run["price_micro_per_hour"], run["started_at"], run["ended_at"])
        charged = billing.charge(run["price_micro_per_hour"], run["charged_minutes"])
        assert run["charged_micro"] == sums.get(run["id"], 0) == charged
        # An hour that was charged before the clock was set back stays charged; nothing else is ever more than owed.
        most = billing.cost(run["price_micro_per_hour"], run["started_at"], max(run["ended_at"], seen[run["id"]]))
        assert owed <= charged <= most


@pytest.mark.parametrize("seed", range(0, 12, 4))
def test_the_same_schedule_gives_the_same_bill(store: Store, filled: Path, memory: Path, seed: int) -> None:
    """Covers: BILL-9. Byte for byte, whatever crashed on the way."""
    runs = Runs(PriceList(memory / "prices.toml"), ZoneInfo(ZONES[seed % len(ZONES)]))
    schedule(store, runs, seed)
    other = memory / "other"
    other.mkdir()
    (other / "control.sqlite").write_bytes((filled / "control.sqlite").read_bytes())
    again = Store(Home(other).database_url)
    schedule(again, runs, seed)
    assert _bill(store) == _bill(again) != []
    again.close()


def _bill(store: Store) -> list[tuple[object, ...]]:
    rows = t.transactions.c
    query = select(rows.key, rows.hour, rows.minutes, t.postings.c.account_id, t.postings.c.amount_micro)
    joined = query.join(t.postings, t.postings.c.transaction_id == rows.id).order_by(rows.key, t.postings.c.account_id)
    with store.reader.connect() as tx:
        return [tuple(row) for row in tx.execute(joined)]
