"""Admission on a cluster: the cluster's queue admits; this says who may stand there, what it means for the row, and
which limit binds.

An allocation is not admission here: a run opens when the pod is on its node (`Admission.allocated`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from gemini_core import billing, queueing, steps
from gemini_core.queueing import Ask, Capacity, Decision, held_by, left
from gemini_core.quota import UNLIMITED, Limits, Quotas
from gemini_core.reasons import Detail, Reason
from gemini_core.standings import Place, Stand
from gemini_core.states import EnvironmentState, TaskState
from sqlalchemy import Connection, RowMapping, Table, select

from gemini_control.backends.base import Backend
from gemini_control.backends.lines import Line
from gemini_control.managers import ledger, limits
from gemini_control.managers.admission import Admission, ask_of, held_rows, is_task, queued_rows, waits_for
from gemini_control.managers.runs import Runs, kept
from gemini_control.store import progress
from gemini_control.store import tables as t
from gemini_control.store.database import wake

LINE_TOPIC = "line"
"""What `Store.subscribe` takes to hear that room was made, or that others may stand in the line."""


@dataclass(frozen=True)
class Survey:
    """Who wants what of the line, and `since` when environments do; `may` are those of the queued that nothing but
    the line keeps."""

    places: Mapping[str, Place] = field(default_factory=dict)
    since: Mapping[str, str] = field(default_factory=dict)
    may: frozenset[str] = frozenset()


class News(NamedTuple):
    """What somebody who waits is told."""

    row: RowMapping
    position: int | None
    why: dict[str, Any]

    @property
    def told(self) -> dict[str, Any]:
        """As columns."""
        return {"position": self.position, **self.why}

    @property
    def is_news(self) -> bool:
        """Whether the row says anything else yet."""
        row, why = self.row, self.why
        same = row["position"] == self.position and row["reason_detail"] == why["reason_detail"]
        return not same or row["reason"] != why["reason"]

    def is_of(self, row: RowMapping) -> bool:
        """Whether it holds of the row as it is now."""
        return (row["state"], row["target"]) == (self.row["state"], self.row["target"])


class ClusterAdmission(Admission):
    """`Admission` where the line is a cluster's. `troubles` are what keeps somebody from standing in it, by id."""

    def __init__(self, backend: Backend, runs: Runs, line: Line) -> None:
        super().__init__(backend, runs)
        self.line = line
        self.troubles: dict[str, Detail] = {}

    def admit(self, tx: Connection, now: datetime) -> None:
        """Admits nobody: has all of the line looked at, and tells those who are new what they wait for."""
        wake(tx, LINE_TOPIC)
        # Asked first: the line may be long, and most of what calls this has added nobody to it.
        if _any_untold(tx):
            self.join(tx, now)

    def join(self, tx: Connection, now: datetime) -> None:
        """Tells those who are new what they wait for. Who keeps the line hears of them by their rows."""
        queued = queued_rows(tx)
        fresh = [row for row in queued if row["reason"] is None]
        if fresh:
            self.tell_all(tx, [(one.row, one.told) for one in self._news(tx, queued, fresh)])

    def free(self, tx: Connection) -> Callable[[str], Capacity]:
        """What is free now, by the id of a zone."""
        held: dict[str, list[Ask]] = {}
        for row in held_rows(tx):
            held.setdefault(row["zone_id"], []).append(ask_of(row))
        return lambda zone: left(self.line.capacity(zone), held.get(zone, ()))

    def would(self, tx: Connection, ask: Ask, zone_id: str) -> Decision:
        """What the line is expected to say to `ask`, at its end."""
        decisions = self._decisions(tx, queued_rows(tx), (ask, zone_id))
        return next(one for one in decisions if one.id == ask.id)

    def queue_of(self, row: RowMapping) -> str | None:
        """The queue of the membership that a task is of; LineRefused where there is none, or no such place."""
        self.line.check(row["zone_id"], row["gpu_type"] if row["gpu_count"] else None)
        return self.line.queue_of(row["workspace_id"], row["owner"])

    def stands(self, holder: str) -> bool:
        """By what the line has of it."""
        return holder in self.line.holders()

    def survey(self, tx: Connection) -> Survey:
        """Everyone that the line concerns."""
        queued, held = queued_rows(tx), held_rows(tx)
        places = {row["id"]: Place.HOLDING for row in held} | {row["id"]: Place.QUEUED for row in queued}
        since = {row["id"]: since_of(row) for row in queued if not is_task(row)}
        return Survey(places, since, frozenset(self._allowed(tx, queued, held)))

    def may(self, tx: Connection, row: RowMapping) -> bool:
        """Whether nothing but the line keeps one that waits."""
        if self._barred(tx, [row])(row):
            return False
        # Only what is counted in several places asks for all others.
        return not any(self._split()) or row["id"] in self.survey(tx).may

    def unsaid(self, tx: Connection) -> list[News]:
        """What those who wait do not know yet: their position and what is short."""
        queued = queued_rows(tx)
        return [one for one in self._news(tx, queued, queued) if one.is_news]

    def say(self, tx: Connection, news: Iterable[News]) -> None:
        """Tell it to those who wait still."""
        told = {one.row["id"]: one for one in news}
        now = [row for rows in (t.environments, t.tasks) for row in _still(tx, rows, told)]
        self.tell_all(tx, [(row, told[row["id"]].told) for row in now if told[row["id"]].is_of(row)])

    def admitted(self, tx: Connection, row: RowMapping, placement: dict[str, Any], now: datetime) -> None:
        """The line admitted it: it goes to the place that was found, and costs nothing until it is there."""
        reached = steps.reach(steps.fresh(), steps.FIND_NODE, now.isoformat())
        price = self.runs.price_or_none(row)
        placement = {**placement, **({"price": kept(price)} if price else {})}
        values = {"gpu_indices": [], "steps": reached, "run_id": None, "placement": placement}
        if is_task(row):
            progress.move_task(tx, row["id"], TaskState.ALLOCATING, now, **values)
        else:
            progress.move_environment(tx, row["id"], EnvironmentState.STARTING, now, started_at=None, **values)

    def _allowed(self, tx: Connection, queued: list[RowMapping], held: list[RowMapping]) -> Iterable[str]:
        barred = self._barred(tx, queued)
        quotas = _in_sum(limits.quotas(tx, map(ask_of, held)), *self._split())
        rows = [row for row in queued if not barred(row)]
        if not quotas.limits:
            yield from (row["id"] for row in rows)
            return
        for ask in sorted(map(ask_of, rows), key=lambda one: (one.since, one.id)):
            if not quotas.bounds(ask.workspace, ask.person, ask.amount):
                quotas = quotas.holding([held_by(ask)])
                yield ask.id

    def _barred(self, tx: Connection, queued: list[RowMapping]) -> Callable[[RowMapping], bool]:
        """Whether money keeps a row out of the line: an empty account, or a card that has no price (any more)."""
        empty, unpriced = self._in_arrears(tx, queued), self.runs.unpriced()
        return lambda row: row["workspace_id"] in empty or unpriced(row)

    def _in_arrears(self, tx: Connection, rows: Iterable[RowMapping]) -> set[str]:
        workspaces = {row["workspace_id"] for row in rows}
        return {one for one in workspaces if billing.in_arrears(ledger.balance(tx, one))}

    def _split(self) -> tuple[bool, bool]:
        """Whether processors, and cards, are counted in several places: then no queue adds them up."""
        zones = self.line.zones()
        return len(zones) > 1, sum(len(self.line.capacity(zone).cards) for zone in zones) > 1

    def _decisions(
        self, tx: Connection, queued: list[RowMapping], more: tuple[Ask, str] | None = None
    ) -> list[Decision]:
        held = held_rows(tx)
        quotas = limits.quotas(tx, map(ask_of, held))
        zones: dict[str, list[Ask]] = {}
        for row in queued:
            zones.setdefault(row["zone_id"], []).append(ask_of(row))
        if more is not None:
            zones.setdefault(more[1], []).append(more[0])
        found: list[Decision] = []
        for zone, line in zones.items():
            free = left(self.line.capacity(zone), (ask_of(row) for row in held if row["zone_id"] == zone))
            found.extend(queueing.admit(line, free, quotas))
        return found

    def _news(self, tx: Connection, queued: list[RowMapping], rows: list[RowMapping]) -> Iterable[News]:
        wanted = {row["id"]: row for row in rows}
        empty = self._in_arrears(tx, rows)
        for decision in self._decisions(tx, queued):
            row = wanted.get(decision.id)
            if row is None:
                continue
            if row["workspace_id"] in empty:
                yield News(row, 1, progress.why(Reason.ARREARS))
            else:
                yield News(row, *self._why(decision))

    def _why(self, decision: Decision) -> tuple[int | None, dict[str, Any]]:
        """Position and reason: core says which limit binds, the line's own words stand beside that."""
        trouble, standing = self.troubles.get(decision.id), self.line.standing(decision.id)
        if trouble is not None:
            return decision.position or 1, progress.why(Reason.RESOURCES, str(trouble))
        said = standing.said if standing.stand in (Stand.WAITING, Stand.EVICTED) else ""
        if not decision.admitted:
            reason, short = waits_for(decision)
            return decision.position, progress.why(reason, "\n".join(part for part in (short, said) if part))
        if said:
            return 1, progress.why(Reason.RESOURCES, f"line\n{said}")
        return 1, progress.why(Reason.RESOURCES, str(Detail("detail.line-joining")))


