"""Rows of tasks as wire models: everything beside the rows is read once for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gemini_core import billing, submissions
from gemini_core.states import LaunchMode, TaskState
from sqlalchemy import Connection, RowMapping, select

from gemini_control.managers import mounts
from gemini_control.managers.environment_views import names
from gemini_control.managers.role_rows import is_distributed, roles_of
from gemini_control.managers.runs import Runs, find_all
from gemini_control.managers.wording import cores, gb, mounts_of, reason_of, steps_of
from gemini_control.models.tasks import RankOut, RoleOut, TaskOut, TimelineOut
from gemini_control.store import progress
from gemini_control.store import tables as t

NOT_STARTED = (TaskState.QUEUED, TaskState.ALLOCATING, TaskState.STARTING)


@dataclass(frozen=True)
class _Beside:
    """What was read for a row beside it."""

    mounted: Sequence[mounts.Mounted]
    timeline: Sequence[RowMapping]
    project_name: str
    environment_name: str | None
    run: RowMapping | None
    earlier: Sequence[RowMapping]
    now: datetime


class TaskViews:
    """How tasks look. `start_seconds`: how long one with resources of its own takes to start."""

    def __init__(self, runs: Runs, start_seconds: int) -> None:
        self.runs = runs
        self.start_seconds = start_seconds

    def models(self, tx: Connection, rows: Sequence[RowMapping], language: str) -> list[TaskOut]:
        """The wire models of `rows`, in their order."""
        now = datetime.now(UTC)
        ids = [row["id"] for row in rows]
        mounted = mounts.of(tx, ids)
        timelines = _timelines(tx, ids)
        projects = names(tx, t.projects, {row["project_id"] for row in rows})
        hosts = names(tx, t.environments, {row["environment_id"] for row in rows if row["environment_id"]})
        earlier = _earlier(tx, rows)
        found = find_all(tx, {row["run_id"] for row in rows if row["run_id"]})
        beside = [
            _Beside(
                mounted[row["id"]],
                timelines[row["id"]],
                projects[row["project_id"]],
                hosts.get(row["environment_id"]),
                found.get(row["run_id"]),
                earlier[row["id"]],
                now,
            )
            for row in rows
        ]
        return [self._model(row, what, language) for row, what in zip(rows, beside, strict=True)]

    def one(self, tx: Connection, task_id: str, language: str) -> TaskOut | None:
        """The wire model of one; None where there is none."""
        row = progress.task(tx, task_id)
        return None if row is None else self.models(tx, [row], language)[0]

    def estimate(self, row: RowMapping, now: datetime) -> datetime | None:
        """When it is expected to start; None where it has, or where nobody can know."""
        if row["state"] not in NOT_STARTED or row["state"] == TaskState.QUEUED:
            return None
        since: datetime = row["state_since"]
        return max(now, since + timedelta(seconds=self.start_seconds))

    def _model(self, row: RowMapping, beside: _Beside, language: str) -> TaskOut:
        existing = row["mode"] == LaunchMode.EXISTING
        price = self._price(row, beside.run)
        return TaskOut(
            task_id=row["id"],
            id=row["id"],
            task_name=row["name"],
            description=row["description"],
            status=row["state"],
            state=row["state"],
            reason=reason_of(row["reason"], row["reason_detail"], language),
            position=row["position"],
            launch_mode=row["mode"],
            **_attempts(row),
            environment_id=row["environment_id"],
            environment_name=beside.environment_name,
            availability_zone=row["zone_id"],
            gpu_type=row["gpu_type"],
            gpu_count=row["gpu_count"],
            cpu_cores=cores(row["cpu_millicores"]),
            memory=gb(row["memory_bytes"]),
            image=row["image"],
            command=row["command"],
            datasets=mounts_of(beside.mounted, "dataset"),
            models=mounts_of(beside.mounted, "model"),
            project_id=row["project_id"],
            project_name=beside.project_name,
            owner=row["owner"],
            workspace_id=row["workspace_id"],
            created_at=row["created_at"],
            started_at=row["started_at"],
            ended_at=row["ended_at"],
            state_since=row["state_since"],
            exit_code=row["exit_code"],
            lost=row["lost"],
            last_lines=row["last_lines"],
            timeline=[_line(one, language) for one in beside.timeline],
            steps=[] if existing else steps_of(row, language, "task"),
            cost=_cost(row, beside, "price_micro_per_hour"),
            gpu_cost=_cost(row, beside, "gpu_micro_per_hour"),
            cost_is_share=existing,
            price_per_hour=price,
            max_duration=row["max_duration_seconds"],
            output_path=f"/gemini/output/{row['output'].rsplit('/', 1)[-1]}",
            estimated_start_time=self.estimate(row, beside.now),
        )

    def _price(self, row: RowMapping, run: RowMapping | None) -> int:
        if run is not None:
            return int(run["price_micro_per_hour"])
        price = self.runs.price_or_none(row)
        return 0 if price is None else price.micro_per_hour


def _attempts(row: RowMapping) -> dict[str, Any]:
    """Of what it consists, and which try of it this is."""
    return {
        "mode": submissions.DISTRIBUTED if is_distributed(row) else submissions.STANDALONE,
        "instances": row["instances"],
        "priority": row["priority"],
        "retries": row["retries"],
        "retry_on": row["retry_on"],
        "attempt": row["attempt"],
        "roles": [RoleOut(name=one.name, instances=one.instances, command=one.command) for one in roles_of(row)],
        "ranks": [RankOut(**rank) for role in row["roles"] for rank in role.get("ranks", [])],
    }


def _cost(row: RowMapping, beside: _Beside, price: str) -> int:
    """What it has cost by the column `price` of its runs, one for each attempt."""
    run = beside.run
    if row["mode"] == LaunchMode.EXISTING:
        # The time of training counts; of others that of each allocation.
        began, ended = row["started_at"], row["ended_at"]
        return 0 if run is None or began is None else billing.cost(run[price], began, ended or beside.now)
    return sum(
        billing.cost(one[price], one["started_at"], one["ended_at"] or beside.now)
        for one in (*beside.earlier, *([run] if run else []))
    )


def _earlier(tx: Connection, rows: Sequence[RowMapping]) -> dict[str, list[RowMapping]]:
    """The runs of earlier attempts, by task."""
    again = {row["id"]: row["run_id"] for row in rows if row["attempt"] > 1}
    found: dict[str, list[RowMapping]] = defaultdict(list)
    query = select(t.runs).where(t.runs.c.holder_id.in_(again))
    for run in tx.execute(query).mappings() if again else ():
        if run["id"] != again[run["holder_id"]]:
            found[run["holder_id"]].append(run)
    return found


def _line(row: RowMapping, language: str) -> TimelineOut:
    reason = reason_of(row["reason"], row["reason_detail"], language)
    return TimelineOut(state=row["state"], at=row["at"], reason=reason)


def _timelines(tx: Connection, ids: Sequence[str]) -> dict[str, list[RowMapping]]:
    rows = t.task_states
    query = select(rows).where(rows.c.task_id.in_(ids)).order_by(rows.c.number)
    found: dict[str, list[RowMapping]] = defaultdict(list)
    for row in tx.execute(query).mappings() if ids else ():
        found[row["task_id"]].append(row)
    return found
