"""What the lists of environments and of tasks are narrowed to and ordered by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SORTS = ("createdAt", "name", "state")


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What both have; None takes all."""

    state: str | None = None
    project_id: str | None = None
    workspace_id: str | None = None
    owner: str | None = None
    search: str | None = None
    sort: str = SORTS[0]

    @property
    def newest_first(self) -> bool:
        """Whether the order is that of time, backwards."""
        return self.sort == "createdAt"

    def key(self, rows: Any) -> tuple[Any, Any]:
        """The columns that order `rows`."""
        return {"name": rows.c.name, "state": rows.c.state}.get(self.sort, rows.c.created_at), rows.c.id

    def narrowed(self, query: Any, rows: Any) -> Any:
        """`query` over `rows` with the conditions."""
        for column, value in (
            (rows.c.state, self.state),
            (rows.c.project_id, self.project_id),
            (rows.c.workspace_id, self.workspace_id),
            (rows.c.owner, self.owner),
        ):
            if value is not None:
                query = query.where(column == value)
        if self.search:
            query = query.where(rows.c.name.icontains(self.search, autoescape=True))
        return query