def _still(tx: Connection, rows: Table, ids: Iterable[str]) -> Iterable[RowMapping]:
    columns = ("id", "workspace_id", "owner", "state", "target", *progress.TOLD)
    return tx.execute(select(*(rows.c[name] for name in columns)).where(rows.c.id.in_(list(ids)))).mappings()


def _any_untold(tx: Connection) -> bool:
    queries = (
        select(rows.c.id).where(rows.c.state == EnvironmentState.QUEUED, rows.c.reason.is_(None)).limit(1)
        for rows in (t.environments, t.tasks)
    )
    return any(tx.scalar(query) is not None for query in queries)


def since_of(row: RowMapping) -> str:
    """What tells one life of an environment from another: when it joined the line."""
    moment: datetime = row["state_since"]
    return moment.isoformat()


def _in_sum(quotas: Quotas, processors: bool, cards: bool) -> Quotas:
    """Only those limits that no queue of the cluster adds up by itself: of what is counted in several flavors."""
    summed = {
        holder: Limits(
            found.cpu_millicores if processors else None,
            found.memory_bytes if processors else None,
            found.gpu_count if cards else None,
        )
        for holder, found in quotas.limits.items()
    }
    return Quotas({holder: found for holder, found in summed.items() if found != UNLIMITED}, quotas.used)
