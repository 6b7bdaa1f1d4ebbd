"""Connections to PostgreSQL that notice when the other side is gone, in seconds and on both sides.

A pulled plug says nothing: without these settings a dead server is waited for for hours, and a dead replica keeps
its locks as long. Advisory locks and LISTEN belong to a session, so a pooler between us must pool sessions.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine

if TYPE_CHECKING:
    # The embedded platform does without the driver.
    import psycopg

PROGRAM = "gemini-control"
NAME = f"{PROGRAM} {socket.gethostname()}"[:63]
"""How this replica is called among the server's connections (`pg_stat_activity`)."""
ALIVE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 2,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 6000,
}
"""libpq's settings: a server that is gone is noticed within about six seconds."""
NOTICE_US = (
    "SET tcp_keepalives_idle = 2",
    "SET tcp_keepalives_interval = 2",
    "SET tcp_keepalives_count = 2",
    "SET tcp_user_timeout = 6000",
)
"""The same, of the server: a replica that is gone loses its locks as soon."""
STUCK_SECONDS = 30
"""A transaction that says nothing for so long is ended: whoever began it is frozen, and all others wait for it."""


def prepare_writer(connection: Any, record: Any) -> None:
    """SQLAlchemy's `connect` event of whoever takes the writers' lock."""
    with connection.cursor() as cursor:
        for setting in (*NOTICE_US, f"SET idle_in_transaction_session_timeout = '{STUCK_SECONDS}s'"):
            cursor.execute(setting)
    connection.commit()


class Gone(ConnectionError):
    """The connection is not there, or not any more."""


class Busy(Exception):
    """Another session holds what was waited for."""


class Session:
    """A connection of its own, beside those that the store keeps; every statement is a transaction of its own."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: URL) -> Session:
        """Gone where there is none to be had."""
        import psycopg

        _, arguments = create_engine(url).dialect.create_connect_args(url)
        settings = {**arguments, **ALIVE, "application_name": NAME}
        with _named():
            session = cls(await psycopg.AsyncConnection.connect(**settings, autocommit=True))
        for setting in NOTICE_US:
            await session.run(setting)
        return session

    async def run(self, statement: str, *values: Any) -> None:
        """Run a statement. Busy where it waited for a lock longer than `lock_timeout`, Gone where nobody answers."""
        with _named():
            await self._connection.execute(statement.encode(), values or None)

    async def value(self, statement: str, *values: Any) -> Any:
        """As `run`; the first value of the first row, None where there is none."""
        with _named():
            row = await (await self._connection.execute(statement.encode(), values or None)).fetchone()
        return None if row is None else row[0]

    async def notices(self, seconds: float | None = None) -> AsyncIterator[str]:
        """What is said on the channels that are LISTENed to, for so long; Gone as soon as the connection is closed."""
        with _named():
            async for notice in self._connection.notifies(timeout=seconds):
                yield notice.payload

    async def close(self) -> None:
        """Let go of everything that the session holds."""
        await self._connection.close()


@contextmanager
def _named() -> Iterator[None]:
    import psycopg

    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        raise Busy from error
    except psycopg.Error as error:
        raise Gone(str(error).strip()) from error
