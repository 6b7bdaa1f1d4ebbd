"""Admission: whoever waits and fits gets its allocation, in the transaction that made room or joined the line.

An allocation opens a run, so charging begins with it (BILL-2). What is held is read from the rows
themselves: after a crash nothing has to be found again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gemini_core import billing, steps
from gemini_core.ids import of_kind
from gemini_core.queueing import NORMAL, PRIORITIES, Ask, Capacity, Decision, admit, choose_cards, left
from gemini_core.quota import write_bounds
from gemini_core.reasons import Reason
from gemini_core.states import EnvironmentState, LaunchMode, Target, TaskState
from sqlalchemy import Connection, RowMapping, Table, literal, select

from gemini_control.backends.base import Backend
from gemini_control.managers import ledger, limits
from gemini_control.managers.runs import Runs
from gemini_control.store import progress
from gemini_control.store import tables as t

HOLDING_ENVIRONMENT = (EnvironmentState.STARTING, EnvironmentState.RUNNING, EnvironmentState.STOPPING)
HOLDING_TASK = (TaskState.ALLOCATING, TaskState.STARTING, TaskState.RUNNING, TaskState.STOPPING)

LINE = ("id", "workspace_id", "project_id", "owner", "zone_id", "state", "target", "state_since", *progress.TOLD)
ASKED = ("specification_id", "cpu_millicores", "memory_bytes", "gpu_type", "gpu_count")
"""What is read of whoever waits or holds: a line may be long, and other columns take longest to read."""


class Admission:
    """The line of one backend: environments and dynamic tasks in it are alike."""

    def __init__(self, backend: Backend, runs: Runs) -> None:
        self.backend = backend
        self.runs = runs

    def join(self, tx: Connection, now: datetime) -> None:
        """Somebody joined the line in this transaction, and nothing else has changed of it."""
        self.admit(tx, now)

    def admit(self, tx: Connection, now: datetime) -> None:
        """Admit all that fit, first come, first served; tell the others their position and what is short."""
        queued = {row["id"]: row for row in queued_rows(tx)}
        if not queued:
            return
        held = held_rows(tx)
        free = left(self.backend.capacity(), map(ask_of, held))
        quotas = limits.quotas(tx, map(ask_of, held))
        line = [ask_of(row) for row in queued.values()]
        far = _far(tx, {name: row["zone_id"] for name, row in queued.items()})
        told = []
        for decision in admit(line, free, quotas, far):
            row = queued[decision.id]
            news = self._apply(tx, row, decision, held, now)
            if news is not None:
                told.append((row, news))
        self.tell_all(tx, told)

    def free(self, tx: Connection) -> Callable[[str], Capacity]:
        """What is free now, by the id of a zone: on one machine the same for all."""
        found = left(self.backend.capacity(), map(ask_of, held_rows(tx)))
        return lambda zone: found

    def would(self, tx: Connection, ask: Ask, zone_id: str) -> Decision:
        """What admission would say to `ask` now, at the end of the line."""
        queued, held = queued_rows(tx), [ask_of(row) for row in held_rows(tx)]
        far = _far(tx, {**{row["id"]: row["zone_id"] for row in queued}, ask.id: zone_id})
        line = [*map(ask_of, queued), ask]
        decisions = admit(line, left(self.backend.capacity(), held), limits.quotas(tx, held), far)
        return next(one for one in decisions if one.id == ask.id)

    def asks(self, tx: Connection) -> tuple[list[Ask], list[Ask]]:
        """What is held, and what waits."""
        return [ask_of(row) for row in held_rows(tx)], [ask_of(row) for row in queued_rows(tx)]

    def queue_of(self, row: RowMapping) -> str | None:
        """The cluster's queue that a task's objects name; None where admission has the last word itself."""
        return None

    def stands(self, holder: str) -> bool:
        """Whether the cluster's queue has something of it still, which a later attempt would be admitted by."""
        return False

    def allocated(self, tx: Connection, row: RowMapping, at: float | None, now: datetime) -> str | None:
        """Its resources are its own since `at` (Unix seconds): open its run, where admission was not that already.

        Safe to repeat, in a transaction that has seen the row as it is. Its run's id; None where it has none yet.
        """
        if row["run_id"] is not None or at is None:
            return None if row["run_id"] is None else str(row["run_id"])
        began = max(row["created_at"], min(now, datetime.fromtimestamp(at, UTC)))
        run = self.runs.open(tx, row, began)
        if is_task(row):
            progress.change_task(tx, row["id"], run_id=run, allocated_at=began)
        else:
            progress.change_environment(tx, row["id"], run_id=run)
        return run

    def _apply(
        self, tx: Connection, row: RowMapping, decision: Decision, held: list[RowMapping], now: datetime
    ) -> dict[str, Any] | None:
        """Allocate to one that is admitted; what it is told where it has to wait all the same."""
        if not decision.admitted:
            return {"position": decision.position, **progress.why(*waits_for(decision))}
        cards = choose_cards(self.backend.cards().get(row["gpu_type"] or "", ()), _cards(held, row), _count(row))
        if billing.in_arrears(ledger.balance(tx, row["workspace_id"])):
            return {"position": 1, **progress.why(Reason.ARREARS)}
        if cards is None or self.runs.price_or_none(row) is None:
            # What an operator took out of the price list meanwhile must not keep others from being admitted.
            return {"position": 1, **progress.why(*waits_for(decision))}
        self._allocate(tx, row, cards, now)
        held.append({**row, "gpu_indices": list(cards)})  # type: ignore[arg-type]
        return None

    def _allocate(self, tx: Connection, row: RowMapping, cards: Sequence[str], now: datetime) -> None:
        reached = steps.reach(steps.fresh(), steps.PULL_IMAGE, now.isoformat())
        run = self.runs.open(tx, row, now)
        values = {"gpu_indices": list(cards), "steps": reached, "run_id": run}
        if is_task(row):
            progress.move_task(tx, row["id"], TaskState.ALLOCATING, now, allocated_at=now, **values)
        else:
            progress.move_environment(tx, row["id"], EnvironmentState.STARTING, now, started_at=None, **values)

    def tell_all(self, tx: Connection, told: Iterable[tuple[RowMapping, dict[str, Any]]]) -> None:
        """Say where each waits (`position`) and why, to whom that is news."""
        news = [(row, new) for row, new in told if any(row[key] != value for key, value in new.items())]
        for row, new in news:
            if is_task(row) and row["reason"] != new["reason"]:
                why = {key: new[key] for key in ("reason", "reason_detail")}
                progress.note_waiting(tx, row["id"], datetime.now(UTC), **why)
        progress.tell(tx, news)


