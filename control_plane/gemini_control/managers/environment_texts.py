"""Pages of environments as JSON, each environment written once and remembered by all that it was made of.

Most environments of a long list rest: nothing on them moves but by a change of what they are made of. So a text is kept
beside these raw values and used again as long as they are the same; nothing has to be told when they change. What runs
is written anew each time, since its cost and its use move by themselves.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from gemini_core.prices import Prices
from gemini_core.states import ENVIRONMENT_IDLE
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Label,
    Row,
    Select,
    Text,
    cast,
    func,
    select,
    type_coerce,
)

from gemini_control.managers.environment_views import EnvironmentViews
from gemini_control.models.wire import Written
from gemini_control.store import tables as t
from gemini_control.store.columns import UtcDateTime

KEPT = 1 << 14
"""Texts that are remembered, of about 2 kB with what they were made of."""
Inputs = tuple[Any, ...]


def _raw() -> Select[Any]:
    # As the database has them: nothing is parsed that is only compared.
    e = t.environments
    columns: list[ColumnElement[Any]] = []
    for column in e.c:
        if isinstance(column.type, UtcDateTime):
            columns.append(type_coerce(column, BigInteger).label(column.key))
        else:
            columns.append(cast(column, Text).label(column.key) if isinstance(column.type, JSON) else column)
    project = select(t.projects.c.name).where(t.projects.c.id == e.c.project_id).scalar_subquery()
    found: Select[Any] = select(*columns, project.label("project_name"), _mounted())
    return found


def _mounted() -> Label[Any]:
    # Beside each row instead of in a statement of their own: to name two hundred rows takes longer than to read them.
    m, v, a = t.mounts, t.versions, t.assets
    parts = (m.c.kind, cast(m.c.slot, Text), v.c.id, cast(v.c.number, Text), a.c.id, a.c.name)
    text = functools.reduce(lambda left, right: left + "/" + right, parts)
    tables = m.join(v, v.c.id == m.c.version_id).join(a, a.c.id == v.c.asset_id)
    query = select(func.aggregate_strings(text, "/")).select_from(tables).where(m.c.holder_id == t.environments.c.id)
    return query.scalar_subquery().label("mounted")


RAW = _raw()


class EnvironmentTexts:
    """Writes them, through `views` where they are not remembered."""

    def __init__(self, views: EnvironmentViews) -> None:
        self.views = views
        self._kept: dict[tuple[str, str], tuple[Inputs, Written]] = {}
        self._prices: Prices | None = None

    def of(self, tx: Connection, rows: Sequence[Row[Any]], language: str) -> list[Written]:
        """The texts of rows of RAW, in their order."""
        prices = self.prices()
        if prices is not self._prices:
            self._kept, self._prices = {}, prices
        made = [tuple(row) for row in rows]
        kept = [self._kept.get((row.id, language)) for row in rows]
        known = [one[1] if one and one[0] == inputs else None for one, inputs in zip(kept, made, strict=True)]
        missing = [n for n, one in enumerate(known) if one is None]
        fresh = self._write(tx, [rows[n].id for n in missing], language)
        for n, text in zip(missing, fresh, strict=True):
            known[n] = text
            if text.lasting:
                self._keep((rows[n].id, language), (made[n], text))
        return [one for one in known if one is not None]

    def prices(self) -> Prices:
        """The prices that all texts are written with."""
        return self.views.runs.prices.current()

    def _write(self, tx: Connection, ids: list[str], language: str) -> list[Written]:
        if not ids:
            return []
        query = select(t.environments).where(t.environments.c.id.in_(ids))
        found = {row["id"]: row for row in tx.execute(query).mappings()}
        models = self.views.models(tx, [found[one] for one in ids], language)
        return [Written(model.written().text, lasting=model.state in ENVIRONMENT_IDLE) for model in models]

    def _keep(self, key: tuple[str, str], entry: tuple[Inputs, Written]) -> None:
        if len(self._kept) >= KEPT and key not in self._kept:
            self._kept.pop(next(iter(self._kept)), None)
        self._kept[key] = entry
