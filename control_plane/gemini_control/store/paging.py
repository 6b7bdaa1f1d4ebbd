"""Long lists in pages: `limit` and an opaque `cursor`, stable while rows come and go."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from gemini_core.errors import InvalidInput
from gemini_core.submissions import has_control
from sqlalchemy import Column, Connection, Row, RowMapping, Select, func, literal, tuple_

from gemini_control.store.columns import EPOCH, MICROSECOND, UtcDateTime

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, the cursor of the next ones (None: these are the last), and how many there are in all."""

    items: list[T]
    next: str | None
    total: int

    def map(self, fn: Callable[[T], U]) -> Page[U]:
        """The same page of other things."""
        return Page([fn(item) for item in self.items], self.next, self.total)


@dataclass(frozen=True)
class PageRequest:
    """Which page: at most `limit` rows after the one whose key is `after`."""

    limit: int = DEFAULT_LIMIT
    after: tuple[Any, ...] | None = None

    @classmethod
    def of(cls, limit: str | None, cursor: str | None) -> PageRequest:
        """From the query's texts; InvalidInput names the one at fault."""
        number = str(DEFAULT_LIMIT) if limit is None else limit
        if not (number.isascii() and number.isdigit() and len(number) <= 9 and 0 < int(number) <= MAX_LIMIT):
            raise InvalidInput("limit-out-of-range", field="limit", limit=MAX_LIMIT)
        return cls(int(number), None if not cursor else _decode(cursor))

    @staticmethod
    def cursor_of(*values: Any) -> str:
        """The cursor of the item whose key is `values`."""
        return _encode(list(values))


def after_path(paths: list[str], page: PageRequest) -> int:
    """Where a page begins in a list of paths that are in order; InvalidInput where the cursor is no path's."""
    if page.after is None:
        return 0
    if len(page.after) != 1 or not isinstance(page.after[0], str):
        raise InvalidInput("cursor-unfit", field="cursor")
    return bisect_right(paths, page.after[0])


def fetch(
    tx: Connection, query: Select[Any], key: tuple[Column[Any], ...], page: PageRequest, *, newest_first: bool = True
) -> Page[RowMapping]:
    """One page of `query`, ordered by `key` (columns of it that together are unique)."""
    return fetch_raw(tx, query, key, page, newest_first=newest_first).map(lambda row: row._mapping)


def fetch_raw(
    tx: Connection, query: Select[Any], key: tuple[Column[Any], ...], page: PageRequest, *, newest_first: bool = True
) -> Page[Row[Any]]:
    """As `fetch`: the rows as tuples, whose columns of the key may be raw values."""
    # Only counted: an index that has what the conditions need is enough.
    counted = query.with_only_columns(func.count(), maintain_column_froms=True)
    total = int(tx.scalar(counted) or 0)
    if page.after is not None:
        query = query.where(_beyond(key, page.after, newest_first))
    order = [column.desc() if newest_first else column.asc() for column in key]
    rows = list(tx.execute(query.order_by(*order).limit(page.limit + 1)).all())
    more = len(rows) > page.limit
    rows = rows[: page.limit]
    return Page(rows, _encode([rows[-1]._mapping[column.key] for column in key]) if more else None, total)


def _beyond(key: tuple[Column[Any], ...], after: tuple[Any, ...], newest_first: bool) -> Any:
    if len(after) != len(key):
        raise InvalidInput("cursor-unfit", field="cursor")
    values = []
    for column, value in zip(key, after, strict=True):
        moment = isinstance(column.type, UtcDateTime)
        whole = moment or column.type.python_type is int
        # No database takes all texts: half of a surrogate pair, a NUL. No column holds any such.
        if isinstance(value, int) != whole or (not whole and has_control(value)):
            raise InvalidInput("cursor-unfit", field="cursor")
        values.append(literal(_moment(int(value)) if moment else value, column.type))
    left, right = tuple_(*key), tuple_(*values)
    return left < right if newest_first else left > right


def _moment(microseconds: int) -> datetime:
    try:
        return EPOCH + microseconds * MICROSECOND
    except OverflowError as error:
        raise InvalidInput("cursor-unfit", field="cursor") from error


def _encode(values: list[Any]) -> str:
    plain = [(value - EPOCH) // MICROSECOND if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[Any, ...]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise InvalidInput("cursor-unfit", field="cursor") from error
    if not isinstance(values, list) or not all(isinstance(value, int | str) for value in values):
        raise InvalidInput("cursor-unfit", field="cursor")
    if any(isinstance(value, int) and abs(value) >= 2**62 for value in values):
        raise InvalidInput("cursor-unfit", field="cursor")
    return tuple(values)
