"""Writes down how a task ended: its state, reason, last lines and ranks, and the end of its run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gemini_core import steps, training
from gemini_core.observations import Record
from gemini_core.states import LaunchMode, TaskState
from gemini_core.training import End, wrote_to_code
from sqlalchemy import Connection, RowMapping

from gemini_control.managers.admission import Admission
from gemini_control.store import progress


@dataclass(frozen=True)
class Ending:
    """An end and what is known beside it."""

    end: End
    at: datetime
    record: Record | None
    lines: tuple[str, ...]
    detail: str = ""
    began: datetime | None = None


def finish(tx: Connection, admission: Admission, row: RowMapping, ending: Ending, now: datetime) -> None:
    """Write it. The run of a dynamic task closes at the end that was seen, and makes room.

    One that is to be tried again waits anew instead.
    """
    end = ending.end
    if training.goes_again(end, row["attempt"], row["retries"], row["retry_on"]):
        _again(tx, admission, row, ending, now)
        return
    began = row["started_at"] or ending.began or claimed(ending.record, row, now)
    values: dict[str, Any] = {
        "exit_code": end.exit_code,
        "lost": end.lost,
        "ended_at": max(ending.at, began or ending.at),
        "started_at": began,
        "last_lines": list(ending.lines) if end.state == TaskState.FAILED else [],
        "roles": with_ranks(row["roles"], ending.record),
        **progress.why(end.reason, _detail(ending)),
    }
    if end.state == TaskState.FAILED and row["started_at"] is None:
        values["steps"] = steps.fail(row["steps"], now.isoformat())
    elif end.state == TaskState.SUCCEEDED and row["steps"]:
        # One that was over before anybody saw it run has come through all of them.
        values["steps"] = steps.finish(row["steps"], now.isoformat())
    progress.move_task(tx, row["id"], end.state, now, **values)
    if row["mode"] == LaunchMode.DYNAMIC:
        admission.runs.close(tx, row["run_id"], ending.at)
        admission.admit(tx, now)


def _again(tx: Connection, admission: Admission, row: RowMapping, ending: Ending, now: datetime) -> None:
    """The failure stays in the timeline with its reason; all that was of this attempt is of no more."""
    progress.note_state(tx, row["id"], TaskState.FAILED, now, **progress.why(ending.end.reason, _detail(ending)))
    admission.runs.close(tx, row["run_id"], ending.at)
    fresh: dict[str, Any] = dict.fromkeys(("run_id", "allocated_at", "started_at", "placement"))
    roles = [{**role, "ranks": []} for role in row["roles"]]
    values = {**fresh, "gpu_indices": [], "steps": [], "roles": roles, "clearing": True}
    progress.move_task(tx, row["id"], TaskState.QUEUED, now, attempt=row["attempt"] + 1, **values)
    admission.admit(tx, now)


def claimed(record: Record | None, row: RowMapping, now: datetime) -> datetime | None:
    """The start that a task's folder claims: never later than now nor before the submission."""
    began = progress.moment(record.started_at if record else None)
    return None if began is None else min(max(began, row["created_at"]), now)


def with_ranks(roles: list[dict[str, Any]], record: Record | None) -> list[dict[str, Any]]:
    """The roles with their ranks as the record tells them."""
    if record is None:
        return roles
    return [
        {
            **role,
            "ranks": [
                {"role": rank.role, "rank": rank.rank, "state": rank.state, "exit_code": rank.code}
                for rank in record.ranks
                if rank.role == role["name"]
            ],
        }
        for role in roles
    ]


def _detail(ending: Ending) -> str:
    if ending.detail or ending.end.detail is not None:
        return ending.detail or str(ending.end.detail)
    if ending.end.lost:
        return "detail.lost"
    if ending.end.state == TaskState.FAILED and wrote_to_code(ending.lines):
        return "detail.read-only-place"
    return ""
