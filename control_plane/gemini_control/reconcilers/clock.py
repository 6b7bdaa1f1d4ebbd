"""The billing clock: charges what runs at every hour of the wall clock, and stops it where the account is empty.

Level-triggered: each tick charges whatever is due and was not charged, so a tick that is late, doubled or
missed by a stopped platform changes nothing (BILL-2). Nobody is charged for what was not seen: it may have ended while
nobody looked. The end of a run is charged by whoever closes it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from gemini_core import billing
from gemini_core.reasons import Reason
from gemini_core.states import TASK_ENDED, Target
from sqlalchemy import Connection, RowMapping, Table, select

from gemini_control.background import Loop
from gemini_control.managers import environments, ledger, tasks
from gemini_control.managers.runs import Runs, open_runs
from gemini_control.store import progress
from gemini_control.store import tables as t
from gemini_control.store.database import Store

LONGEST_SLEEP = 60.0
BACKOFF = 5.0
ALL_SEEN = timedelta(seconds=90)
"""So long after a tick everything that lives has been seen again."""
log = logging.getLogger("gemini.clock")


def utc_now() -> datetime:
    """The time now."""
    return datetime.now(UTC)


class Clock(Loop):
    """One of the platform's background works. `now` is a test's to turn."""

    def __init__(self, store: Store, runs: Runs, now: Callable[[], datetime] = utc_now) -> None:
        self.store = store
        self.runs = runs
        self.now = now

    async def run(self) -> None:
        """Tick at every hour, at first for what an earlier life left undone, and again when all were seen since."""
        due, again = billing.hour_of(self.now(), self.runs.zone), True
        while True:
            try:
                # Woken often and compared, not slept through: a wall clock may be set.
                if (now := self.now()) >= due:
                    await self.tick()
                    due, again = now + ALL_SEEN if again else billing.next_hour(now, self.runs.zone), not again
                await asyncio.sleep(min(LONGEST_SLEEP, max(0.0, (due - self.now()).total_seconds())))
            except Exception:  # the top of the loop: said, then tried again
                log.warning("The hour could not be charged; trying again", exc_info=True)
                await asyncio.sleep(BACKOFF)

    async def tick(self) -> None:
        """Charge every open run until the last full hour; each workspace in a transaction of its own."""
        found = await self.store.read(open_runs)
        for workspace in sorted({run["workspace_id"] for run in found}):
            mine = [run["id"] for run in found if run["workspace_id"] == workspace]
            await self.store.write(partial(self._charge, workspace_id=workspace, run_ids=mine))

    def _charge(self, tx: Connection, workspace_id: str, run_ids: list[str]) -> None:
        now = self.now()
        hour = billing.hour_of(now, self.runs.zone)
        for run_id in run_ids:
            self.runs.charge(tx, run_id, hour)
        if billing.in_arrears(ledger.balance(tx, workspace_id)):
            stop_all(tx, run_ids, now)


def stop_all(tx: Connection, run_ids: list[str], now: datetime) -> None:
    """Stop what these runs are of: the account is empty (BILL-6)."""
    for run_id in run_ids:
        for row in _holders(tx, t.environments, run_id):
            if row["target"] == Target.RUNNING:
                environments.set_target(tx, row, Target.STOPPED, now, **progress.why(Reason.ARREARS))
        for row in _holders(tx, t.tasks, run_id):
            if row["target"] == Target.RUNNING and row["state"] not in TASK_ENDED and row["environment_id"] is None:
                tasks.set_stopped(tx, row, now, Reason.ARREARS)


def _holders(tx: Connection, rows: Table, run_id: str) -> list[RowMapping]:
    return list(tx.execute(select(rows).where(rows.c.run_id == run_id)).mappings())
