"""The one way into the database.

SQLAlchemy Core, synchronous, off the event loop: `await store.read(fn)` and `await store.write(fn)`, where `fn`
takes a connection inside a transaction. One thread writes and a few read: on SQLite by WAL, synchronous=FULL and
`BEGIN IMMEDIATE`, on PostgreSQL by an advisory lock that all replicas take, so that everywhere a write sees all that
was written before it and the outbox's cursors follow one another. What must wait for the commit is said inside the
transaction: `wake(tx, "environments")` calls, on the event loop and once it is durable, everyone who did
`store.subscribe("environments", callback)`; on PostgreSQL in every replica (`store.listening`).
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from copy import copy
from typing import Any, TypeVar

from gemini_core.errors import NoSpace, Unavailable
from sqlalchemy import ARRAY, Connection, Engine, Text, create_engine, event, func, literal, make_url, select
from sqlalchemy.exc import OperationalError

from gemini_control.store import sessions

T = TypeVar("T")
READERS = 4
BUSY_SECONDS = 5
"""How long a change waits for another program that holds the database."""
WRITING = 0x67656D696E69
"""The advisory lock that whoever writes holds, on PostgreSQL."""
CHANNEL = "gemini"
"""Where replicas tell each other of topics, on PostgreSQL."""
_TOPICS = "gemini_topics"
Topics = set[tuple[str, str]]


def wake(tx: Connection, topic: str, key: str = "") -> None:
    """Call the subscribers of `topic` after the transaction of `tx` is durable; never if it is rolled back.

    `key` says of which thing, to those who `follow` the topic.
    """
    tx.info.setdefault(_TOPICS, set()).add((topic, key))


class Store:
    """A database by its URL (`sqlite:////path/control.sqlite`, `postgresql+psycopg://…`)."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.writer = self._engine(writing=True)
        self.reader = self._engine(writing=False)
        self._writers = ThreadPoolExecutor(1, "store-write")
        self._readers = ThreadPoolExecutor(READERS, "store-read")
        self._followers: dict[str, list[Callable[[str], None]]] = {}
        # What this process committed it tells itself, at once; of what it hears it leaves that out.
        self.voice = secrets.token_hex(4)
        self._guard: Callable[[Connection], None] | None = None
        self._wrap: Callable[[Callable[[Connection], Any]], Callable[[Connection], Any]] | None = None

    def _engine(self, *, writing: bool) -> Engine:
        if not self.sqlite:
            return self._postgresql(writing=writing)
        arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False}
        engine = create_engine(self.url, pool_size=1 if writing else READERS, connect_args=arguments)
        event.listen(engine, "connect", _prepare_writer if writing else _prepare_reader)
        event.listen(engine, "begin", _begin_immediate if writing else _begin)
        return engine

    def _postgresql(self, *, writing: bool) -> Engine:
        size = 1 if writing else READERS
        arguments = {**sessions.ALIVE, "application_name": sessions.NAME}
        engine = create_engine(self.url, pool_size=size, max_overflow=0, pool_pre_ping=True, connect_args=arguments)
        if writing:
            event.listen(engine, "connect", sessions.prepare_writer)
            event.listen(engine, "begin", _take_turns)
            return engine
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` finds in one consistent snapshot of the database. It must not write."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._run, self.reader, fn, None)

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """What `fn` returns once its changes are durable; an exception in it undoes all of them.

        Unavailable where another program holds the database or it does not answer, NoSpace where its disk is full.

        Within a request that carries an `Idempotency-Key` the write happens once (see `store.idempotency`),
        so there `fn` returns something that JSON can hold: an id.
        """
        loop = asyncio.get_running_loop()
        context, change = copy_context(), self._guarded(fn)
        return await loop.run_in_executor(self._writers, lambda: context.run(self._run, self.writer, change, loop))

    def write_now(self, fn: Callable[[Connection], T]) -> T:
        """As `write`, for a command that has no event loop: blocks, and wakes nobody."""
        return self._run(self.writer, fn, None)

    def guarded(self, guard: Callable[[Connection], None]) -> Store:
        """This database, for writes that first call `guard` in their transaction: where it raises, nothing is
        written. It shares everything with this one, which is the one to close."""
        other = copy(self)
        other._guard = guard
        return other

    def subscribe(self, topic: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` on the event loop after each commit that woke `topic`; gives what ends it."""
        return self.follow(topic, lambda key: callback())

    def follow(self, topic: str, callback: Callable[[str], None]) -> Callable[[], None]:
        """As `subscribe`, with the key of each wake; empty where it may have been any (what other replicas said was
        not heard for a while)."""
        self._followers.setdefault(topic, []).append(callback)
        return lambda: self._followers[topic].remove(callback)

    def tell(self, topic: str, key: str = "") -> None:
        """Call the subscribers of `topic` now."""
        for callback in tuple(self._followers.get(topic, ())):
            callback(key)

    def tell_all(self) -> None:
        """Call the subscribers of every topic now."""
        for topic in tuple(self._followers):
            self.tell(topic)

    def once_by(self, wrap: Callable[[Callable[[Connection], Any]], Callable[[Connection], Any]]) -> None:
        """Pass every write through `wrap` (installed by `store.idempotency`)."""
        self._wrap = wrap

    def _run(self, engine: Engine, fn: Callable[[Connection], T], loop: asyncio.AbstractEventLoop | None) -> T:
        if loop is not None and self._wrap is not None:
            fn = self._wrap(fn)
        try:
            result, topics = self._transact(engine, fn)
        except OperationalError as error:
            raise _public(error, sqlite=self.sqlite) from error
        if loop is not None:
            for topic, key in topics:
                loop.call_soon_threadsafe(self.tell, topic, key)
        return result

    def _transact(self, engine: Engine, fn: Callable[[Connection], T]) -> tuple[T, Topics]:
        """What `fn` returns, durable, and the topics that it woke."""
        with engine.connect() as tx:
            tx.info.pop(_TOPICS, None)
            with tx.begin():
                result = fn(tx)
                topics: Topics = tx.info.pop(_TOPICS, set())
                if topics and not self.sqlite:
                    _notify(tx, [f"{self.voice} {topic} {key}" for topic, key in topics])
            return result, topics

    def _guarded(self, fn: Callable[[Connection], T]) -> Callable[[Connection], T]:
        guard = self._guard
        if guard is None:
            return fn

        def run(tx: Connection) -> T:
            guard(tx)
            return fn(tx)

        return run

    def close(self) -> None:
        """Waits for what is under way and closes every connection."""
        self._readers.shutdown()
        self._writers.shutdown()
        self.writer.dispose()
        self.reader.dispose()


def _notify(tx: Connection, payloads: Iterable[str]) -> None:
    # Delivered with the commit, in the order of commits; never where it is rolled back.
    tx.execute(select(func.pg_notify(CHANNEL, func.unnest(literal(list(payloads), ARRAY(Text))))))


def _public(error: OperationalError, *, sqlite: bool) -> Exception:
    """What a person is told where the database does not answer or takes no changes; all else is a bug and stays what
    it is."""
    if not sqlite:
        return Unavailable("database-unreachable")
    # The lower byte is the kind of an error, the rest says more of it.
    kind = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if kind == sqlite3.SQLITE_FULL:
        return NoSpace("disk-full")
    return Unavailable("database-locked") if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) else error


def _prepare(connection: sqlite3.Connection) -> None:
    # We begin transactions ourselves: the driver's own way begins them late and not IMMEDIATE.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")


def _prepare_writer(connection: Any, record: Any) -> None:
    _prepare(connection)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _prepare_reader(connection: Any, record: Any) -> None:
    _prepare(connection)
    connection.execute("PRAGMA query_only=ON")


def _take_turns(connection: Connection) -> None:
    # Held until the transaction ends; what follows sees what its last holder committed (READ COMMITTED).
    connection.execute(select(func.pg_advisory_xact_lock(WRITING)))


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
