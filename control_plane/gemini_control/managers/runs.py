"""Runs: one allocation each, from admission to the observed end of all processes, at the price it started with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gemini_core import billing
from gemini_core.ids import of_kind
from gemini_core.prices import Price, Resources
from sqlalchemy import Connection, RowMapping, insert, select, update

from gemini_control.managers import ledger
from gemini_control.managers.prices import PriceList
from gemini_control.store import ids
from gemini_control.store import tables as t


class Runs:
    """Opens, charges and closes runs. `zone` is that of business: hours and months are of its wall clock."""

    def __init__(self, prices: PriceList, zone: ZoneInfo) -> None:
        self.prices = prices
        self.zone = zone

    def price(self, row: RowMapping) -> Price:
        """What a row of environments or tasks would cost from now on; Conflict where its card has no price."""
        return self.prices.price(_priced(row), row.get("specification_id"))

    def price_or_none(self, row: RowMapping) -> Price | None:
        """As `price`; None where its card has none (any more)."""
        return self.prices.current().of(_priced(row), row.get("specification_id"))

    def unpriced(self) -> Callable[[RowMapping], bool]:
        """Whether the card of a row has no price, by the prices in force now: for many rows that are alike."""
        prices, known = self.prices.current(), dict[tuple[Any, ...], bool]()

        def look(row: RowMapping) -> bool:
            card = (row["gpu_type"], row["gpu_count"], row.get("specification_id"))
            found = known.get(card)
            if found is None:
                found = known[card] = prices.of(_priced(row), card[2]) is None
            return found

        return look

    def open(self, tx: Connection, row: RowMapping, at: datetime) -> str:
        """Begin to charge an environment or a task; the run's id. Conflict where nothing says its price.

        A card may lose its price between admission and here, on a cluster: then that of its admission holds.
        """
        price = self.price_or_none(row) or _admitted(row) or self.price(row)
        run_id = ids.new("run")
        tx.execute(
            insert(t.runs).values(
                id=run_id,
                holder_kind="task" if of_kind(row["id"], "task") else "environment",
                holder_id=row["id"],
                workspace_id=row["workspace_id"],
                project_id=row["project_id"],
                person=row["owner"],
                price_micro_per_hour=price.micro_per_hour,
                gpu_micro_per_hour=price.gpu_micro_per_hour,
                started_at=at,
                last_seen_at=at,
            )
        )
        return run_id

    def sight(self, tx: Connection, run_id: str | None, at: datetime) -> None:
        """It was seen alive then: what is charged while nobody sees how it ends."""
        rows = t.runs
        open_earlier = (rows.c.id == run_id) & rows.c.ended_at.is_(None) & (rows.c.last_seen_at < at)
        tx.execute(update(rows).where(open_earlier).values(last_seen_at=at))

    def charge(self, tx: Connection, run_id: str, until: datetime) -> int:
        """Charge what is due until then of what was seen; the micro-points posted.

        It may have ended since its last sight, and nothing is ever posted back; the rest is due when it is seen again.
        """
        run = find(tx, run_id)
        return 0 if run is None else ledger.charge_run(tx, run_id, min(until, run["last_seen_at"]), self.zone)

    def close(self, tx: Connection, run_id: str | None, at: datetime | None) -> None:
        """It ended `at` (None: at its last sight): charge the rest. Safe to repeat; the first end stands."""
        run = find(tx, run_id)
        if run is None or run["ended_at"] is not None:
            return
        end = billing.end_of(run["started_at"], at or run["last_seen_at"])
        tx.execute(update(t.runs).where(t.runs.c.id == run_id).values(ended_at=end, last_seen_at=end))
        self.charge(tx, run["id"], end)


def kept(price: Price) -> dict[str, int]:
    """A price as it is kept with a row's placement."""
    return {"microPerHour": price.micro_per_hour, "gpuMicroPerHour": price.gpu_micro_per_hour}


def _admitted(row: RowMapping) -> Price | None:
    found = (row.get("placement") or {}).get("price")
    return None if found is None else Price(found["microPerHour"], found["gpuMicroPerHour"])


def _priced(row: RowMapping) -> Resources:
    one = (row["cpu_millicores"], row["memory_bytes"], row["gpu_type"], row["gpu_count"])
    return Resources(*one, instances=row.get("instances", 1))


def find(tx: Connection, run_id: str | None) -> RowMapping | None:
    """The row of a run; None where there is none."""
    if run_id is None:
        return None
    return tx.execute(select(t.runs).where(t.runs.c.id == run_id)).mappings().first()


def find_all(tx: Connection, run_ids: set[str]) -> dict[str, RowMapping]:
    """The rows of many runs by id; one query."""
    if not run_ids:
        return {}
    query = select(t.runs).where(t.runs.c.id.in_(run_ids))
    return {row["id"]: row for row in tx.execute(query).mappings()}


def open_runs(tx: Connection) -> list[RowMapping]:
    """All runs that have not ended."""
    return list(tx.execute(select(t.runs).where(t.runs.c.ended_at.is_(None))).mappings())


def cost_of(run: RowMapping | None, now: datetime) -> int:
    """Micro-points of a run until its end, or until now."""
    if run is None:
        return 0
    return billing.cost(run["price_micro_per_hour"], run["started_at"], run["ended_at"] or now)
