"""`Idempotency-Key`: a request sent twice is done once.

The result of every write of such a request is kept in the very transaction that makes it, so a crash between the
change and the answer loses nothing: the second request runs the same code, and each of its writes gives the kept
result instead of being done again. What was answered is kept too (part -1), so that it is repeated to the letter.
Another body under the same key is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from gemini_core.errors import Conflict
from sqlalchemy import Connection, delete, insert, select

from gemini_control.store import tables as t

KEPT = timedelta(days=2)
ANSWER = -1


@dataclass
class Request:
    """A request that carries a key; `parts` counts its writes."""

    person: str
    key: str
    body_hash: str
    parts: list[None] = field(default_factory=list)


current: ContextVar[Request | None] = ContextVar("idempotent_request", default=None)
"""The request that this context works for."""


def once(fn: Callable[[Connection], Any]) -> Callable[[Connection], Any]:
    """`fn`, done once per key and part where the current request carries a key (for `Store.once_by`)."""
    request = current.get()
    if request is None:
        return fn
    part = len(request.parts)
    request.parts.append(None)

    def run(tx: Connection) -> Any:
        kept = _find(tx, request, part)
        if kept is not None:
            return kept[0]
        result = fn(tx)
        _keep(tx, request, part, result)
        return result

    return run


def answer(tx: Connection, request: Request) -> Any:
    """What was answered to this request before; None where nothing was. Conflict for another body."""
    if _find(tx, request, 0) is None:
        return None
    kept = _find(tx, request, ANSWER)
    return None if kept is None else kept[0]


def keep_answer(tx: Connection, request: Request, envelope: dict[str, Any]) -> None:
    """Keep the answer of a request that is done."""
    if _find(tx, request, ANSWER) is None:
        _keep(tx, request, ANSWER, envelope)


def _find(tx: Connection, request: Request, part: int) -> tuple[Any] | None:
    rows = t.idempotency
    query = select(rows.c.body_hash, rows.c.result).where(
        rows.c.person == request.person, rows.c.key == request.key, rows.c.part == part
    )
    row = tx.execute(query).first()
    if row is None:
        return None
    if row.body_hash != request.body_hash:
        raise Conflict("idempotency-mismatch")
    return (row.result,)


def _keep(tx: Connection, request: Request, part: int, result: Any) -> None:
    now = datetime.now(UTC)
    tx.execute(delete(t.idempotency).where(t.idempotency.c.created_at < now - KEPT))
    tx.execute(
        insert(t.idempotency).values(
            person=request.person,
            key=request.key,
            part=part,
            body_hash=request.body_hash,
            result=result,
            created_at=now,
        )
    )
