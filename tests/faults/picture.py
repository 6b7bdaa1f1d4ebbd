"""How a world looks: what must be equal after a crash, and what must never be left."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from faults.world import World

QUERIES = {
    "environments": "select name, state, target, reason, health, deleted_at is not null deleted, run_id is null from "
    "environments order by created_at",
    "tasks": "select name, state, target, reason, exit_code, lost, substr(folder, 1, 6) from tasks order by created_at",
    "attempts": "select name, attempt, clearing, roles from tasks order by created_at",
    "gone": "select id from projects where deleted_at is not null union select id from assets where deleted_at is not "
    "null order by 1",
    "timelines": "select t.name, s.state, s.reason from task_states s join tasks t on t.id = s.task_id "
    "order by t.name, s.number",
    "runs": "select holder_kind, ended_at is not null ended, price_micro_per_hour, charged_minutes, charged_micro "
    "from runs order by holder_kind, started_at, ended_at is null",
    "postings": "select w.kind, w.minutes, p.account_id, p.amount_micro from postings p join transactions w on "
    "w.id = p.transaction_id order by w.kind, w.minutes, p.account_id",
    "accounts": "select id, balance_micro from accounts order by id",
    "versions": "select number, file_count, size_bytes, deleted_at is not null from versions where asset_id = "
    "'ds-eeeeeeeeee' order by number",
    "mounts": "select holder_kind, kind, slot from mounts order by 1, 2, 3",
    "audit": "select action, kind from audit order by 1, 2",
}
IDLE = ("stopped", "failed")


def of(world: World) -> dict[str, Any]:
    """What must be the same in the end, whatever died on the way."""
    with sqlite3.connect(world.home / "control.sqlite") as database:
        found = {name: database.execute(query).fetchall() for name, query in QUERIES.items()}
    return {**found, "leaks": leaks(world), "faults": faults(world)}


def leaks(world: World) -> list[str]:
    """What nobody will ever clear away."""
    with sqlite3.connect(world.home / "control.sqlite") as database:
        ask = lambda query: {row[0] for row in database.execute(query)}  # noqa: E731
        idle = ask("select id from environments where state in ('stopped', 'failed') or deleted_at is not null")
        ended = ask("select id from tasks where state in ('succeeded', 'failed', 'stopped')")
        deleted = ask("select id from environments where deleted_at is not null")
        snapshots = ask("select snapshot from tasks")
        versions = ask("select id from versions where deleted_at is null")
        blobs = ask("select key from blobs")
        owners = ask(
            "select id from projects where deleted_at is null union select id from assets where deleted_at is null"
        )
        open_runs = ask(
            "select r.id from runs r where ended_at is null and holder_id in (select id from environments where "
            "state in ('stopped', 'failed', 'queued') union select id from tasks where ended_at is not null)"
        )
    store = world.home / "store"
    left = [f"sandbox of {one}" for one, seen in world.backend.alive.items() if one in idle | ended and seen]
    left += [f"server {one}" for _, one in world.hub.servers if one in idle]
    left += [f"open run {one}" for one in open_runs]
    left += [f"snapshot {one}" for one in _names(store / "snapshots") - snapshots]
    left += [f"tree {one}" for one in _names(store / "versions") - versions]
    left += [f"blob {path.name}" for path in store.glob("blobs/*/*") if path.name not in blobs]
    left += [f"folder of {one}" for one in (_names(store / "projects") | _names(store / "drafts")) - owners]
    left += [f"upload {one}" for one in _names(store / "uploads")]
    left += [f"folder of {one}" for one in _names(store / "environments") & deleted]
    left += [str(path.relative_to(store)) for path in store.rglob(".new-*")]
    return sorted(left)


def faults(world: World) -> list[str]:
    """What must never be, whatever happened."""
    said = []
    with sqlite3.connect(world.home / "control.sqlite") as database:
        ask = lambda query: database.execute(query).fetchall()  # noqa: E731
        said += [
            f"transaction {key} sums to {total}"
            for key, total in ask(
                "select w.key, sum(p.amount_micro) from transactions w join postings p on p.transaction_id = w.id "
                "group by w.id having sum(p.amount_micro) != 0"
            )
        ]
        said += [
            f"balance of {account} is not its postings"
            for (account,) in ask(
                "select a.id from accounts a where balance_micro != (select coalesce(sum(amount_micro), 0) from "
                "postings where account_id = a.id)"
            )
        ]
        said += [
            f"run {run} charged {charged} for {minutes} minutes"
            for run, price, minutes, charged in ask(
                "select id, price_micro_per_hour, charged_minutes, charged_micro from runs"
            )
            if charged != price * minutes // 60
        ]
        said += [
            f"key {key} has no answer"
            for (key,) in ask(
                "select distinct key from idempotency where key not in (select key from idempotency where part = -1)"
            )
        ]
        said += _outbox(ask)
        said += [f"integrity: {row[0]}" for row in ask("pragma integrity_check") if row[0] != "ok"]
    return said


def _outbox(ask: Any) -> list[str]:
    created = Counter(row[0] for row in ask("select object_id from outbox where change = 'created'"))
    said = [f"{count} events of one creation of {thing}" for thing, count in created.items() if count > 1]
    things = ask("select id from environments union select id from tasks")
    said += [f"{thing} was never told" for (thing,) in things if thing not in created]
    for (thing,) in ask("select id from environments where deleted_at is not null"):
        if ask(f"select change from outbox where object_id = '{thing}' order by cursor desc limit 1") != [("deleted",)]:
            said.append(f"the last event of {thing} is not its deletion")
    return said


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()
