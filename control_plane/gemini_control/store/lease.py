"""Who leads: of several replicas over one database exactly one does the work that nobody may do twice.

On PostgreSQL the leader holds a session's advisory lock on a connection of its own. The server frees it with that
connection: at once where the replica ends, within seconds where its machine is gone (`store.sessions`) or where it is
frozen (IDLE_SECONDS without a word).

A leader that was frozen and goes on does not know yet that it leads no more. So each term has a number, which its
leader counts up in the row of the lease before it does anything else, and every write of a leader first compares it
(`check`). That is enough because all writes of all replicas follow one another (`database.WRITING`): a write of an
earlier term is either durable before the new term begins, and is seen by it, or it finds another number and is undone.

An SQLite database has one process alone, which always leads.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from gemini_core.errors import Unavailable
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from gemini_control.store import sessions
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_control.store.sessions import Busy, Session

LEADING = 0x67656D696E6A
"""The advisory lock that the leader holds."""
LEADER = "leader"
BEAT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
IDLE_SECONDS = 15
"""A leader that says nothing for so long has lost the lease; the server ends its connection."""
WAIT_SECONDS = 10
BACKOFF_SECONDS = 1.0
log = logging.getLogger("gemini.lease")


class NotLeading(RuntimeError):
    """A leader's write came after another leads; it was undone."""


class Lease:
    """This process's place among the replicas of one database. `holder` names it to people."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.holder = sessions.NAME
        self.alone = store.sqlite
        self._session: Session | None = None
        self._term: int | None = None

    @property
    def leading(self) -> bool:
        """Whether this process leads, as far as it knows."""
        return self.alone or self._term is not None

    def leaders(self) -> Store:
        """The database for what only the leader writes."""
        return self.store if self.alone else self.store.guarded(self.check)

    def check(self, tx: Connection) -> None:
        """In a write's transaction: NotLeading unless this process leads still."""
        rows = t.leases
        newest = tx.scalar(select(rows.c.term).where(rows.c.name == LEADER))
        if self._term is None or newest != self._term:
            raise NotLeading(f"{self.holder} does not lead")

    async def acquire(self) -> None:
        """Return when this process leads; tries until then."""
        while not self.leading:
            try:
                self._session = await Session.open(self.store.url)
                await _wait(self._session)
                self._term = await self.store.write(self._begin)
            except (OSError, DBAPIError, Unavailable) as error:
                log.warning("The lease cannot be asked for, trying again: %s", error)
                await self.release()
                await asyncio.sleep(BACKOFF_SECONDS)
            except BaseException:
                await self.release()
                raise

    async def lost(self) -> None:
        """Return when this process leads no more; never where it is alone."""
        if self.alone:
            await asyncio.get_running_loop().create_future()
        try:
            while True:
                await self._beat()
        except (OSError, NotLeading) as error:
            log.warning("The lease is lost: %s", error)
        self._term = None

    async def release(self) -> None:
        """Lead no more; whoever waits leads at once. Safe to call at any time."""
        self._term = None
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _begin(self, tx: Connection) -> int:
        """Begin a term: the writes of every earlier one are over, and from here on refused."""
        rows = t.leases
        now = datetime.now(UTC)
        term = int(tx.scalar(select(func.max(rows.c.term)).where(rows.c.name == LEADER)) or 0) + 1
        values = {"term": term, "holder": self.holder, "since": now}
        if term == 1:
            tx.execute(insert(rows).values(name=LEADER, **values))
        else:
            tx.execute(update(rows).where(rows.c.name == LEADER).values(**values))
        return term

    async def _beat(self) -> None:
        """One sign of life each way; raises where the connection is dead (a closed one is noticed at once), or where
        another term has begun."""
        session = self._session
        if session is None or self._term is None:
            raise NotLeading("released")
        async for _ in session.notices(BEAT_SECONDS):
            pass
        async with asyncio.timeout(ANSWER_SECONDS):
            newest = await session.value(f"SELECT term FROM {t.leases.name} WHERE name = %s", LEADER)
        if newest != self._term:
            # Whoever was frozen between the lock and its term counted it late: it leads no more than we do.
            raise NotLeading(f"{self.holder} was overtaken")


async def _wait(session: Session) -> None:
    # In pieces, so that a connection that hangs is noticed, too.
    await session.run(f"SET lock_timeout = '{WAIT_SECONDS}s'")
    while True:
        try:
            await session.run("SELECT pg_advisory_lock(%s)", LEADING)
        except Busy:
            continue
        await session.run(f"SET idle_session_timeout = '{IDLE_SECONDS}s'")
        return
