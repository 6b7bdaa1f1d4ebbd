"""Bringing a database to the version of this code, in-process, after a backup; and refusing any other version."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, event, func, make_url, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

VERSION_TABLE = "gemini_alembic_version"
MIGRATIONS = Path(__file__).parent.parent / "migrations"
HEAD = "head"
UPGRADING = 0x67656D696E6B
"""The advisory lock of whoever upgrades, on PostgreSQL."""


class WrongVersion(RuntimeError):
    """The database is not at the version of this code; the text says what to run."""


def config_of(connection: Connection | None = None) -> Config:
    """Alembic's configuration for `connection`, with no file on disk."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


@cache
def head() -> str:
    """The version of this code."""
    return str(ScriptDirectory.from_config(config_of()).get_current_head())


def version_of(connection: Connection) -> str | None:
    """The version of a database; None of an empty one."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def _connect(url: str | URL) -> Connection:
    engine = create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        # The driver would commit before every DDL; a migration must be all or nothing.
        event.listen(engine, "connect", lambda dbapi, _: setattr(dbapi, "isolation_level", None))
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine.connect()


def check(url: str | URL) -> None:
    """Raises WrongVersion unless the database is at the version of this code."""
    try:
        with _connect(url) as connection:
            found = version_of(connection)
    except OperationalError as error:
        raise WrongVersion(f"the database cannot be opened ({error.orig}): {make_url(url)!r}") from error
    if found != head():
        raise WrongVersion(
            f"the database is at version {found or 'none'}, this program needs {head()}: "
            "run `python -m gemini_control db upgrade` (it makes a backup first)"
        )


def upgrade(url: str | URL, backups: Path | None = None, revision: str = HEAD) -> Path | None:
    """Brings the database to `revision`; an existing SQLite file is copied into `backups` first. Gives the copy."""
    with _connect(url) as connection:
        _take_turns(connection)
        found = version_of(connection)
        connection.rollback()
        if found == (head() if revision == HEAD else revision):
            return None
        copy = _backup(make_url(url), backups, found) if found is not None else None
        command.upgrade(config_of(connection), revision)
    return copy


def downgrade(url: str | URL, revision: str) -> None:
    """Takes the database back to `revision` (`base`: empty)."""
    with _connect(url) as connection:
        command.downgrade(config_of(connection), revision)


def make_revision(url: str | URL, message: str, number: str) -> None:
    """Writes a new migration from the difference between the tables and the database (a developer's tool)."""
    with _connect(url) as connection:
        command.revision(config_of(connection), message, autogenerate=True, rev_id=number)


def _take_turns(connection: Connection) -> None:
    # Two replicas that are installed together both upgrade first; the lock goes with the connection.
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_lock(UPGRADING)))
        connection.commit()


def _backup(url: URL, backups: Path | None, version: str) -> Path | None:
    if backups is None or url.get_backend_name() != "sqlite" or not url.database:
        return None
    backups.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    copy = backups / f"control-{version}-{stamp}.sqlite"
    # SQLite's own copy: consistent even beside a writer, and it takes the WAL with it.
    with sqlite3.connect(url.database) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    copy.chmod(0o600)
    return copy
