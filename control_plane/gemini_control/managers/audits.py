"""Reading the audit log: a workspace's for its owners, all of it for operators (TEN-4). Writing is `store.audit`'s."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, select

from gemini_control.managers import access
from gemini_control.models.people import AuditOut
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_control.store.paging import Page, PageRequest, fetch
from gemini_control.viewers import Viewer


class Audits:
    """The audit log of a platform."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def list(self, viewer: Viewer, workspace_id: str | None, page: PageRequest) -> Page[AuditOut]:
        """What was changed, newest first: in one workspace, or, for operators, everywhere."""
        rows = t.audit

        def find(tx: Connection) -> Page[AuditOut]:
            query = select(rows)
            if workspace_id is not None or not viewer.operator:
                chosen = workspace_id or access.home_of(tx, viewer, None)
                access.require(tx, viewer, chosen)
                query = query.where(rows.c.workspace_id == chosen)
            return fetch(tx, query, (rows.c.number,), page).map(_view)

        return await self.store.read(find)


def _view(row: RowMapping) -> AuditOut:
    return AuditOut.model_validate(dict(row))
