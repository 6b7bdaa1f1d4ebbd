"""Rows of environments as wire models: everything beside the rows is read once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gemini_core.durations import uptime
from gemini_core.states import EnvironmentState
from sqlalchemy import Connection, RowMapping, Table, select

from gemini_control.addresses import Addresses
from gemini_control.managers import mounts
from gemini_control.managers.live import LiveUsage
from gemini_control.managers.runs import Runs, cost_of, find_all
from gemini_control.managers.wording import cores, gb, mounts_of, reason_of, steps_of
from gemini_control.models.environments import EnvironmentOut
from gemini_control.store import progress
from gemini_control.store import tables as t


@dataclass(frozen=True)
class _Beside:
    """What was read for a row beside it."""

    mounted: Sequence[mounts.Mounted]
    project_name: str
    run: RowMapping | None
    now: datetime


class EnvironmentViews:
    """How environments look. `addresses` says where their servers are; `usage` the latest samples of those that run."""

    def __init__(self, addresses: Addresses, usage: LiveUsage, runs: Runs) -> None:
        self.addresses = addresses
        self.usage = usage
        self.runs = runs

    def models(self, tx: Connection, rows: Sequence[RowMapping], language: str) -> list[EnvironmentOut]:
        """The wire models of `rows`, in their order."""
        now = datetime.now(UTC)
        mounted = mounts.of(tx, [row["id"] for row in rows])
        projects = names(tx, t.projects, {row["project_id"] for row in rows})
        found = find_all(tx, {row["run_id"] for row in rows if row["run_id"]})
        return [
            self._model(
                row, _Beside(mounted[row["id"]], projects[row["project_id"]], found.get(row["run_id"]), now), language
            )
            for row in rows
        ]

    def one(self, tx: Connection, environment_id: str, language: str) -> EnvironmentOut | None:
        """The wire model of one; None where it is gone."""
        row = progress.environment(tx, environment_id)
        return None if row is None else self.models(tx, [row], language)[0]

    def _model(self, row: RowMapping, beside: _Beside, language: str) -> EnvironmentOut:
        runs = row["state"] == EnvironmentState.RUNNING
        lab = self.addresses.server(row["owner"], row["id"]) + "lab" if runs else None
        up = (beside.now - row["started_at"]).total_seconds() if runs and row["started_at"] else 0
        return EnvironmentOut(
            id=row["id"],
            name=row["name"],
            type=row["type"],
            status="running" if runs else "stopped",
            image=row["image"],
            availability_zone=row["zone_id"],
            gpu_type=row["gpu_type"],
            gpu_count=row["gpu_count"],
            cpu_cores=cores(row["cpu_millicores"]),
            memory=gb(row["memory_bytes"]),
            uptime=uptime(up),
            tags=row["tags"],
            state=row["state"],
            target=row["target"],
            reason=reason_of(row["reason"], row["reason_detail"], language),
            position=row["position"],
            project_id=row["project_id"],
            project_name=beside.project_name,
            owner=row["owner"],
            workspace_id=row["workspace_id"],
            specification_id=row["specification_id"],
            mounts=mounts_of(beside.mounted),
            created_at=row["created_at"],
            started_at=row["started_at"],
            state_since=row["state_since"],
            price_per_hour=self._price(row, beside.run),
            cost=cost_of(beside.run, beside.now),
            health=row["health"] if runs else None,
            usage=self.usage.of(row["id"]) if runs else None,
            steps=steps_of(row, language, "environment"),
            url=lab,
            terminal_url=f"{lab}?gemini-open=terminal" if lab else None,
            tensorboard_url=f"{lab}?gemini-open=tensorboard" if lab else None,
        )

    def _price(self, row: RowMapping, run: RowMapping | None) -> int:
        # What runs keeps its price; what does not is shown what it would cost.
        if run is not None and run["ended_at"] is None:
            return int(run["price_micro_per_hour"])
        price = self.runs.price_or_none(row)
        return 0 if price is None else price.micro_per_hour


def names(tx: Connection, rows: Table, wanted: set[str]) -> dict[str, str]:
    """The names of projects or environments by id; one query."""
    if not wanted:
        return {}
    query = select(rows.c.id, rows.c.name).where(rows.c.id.in_(wanted))
    return {row.id: row.name for row in tx.execute(query)}
