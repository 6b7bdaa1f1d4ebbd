"""Column types that read the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment as whole microseconds since 1970 (UTC): exact, comparable, alike in every database.

    Takes and gives aware datetimes; a naive one is a bug and raises ValueError.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """The number that is stored."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime does not say when it is")
        return (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The aware datetime, in UTC."""
        return None if value is None else EPOCH + int(value) * MICROSECOND


Counter = BigInteger().with_variant(Integer(), "sqlite")
"""A primary key that the database counts up (SQLite only counts an INTEGER)."""
