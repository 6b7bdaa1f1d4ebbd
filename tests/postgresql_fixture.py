"""A real PostgreSQL server for tests: Debian's package, in a folder of its own, on a socket that nobody else finds.

`postgresql` (one for the session) makes databases with all migrations applied; a test that asks for it skips with a
reason where the package is not there.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from gemini_control.store import migrate
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

PROGRAMS = Path("/usr/lib/postgresql")
TEMPLATE = "fresh"


@dataclass
class PostgreSQL:
    """A server that listens in `folder`."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, name: str) -> str:
        """The address of a database, as SQLAlchemy takes it."""
        return f"postgresql+psycopg://gemini@/{name}?host={self.folder}"

    def make(self) -> str:
        """The address of a new database with all migrations."""
        name = f"t{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.run(f"DROP DATABASE {url.partition('?')[0].rpartition('/')[2]} WITH (FORCE)")

    def run(self, statement: str) -> None:
        """One statement outside of any transaction."""
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))


def programs() -> Path | None:
    """The folder of the newest server's programs; None where none is installed."""
    found = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    return found[-1].parent if found else None


@contextmanager
def running(found: Path, settings: str) -> Iterator[PostgreSQL]:
    """A server by the programs in `found`, with these `settings` (`-c fsync=off …`); it leaves nothing."""
    folder = Path(tempfile.mkdtemp(prefix="gemini-pg-"))
    # The server refuses to run as root.
    person = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    os.chown(folder, person.pw_uid, person.pw_gid)
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(
            command, user=person.pw_uid, group=person.pw_gid, extra_groups=[], cwd=folder, check=True,
            stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    control = (str(found / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"))
    settings = f"-c listen_addresses= -c unix_socket_directories={folder} {settings}"
    try:
        run(str(found / "initdb"), "-D", str(data), "-U", "gemini", "--auth=trust", "--no-sync", "-E", "UTF8")
        run(*control, "-o", settings, "start")
        try:
            server = PostgreSQL(folder)
            server.run(f"CREATE DATABASE {TEMPLATE}")
            migrate.upgrade(server.url(TEMPLATE))
            yield server
        finally:
            run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """The server."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed (package postgresql)")
    with running(found, "-c fsync=off -c shared_buffers=32MB") as server:
        yield server