def ask_of(row: RowMapping) -> Ask:
    """What a row of the line (`queued_rows`, `held_rows`) asks for in all, since it is in its state."""
    count, cards = row["instances"], row["gpu_count"]
    return Ask(
        row["id"],
        row["state_since"].timestamp(),
        row["cpu_millicores"] * count,
        row["memory_bytes"] * count,
        row["gpu_type"] if cards else None,
        cards * count,
        row["workspace_id"],
        row["owner"],
        PRIORITIES.index(row["priority"]),
    )


def waits_for(decision: Decision) -> tuple[Reason, str]:
    """The reason and its detail of one that is not admitted."""
    if decision.bounds:
        return Reason.QUOTA, write_bounds(decision.bounds)
    return Reason.RESOURCES, ",".join(decision.short) or "line"


def is_task(row: RowMapping) -> bool:
    """Whether a row is a task's, not an environment's."""
    return of_kind(row["id"], "task")


def _count(row: RowMapping) -> int:
    return int(row["gpu_count"] * row["instances"])


def _cards(held: Iterable[RowMapping], row: RowMapping) -> list[str]:
    return [card for one in held if one["gpu_type"] == row["gpu_type"] for card in one["gpu_indices"]]


def queued_rows(tx: Connection) -> list[RowMapping]:
    """All that wait for resources of their own."""
    return [
        *_rows(tx, t.environments, (EnvironmentState.QUEUED,), waiting=True),
        *_rows(tx, t.tasks, (TaskState.QUEUED,), waiting=True),
    ]


def held_rows(tx: Connection) -> list[RowMapping]:
    """All that hold some."""
    return [*_rows(tx, t.environments, HOLDING_ENVIRONMENT), *_rows(tx, t.tasks, HOLDING_TASK)]


def _rows(tx: Connection, rows: Table, states: Sequence[str], *, waiting: bool = False) -> list[RowMapping]:
    columns: list[Any] = [rows.c[name] for name in (*LINE, *ASKED, *(() if waiting else ("gpu_indices",)))]
    # Both have the same columns: one that is missing is dear to ask for.
    if rows is t.tasks:
        more: list[Any] = [rows.c.instances, rows.c.priority]
        query = select(*columns, *more).where(rows.c.state.in_(states), rows.c.mode == LaunchMode.DYNAMIC)
    else:
        more = [literal(1).label("instances"), literal(PRIORITIES[NORMAL]).label("priority")]
        query = select(*columns, *more).where(rows.c.state.in_(states))
    if waiting:
        query = query.where(rows.c.target == Target.RUNNING)
    if waiting and rows is t.tasks:
        query = query.where(~rows.c.clearing)
    return list(tx.execute(query).mappings())


def _far(tx: Connection, zones: Mapping[str, str]) -> set[str]:
    """The ids whose zone is only declared: there is nothing behind it."""
    here = set(tx.scalars(select(t.zones.c.id).where(t.zones.c.local)))
    return {one for one, zone in zones.items() if zone not in here}
