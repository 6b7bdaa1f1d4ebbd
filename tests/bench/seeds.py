"""Many rows at once, written through the real store beside the platform that runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gemini_control.home import Home
from gemini_control.store import ids
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from sqlalchemy import Connection, insert, select, update

AT_ONCE = 500


def environments(home: Path, template: str, owner: str, count: int) -> None:
    """`count` copies of the environment `template` as ones of `owner` that ran once and are stopped.

    Each has what a list shows beside it: the mounts and a closed run of its own.
    """

    def write(tx: Connection) -> None:
        row = dict(tx.execute(select(t.environments).where(t.environments.c.id == template)).mappings().one())
        run = dict(tx.execute(select(t.runs).where(t.runs.c.id == row["run_id"])).mappings().one())
        mounted = [dict(one) for one in tx.execute(select(t.mounts).where(t.mounts.c.holder_id == template)).mappings()]
        now = datetime.now(UTC)
        for first in range(0, count, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, count))
            rows = [_copy(row, owner, number, now - timedelta(seconds=count - number)) for number in numbers]
            tx.execute(insert(t.environments), rows)
            runs = [
                {**run, "id": one["run_id"], "holder_id": one["id"], "person": owner, "ended_at": now} for one in rows
            ]
            tx.execute(insert(t.runs), runs)
            if mounted:
                tx.execute(insert(t.mounts), [{**one, "holder_id": copy["id"]} for copy in rows for one in mounted])

    store = Store(Home(home).database_url)
    try:
        store.write_now(write)
    finally:
        store.close()


def touch(home: Path, environment: str) -> None:
    """Names an environment anew. The same name again would not do: SQLite writes nothing where nothing changes."""
    rows, name = t.environments, ids.new("environment")
    store = Store(Home(home).database_url)
    try:
        store.write_now(lambda tx: tx.execute(update(rows).where(rows.c.id == environment).values(name=name)))
    finally:
        store.close()


def _copy(row: dict[str, Any], owner: str, number: int, created: datetime) -> dict[str, Any]:
    stopped = {"state": "stopped", "target": "stopped", "health": None, "started_at": None, "steps": []}
    own = {"id": ids.new("environment"), "run_id": ids.new("run"), "name": f"environment {number}", "owner": owner}
    return {
        **row,
        **stopped,
        **own,
        "created_at": created,
        "state_since": created,
        "tags": ["vision", f"n{number % 7}"],
    }
