"""`/audit`: who changed what."""

from __future__ import annotations

from gemini_core.roles import Role

from gemini_control.handlers.allow import allow
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.routing import Route
from gemini_control.models.people import AuditOut
from gemini_control.viewers import USE


class AuditHandler(APIHandler):
    """The audit log."""

    @allow(USE, Role.OWNER, answer=AuditOut, paged=True, query=("workspaceId",))
    async def get(self) -> None:
        """Changes, newest first: of a workspace for its owners, of all for operators."""
        page = await self.parts.audits.list(self.viewer, self.option("workspaceId"), self.page())
        await self.answer(page.items, page=page)


routes = [Route("/audit", AuditHandler)]
