"""`/me`, `/workspaces` and who is in them."""

from __future__ import annotations

from gemini_core.roles import Role

from gemini_control.handlers.allow import allow
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.routing import Route
from gemini_control.models.people import MemberIn, MemberOut, MeOut, WorkspaceIn, WorkspaceOut
from gemini_control.viewers import OPERATE, USE


class MeHandler(APIHandler):
    """Who asks."""

    @allow(USE, answer=MeOut)
    async def get(self) -> None:
        """The caller, their workspaces and their role in each."""
        await self.answer(await self.parts.workspaces.me(self.viewer))


class WorkspacesHandler(APIHandler):
    """All that the caller may know of."""

    @allow(USE, answer=WorkspaceOut, paged=True, query=("search",))
    async def get(self) -> None:
        """The caller's workspaces; an operator's are all."""
        page = await self.parts.workspaces.list(self.viewer, self.option("search"), self.page())
        await self.answer(page.items, page=page)

    @allow(OPERATE, body=WorkspaceIn, answer=WorkspaceOut)
    async def post(self) -> None:
        """Make a workspace (operators)."""
        await self.answer(await self.parts.workspaces.create(self.viewer, self.parse(WorkspaceIn)))


class WorkspaceHandler(APIHandler):
    """One of them."""

    @allow(USE, Role.MEMBER, answer=WorkspaceOut)
    async def get(self, workspace_id: str) -> None:
        """A workspace."""
        await self.answer(await self.parts.workspaces.get(self.viewer, workspace_id))


class MembersHandler(APIHandler):
    """Who is in a workspace."""

    @allow(USE, Role.MEMBER, answer=MemberOut, paged=True)
    async def get(self, workspace_id: str) -> None:
        """Its members and their roles."""
        page = await self.parts.workspaces.members(self.viewer, workspace_id, self.page())
        await self.answer(page.items, page=page)

    @allow(USE, Role.ADMIN, body=MemberIn, answer=MemberOut)
    async def post(self, workspace_id: str) -> None:
        """Add a person, or change a member's role. Only owners make and change owners."""
        made = await self.parts.workspaces.add_member(self.viewer, workspace_id, self.parse(MemberIn))
        await self.answer(made)


class MemberHandler(APIHandler):
    """One member."""

    @allow(USE, Role.MEMBER)
    async def delete(self, workspace_id: str, name: str) -> None:
        """Leave a workspace, or take a member out (owners and admins)."""
        await self.parts.workspaces.remove_member(self.viewer, workspace_id, name)
        await self.answer()


routes = [
    Route("/me", MeHandler),
    Route("/workspaces", WorkspacesHandler),
    Route("/workspaces/{id}", WorkspaceHandler),
    Route("/workspaces/{id}/members", MembersHandler),
    Route("/workspaces/{id}/members/{name}", MemberHandler),
]
