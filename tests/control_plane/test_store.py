"""The database: transactions, wake-ups, migrations."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from gemini_control.home import Home
from gemini_control.store import migrate
from gemini_control.store import tables as t
from gemini_control.store.database import Store, wake
from sqlalchemy import Connection, create_engine, insert, inspect, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

NOW = datetime(2026, 11, 22, 6, 30, 0, 123456, tzinfo=UTC)


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    """A database, of each kind."""
    opened = Store(database)
    yield opened
    opened.close()


@pytest.fixture
async def embedded(home: Path) -> AsyncIterator[Store]:
    """An SQLite file."""
    opened = Store(Home(home).database_url)
    yield opened
    opened.close()


def person(name: str, at: datetime = NOW) -> dict[str, object]:
    """A row."""
    return {"name": name, "first_seen_at": at}


def add(tx: Connection, name: str, at: datetime = NOW) -> None:
    """Write a row."""
    tx.execute(insert(t.persons).values(person(name, at)))


def names(tx: Connection) -> list[str]:
    """All rows."""
    return sorted(tx.scalars(select(t.persons.c.name)))


async def test_a_write_is_all_or_nothing(store: Store) -> None:
    """Covers: API-5. An exception undoes what was done, and wakes nobody."""
    woken = []
    store.subscribe("people", lambda: woken.append(True))

    def fail(tx: Connection) -> None:
        add(tx, "a")
        wake(tx, "people")
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(fail)
    assert await store.read(names) == []
    await asyncio.sleep(0)
    assert woken == []


async def test_subscribers_are_woken_once_after_the_commit(store: Store) -> None:
    """Covers: API-5. On the event loop, when the change can be read."""
    found: asyncio.Queue[tuple[int, list[str]]] = asyncio.Queue()

    def look() -> None:
        with store.reader.connect() as tx:
            found.put_nowait((threading.get_ident(), names(tx)))

    end = store.subscribe("people", look)

    def write(tx: Connection) -> None:
        add(tx, "a")
        wake(tx, "people")
        wake(tx, "people")

    await store.write(write)
    assert await asyncio.wait_for(found.get(), 30) == (threading.get_ident(), ["a"])
    end()
    await store.write(lambda tx: wake(tx, "people"))
    await asyncio.sleep(0)
    assert found.empty()


async def test_a_cancelled_writer_wakes_all_the_same(store: Store) -> None:
    """Covers: API-5. The change is durable, so whoever waits for it must hear of it."""
    woken = asyncio.Event()
    store.subscribe("people", woken.set)
    started = threading.Event()
    go = threading.Event()

    def write(tx: Connection) -> None:
        started.set()
        go.wait(5)
        add(tx, "a")
        wake(tx, "people")

    writing = asyncio.create_task(store.write(write))
    await asyncio.to_thread(started.wait, 30)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    go.set()
    await asyncio.wait_for(woken.wait(), 30)


async def test_writers_take_turns_and_readers_wait_for_none(store: Store) -> None:
    """Covers: PERF-1. Many at once lose nothing; a reader sees what was there while a writer is at it."""

    def count_up(tx: Connection) -> None:
        add(tx, f"p{len(names(tx)):03d}")

    await asyncio.gather(*(store.write(count_up) for _ in range(40)))
    assert len(await store.read(names)) == 40
    inside, go = threading.Event(), threading.Event()

    def slow(tx: Connection) -> None:
        add(tx, "late")
        inside.set()
        go.wait(5)

    writing = asyncio.create_task(store.write(slow))
    await asyncio.to_thread(inside.wait, 30)
    assert "late" not in await asyncio.wait_for(store.read(names), 30)
    go.set()
    await writing
    assert "late" in await store.read(names)


async def test_a_reader_cannot_write(store: Store) -> None:
    """Covers: API-5. What is not a write must not become one."""
    with pytest.raises(DatabaseError, match=r"read-?only"):
        await store.read(lambda tx: add(tx, "a"))


async def test_settings_of_sqlite(embedded: Store) -> None:
    """Covers: TRAIN-10. Durable at every commit, references held."""

    def settings(tx: Connection) -> list[object]:
        return [tx.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")]

    assert await embedded.write(settings) == ["wal", 2, 1]


async def test_references_are_held(store: Store) -> None:
    """Covers: TEN-1. A membership of no workspace cannot be."""
    with pytest.raises(IntegrityError):
        row = {"workspace_id": "ws-x", "person": "x", "role": "member", "created_at": NOW}
        await store.write(lambda tx: tx.execute(insert(t.memberships).values(row)) and None)


async def test_moments_are_exact_and_aware(store: Store) -> None:
    """Covers: BILL-2. To the microsecond, whatever zone they were said in; a naive one is refused."""
    await store.write(lambda tx: add(tx, "a", NOW.astimezone(timezone(timedelta(hours=8)))))
    found = await store.read(lambda tx: tx.scalar(select(t.persons.c.first_seen_at)))
    assert found == NOW and found.tzinfo is UTC
    with pytest.raises(Exception, match="naive"):
        await store.write(lambda tx: add(tx, "b", datetime(2026, 1, 1)))


def test_models_and_migrations_agree(database: str) -> None:
    """Covers: TEN-4. `metadata == head`, on every kind of database."""
    with create_engine(database).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": migrate.VERSION_TABLE})
        assert compare_metadata(context, t.metadata) == []


async def test_triggers_are_there(store: Store) -> None:
    """Covers: TEN-4, BILL-9. Two for each table that only grows: audit log, transactions, postings."""
    counted = {
        True: "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'",
        False: "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal",
    }
    assert await store.read(lambda tx: tx.scalar(text(counted[store.sqlite]))) == 6


def test_migrations_go_back(database: str) -> None:
    """Covers: TEN-4. Down to nothing and up again."""
    migrate.downgrade(database, "base")
    with create_engine(database).connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {migrate.VERSION_TABLE}
    migrate.upgrade(database)
    migrate.check(database)


def test_an_upgrade_makes_a_backup_first(home: Path) -> None:
    """Covers: TRAIN-10. A consistent copy of what was, readable by the platform alone; none where nothing changes."""
    url, backups = Home(home).database_url, home / "backups"
    assert migrate.upgrade(url, backups) is None
    with sqlite3.connect(home / "control.sqlite") as connection:
        connection.execute("INSERT INTO persons VALUES ('alice', 1, NULL)")
        connection.execute(f"UPDATE {migrate.VERSION_TABLE} SET version_num = '0000'")
    with pytest.raises(Exception, match="0000"):
        migrate.upgrade(url, backups)
    (copy,) = backups.iterdir()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sqlite3.connect(copy).execute("SELECT name FROM persons").fetchall() == [("alice",)]


def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Covers: TRAIN-10. One sentence with its place (the password of a PostgreSQL hidden), no traceback."""
    with pytest.raises(migrate.WrongVersion, match=r"unable to open.*/nowhere/c\.sqlite"):
        migrate.check(f"sqlite:///{tmp_path}/nowhere/c.sqlite")
    with pytest.raises(migrate.WrongVersion) as refused:
        migrate.check("postgresql+psycopg://gemini:hush@127.0.0.1:1/c")
    assert "hush" not in str(refused.value) and "127.0.0.1" in str(refused.value)


@pytest.mark.parametrize("state", ["missing", "other"])
def test_the_server_refuses_another_version(tmp_path: Path, state: str) -> None:
    """Covers: TRAIN-10. It says what to run; `db check` says the same, `db upgrade` does it."""
    if state == "other":
        migrate.upgrade(Home(tmp_path).database_url)
        with sqlite3.connect(tmp_path / "control.sqlite") as connection:
            connection.execute(f"UPDATE {migrate.VERSION_TABLE} SET version_num = '9999'")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gemini_control", *words, "--home", str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    served = run("serve", "--port", "0")
    assert (served.returncode, "db upgrade" in served.stderr) == (3, True), served.stderr
    checked = run("db", "check")
    assert checked.returncode == 1 and ("none" if state == "missing" else "9999") in checked.stderr
    if state == "missing":
        assert run("db", "upgrade").returncode == 0
        assert run("db", "check").returncode == 0
