"""Money: balances, lines of the ledger, sums."""

from __future__ import annotations

from gemini_core.roles import Role

from gemini_control.handlers.allow import allow
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.parameters import Parameter
from gemini_control.handlers.routing import Route
from gemini_control.models.operating import TransactionOut
from gemini_control.models.people import BalanceOut, CostOut, CreditIn, PostingOut
from gemini_control.viewers import OPERATE, USE


class BalanceHandler(APIHandler):
    """What a workspace has."""

    @allow(USE, Role.MEMBER, answer=BalanceOut)
    async def get(self, workspace_id: str) -> None:
        """The balance of a workspace."""
        await self.answer(await self.parts.accounts.balance(self.viewer, workspace_id))


class PostingsHandler(APIHandler):
    """The lines of a workspace's account."""

    @allow(USE, Role.MEMBER, answer=PostingOut, paged=True)
    async def get(self, workspace_id: str) -> None:
        """Credits and charges, newest first; members see credits and what they spent themselves."""
        page = await self.parts.accounts.postings(self.viewer, workspace_id, self.page())
        await self.answer(page.items, page=page)

    @allow(OPERATE, body=CreditIn, answer=PostingOut)
    async def post(self, workspace_id: str) -> None:
        """Put money into the account (operators)."""
        made = await self.parts.accounts.credit(self.viewer, workspace_id, self.parse(CreditIn))
        await self.answer(made)


class PostingHandler(APIHandler):
    """One of the lines."""

    @allow(USE, Role.ADMIN, answer=TransactionOut)
    async def get(self, workspace_id: str, posting_id: str) -> None:
        """A line with both its sides, for owners, admins and operators."""
        await self.answer(await self.parts.accounts.transaction(self.viewer, workspace_id, posting_id))


class CostsHandler(APIHandler):
    """Sums of what was charged."""

    @allow(USE, Role.MEMBER, answer=list[CostOut], query=("workspaceId", Parameter("by", ("day", "project", "person"))))
    async def get(self) -> None:
        """By day (default), project or person; of the caller's first workspace where none is named."""
        by = self.option("by") or "day"
        await self.answer(await self.parts.accounts.costs(self.viewer, self.option("workspaceId"), by))


routes = [
    Route("/workspaces/{id}/balance", BalanceHandler),
    Route("/workspaces/{id}/postings", PostingsHandler),
    Route("/workspaces/{id}/postings/{posting_id}", PostingHandler),
    Route("/costs", CostsHandler),
]
