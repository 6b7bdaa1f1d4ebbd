"""Limits of workspaces and of their members, and what is held against them."""

from __future__ import annotations

from gemini_core.quota import Holder
from gemini_core.roles import Role

from gemini_control.handlers.allow import allow
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.routing import Route
from gemini_control.models.limits import LimitsIn, LimitsOut, QuotaUseOut
from gemini_control.viewers import OPERATE, USE


class WorkspaceLimitsHandler(APIHandler):
    """The limits of a workspace."""

    @allow(USE, Role.MEMBER, answer=LimitsOut)
    async def get(self, workspace_id: str) -> None:
        """The limits of a workspace, to its members."""
        await self.answer(await self.parts.work.quota.limits(self.viewer, Holder(workspace_id)))

    @allow(OPERATE, body=LimitsIn, answer=LimitsOut)
    async def put(self, workspace_id: str) -> None:
        """Set the limits of a workspace (operators). Nothing that runs is stopped."""
        await self.answer(await self.parts.work.quota.set(self.viewer, Holder(workspace_id), self.parse(LimitsIn)))


class WorkspaceUsageHandler(APIHandler):
    """What a workspace holds."""

    @allow(USE, Role.MEMBER, answer=QuotaUseOut)
    async def get(self, workspace_id: str) -> None:
        """What the environments and tasks of a workspace hold against its limits, and what waits."""
        await self.answer(await self.parts.work.quota.usage(self.viewer, Holder(workspace_id)))


class MemberLimitsHandler(APIHandler):
    """The limits of one member."""

    @allow(USE, Role.MEMBER, answer=LimitsOut)
    async def get(self, workspace_id: str, name: str) -> None:
        """The limits of a member, to themselves, owners and admins."""
        await self.answer(await self.parts.work.quota.limits(self.viewer, Holder(workspace_id, name)))

    @allow(USE, Role.OWNER, body=LimitsIn, answer=LimitsOut)
    async def put(self, workspace_id: str, name: str) -> None:
        """Set the limits of a member (owners). Nothing that runs is stopped."""
        await self.answer(
            await self.parts.work.quota.set(self.viewer, Holder(workspace_id, name), self.parse(LimitsIn))
        )


class MemberUsageHandler(APIHandler):
    """What one member holds."""

    @allow(USE, Role.MEMBER, answer=QuotaUseOut)
    async def get(self, workspace_id: str, name: str) -> None:
        """What a member's environments and tasks in the workspace hold against their limits, and what waits."""
        await self.answer(await self.parts.work.quota.usage(self.viewer, Holder(workspace_id, name)))


routes = [
    Route("/workspaces/{id}/limits", WorkspaceLimitsHandler),
    Route("/workspaces/{id}/usage", WorkspaceUsageHandler),
    Route("/workspaces/{id}/members/{name}/limits", MemberLimitsHandler),
    Route("/workspaces/{id}/members/{name}/usage", MemberUsageHandler),
]
