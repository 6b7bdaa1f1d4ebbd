"""Changes of environments and tasks: the row, its event and the wake of who moves it, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gemini_core.ids import of_kind
from gemini_core.reasons import Reason
from gemini_core.states import EnvironmentState, TaskState
from sqlalchemy import Connection, RowMapping, Table, bindparam, insert, select, update

from gemini_control.store import outbox
from gemini_control.store import tables as t
from gemini_control.store.database import wake

ENVIRONMENT = "dev-environment"
TASK = "training-task"
ENVIRONMENTS_TOPIC = "environments"
"""Its key is the environment that changed."""
TASKS_TOPIC = "tasks"
"""Its key is the task that changed."""
LOOK_TOPIC = "look"
"""Its key is an environment that the leader is to look at now."""
DETAIL_LIMIT = 2000
TOLD = ("position", "reason", "reason_detail")
"""The columns that say to who waits where, and why."""


def moment(seconds: float | None) -> datetime | None:
    """Unix seconds as a moment."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def environment(tx: Connection, environment_id: str) -> RowMapping | None:
    """The row of an environment; None where there is none or it was deleted."""
    rows = t.environments
    query = select(rows).where(rows.c.id == environment_id, rows.c.deleted_at.is_(None))
    return tx.execute(query).mappings().first()


def task(tx: Connection, task_id: str) -> RowMapping | None:
    """The row of a task; None where there is none."""
    return tx.execute(select(t.tasks).where(t.tasks.c.id == task_id)).mappings().first()


def announce_environment(tx: Connection, environment_id: str, change: outbox.Change = "updated") -> None:
    """Write the event of a change and wake the reconciler, by the environment's id."""
    rows = t.environments
    row = tx.execute(select(rows.c.workspace_id, rows.c.owner).where(rows.c.id == environment_id)).one()
    _announce(tx, environment_id, change, outbox.About(row.workspace_id, row.owner))


def announce_task(tx: Connection, task_id: str, change: outbox.Change = "updated") -> None:
    """Write the event of a change and wake the reconciler, by the task's id."""
    row = tx.execute(select(t.tasks.c.workspace_id, t.tasks.c.owner).where(t.tasks.c.id == task_id)).one()
    _announce(tx, task_id, change, outbox.About(row.workspace_id, row.owner))


def change_environment(tx: Connection, environment_id: str, **values: Any) -> None:
    """Change columns of an environment."""
    _change(tx, t.environments, environment_id, values)


def change_task(tx: Connection, task_id: str, **values: Any) -> None:
    """Change columns of a task."""
    _change(tx, t.tasks, task_id, values)


def _change(tx: Connection, rows: Table, holder: str, values: Mapping[str, Any]) -> None:
    change = update(rows).where(rows.c.id == holder).values(**values)
    row = tx.execute(change.returning(rows.c.workspace_id, rows.c.owner)).one()
    _announce(tx, holder, "updated", outbox.About(row.workspace_id, row.owner))


def _announce(tx: Connection, holder: str, change: outbox.Change, about: outbox.About) -> None:
    kind, topic = (TASK, TASKS_TOPIC) if of_kind(holder, "task") else (ENVIRONMENT, ENVIRONMENTS_TOPIC)
    outbox.add(tx, kind, holder, change, about)
    wake(tx, topic, holder)


def tell(tx: Connection, told: Sequence[tuple[RowMapping, Mapping[str, Any]]]) -> None:
    """Change what environments and tasks that wait are told (`TOLD`): whoever shows them hears of it, nobody has to
    move them. All at once: a line may be long."""
    for rows, kind in ((t.environments, ENVIRONMENT), (t.tasks, TASK)):
        news = [(row, values) for row, values in told if of_kind(row["id"], "task") == (rows is t.tasks)]
        if not news:
            continue
        change = update(rows).where(rows.c.id == bindparam("holder"))
        change = change.values({name: bindparam(f"new_{name}") for name in TOLD})
        tx.execute(change, [{"holder": row["id"]} | {f"new_{name}": new[name] for name in TOLD} for row, new in news])
        outbox.add_all(
            tx, kind, "updated", [(row["id"], outbox.About(row["workspace_id"], row["owner"])) for row, _ in news]
        )


def why(reason: Reason | None, detail: str | None = None) -> dict[str, Any]:
    """The columns of a reason; both are emptied where there is none."""
    return {"reason": reason, "reason_detail": (detail or "")[:DETAIL_LIMIT] or None}


def move_environment(tx: Connection, environment_id: str, state: EnvironmentState, at: datetime, **values: Any) -> None:
    """Bring an environment into `state`; the reason is emptied unless `values` has one (`why`)."""
    columns = {"state": state, "state_since": at, "position": None, **why(None), **values}
    change_environment(tx, environment_id, **columns)


def move_task(tx: Connection, task_id: str, state: TaskState, at: datetime, **values: Any) -> None:
    """Bring a task into `state` and write that into its timeline; the reason is emptied unless `values` has one."""
    columns = {"state": state, "state_since": at, "position": None, **why(None), **values}
    note_state(tx, task_id, state, at, **{key: columns[key] for key in ("reason", "reason_detail")})
    change_task(tx, task_id, **columns)


def note_state(tx: Connection, task_id: str, state: TaskState, at: datetime, **reason: Any) -> None:
    """Write a line of a task's timeline."""
    tx.execute(insert(t.task_states).values(task_id=task_id, state=state, at=at, **reason))


def note_waiting(tx: Connection, task_id: str, at: datetime, **reason: Any) -> None:
    """Write into a task's timeline what it waits for: into its last line where that says no reason, else a new one."""
    rows = t.task_states
    newest = select(rows).where(rows.c.task_id == task_id).order_by(rows.c.number.desc()).limit(1)
    last = tx.execute(newest).mappings().first()
    if last is not None and last["state"] == TaskState.QUEUED and last["reason"] is None:
        tx.execute(update(rows).where(rows.c.number == last["number"]).values(**reason))
    else:
        note_state(tx, task_id, TaskState.QUEUED, at, **reason)
