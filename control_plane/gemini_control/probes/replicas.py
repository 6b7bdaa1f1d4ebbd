"""The control planes over one database, as the database itself knows them: who is connected, who holds the lease."""

from __future__ import annotations

from gemini_core.health import of_replicas
from sqlalchemy import Connection, select, text

from gemini_control.probes.base import UNANSWERED, Fact, Finding
from gemini_control.store import sessions
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_control.store.lease import LEADER, LEADING

_CONNECTED = text(
    "SELECT DISTINCT application_name FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name LIKE :prefix"
)
_HOLDER = text(
    "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.datname = current_database() "
    "AND (l.classid::bigint << 32) + l.objid::bigint = :lock"
)


class ReplicasProbe:
    """Connections go with their replicas, so who is told here is there."""

    part = "replicas"
    overdue = UNANSWERED

    def __init__(self, store: Store) -> None:
        self.store = store

    async def find(self) -> Finding:
        """Ask the database."""
        names, leader, since = await self.store.read(_look)
        others = ", ".join(sorted(names - {leader})) or "–"
        facts = [Fact("leader", leader or "–"), Fact("others", others)]
        facts += [Fact("since", since)] if leader and since else []
        return Finding(of_replicas(len(names), led=leader is not None), tuple(facts))


def _look(tx: Connection) -> tuple[set[str], str | None, str]:
    names = {_short(name) for name in tx.scalars(_CONNECTED, {"prefix": f"{sessions.PROGRAM} %"})}
    holder = tx.scalar(_HOLDER, {"lock": LEADING})
    since = tx.scalar(select(t.leases.c.since).where(t.leases.c.name == LEADER))
    return names, _short(holder) if holder else None, since.strftime("%Y-%m-%d %H:%M:%SZ") if since else ""


def _short(name: str) -> str:
    return name.removeprefix(f"{sessions.PROGRAM} ")
