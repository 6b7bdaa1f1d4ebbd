"""`/dev-environments`: what a person does with development environments."""

from __future__ import annotations

from gemini_core.states import EnvironmentState

from gemini_control.handlers.allow import allow
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.parameters import Parameter
from gemini_control.handlers.routing import Route
from gemini_control.managers.environments import STATUSES, EnvironmentFilters
from gemini_control.managers.filters import SORTS
from gemini_control.models.environments import (
    EnvironmentChange,
    EnvironmentDraft,
    EnvironmentIn,
    EnvironmentOut,
    EnvironmentPreview,
)
from gemini_control.viewers import USE

FILTERS = (
    Parameter("status", STATUSES),
    Parameter("state", tuple(EnvironmentState)),
    "projectId",
    "workspaceId",
    "owner",
    "search",
    Parameter("sort", SORTS),
)


class EnvironmentsHandler(APIHandler):
    """All of them."""

    @allow(USE, answer=EnvironmentOut, paged=True, query=FILTERS)
    async def get(self) -> None:
        """List the environments that the caller may know of."""
        filters = EnvironmentFilters(
            status=self.option("status"),
            state=self.option("state"),
            project_id=self.option("projectId"),
            workspace_id=self.option("workspaceId"),
            owner=self.option("owner"),
            search=self.option("search"),
            sort=self.option("sort") or SORTS[0],
        )
        page = await self.parts.work.environments.list(self.viewer, filters, self.page())
        await self.answer(page.items, page=page)

    @allow(USE, body=EnvironmentIn, answer=EnvironmentOut)
    async def post(self) -> None:
        """Create one; it starts now, or when there is room."""
        await self.answer(await self.parts.work.environments.create(self.viewer, self.parse(EnvironmentIn)))


class EnvironmentPreviewHandler(APIHandler):
    """What a form comes to."""

    @allow(USE, body=EnvironmentDraft, answer=EnvironmentPreview)
    async def post(self) -> None:
        """Say price, place in the line and what is wrong, without creating anything."""
        await self.answer(await self.parts.work.previews.environment(self.viewer, self.parse(EnvironmentDraft)))


class EnvironmentHandler(APIHandler):
    """One of them."""

    @allow(USE, answer=EnvironmentOut)
    async def get(self, environment_id: str) -> None:
        """Show it."""
        await self.answer(await self.parts.work.environments.get(self.viewer, environment_id))

    @allow(USE, body=EnvironmentChange, answer=EnvironmentOut)
    async def patch(self, environment_id: str) -> None:
        """Change it; resources, image and mounts only while it is stopped."""
        wish = self.parse(EnvironmentChange)
        await self.answer(await self.parts.work.environments.change(self.viewer, environment_id, wish))

    @allow(USE)
    async def delete(self, environment_id: str) -> None:
        """Stop it and delete it; the project's code and output stay."""
        await self.parts.work.environments.delete(self.viewer, environment_id)
        await self.answer()


class EnvironmentStartHandler(APIHandler):
    """Starting one."""

    @allow(USE, answer=EnvironmentOut)
    async def post(self, environment_id: str) -> None:
        """Start it now, or when there is room."""
        await self.answer(await self.parts.work.environments.start(self.viewer, environment_id))


class EnvironmentStopHandler(APIHandler):
    """Stopping one."""

    @allow(USE, answer=EnvironmentOut)
    async def post(self, environment_id: str) -> None:
        """Stop it."""
        await self.answer(await self.parts.work.environments.stop(self.viewer, environment_id))


class EnvironmentRestartHandler(APIHandler):
    """Restarting one."""

    @allow(USE, answer=EnvironmentOut)
    async def post(self, environment_id: str) -> None:
        """Stop it and start it again as it is described now."""
        await self.answer(await self.parts.work.environments.restart(self.viewer, environment_id))


routes = [
    Route("/dev-environments", EnvironmentsHandler),
    Route("/dev-environments/preview", EnvironmentPreviewHandler),
    Route("/dev-environments/{id}", EnvironmentHandler),
    Route("/dev-environments/{id}/start", EnvironmentStartHandler),
    Route("/dev-environments/{id}/stop", EnvironmentStopHandler),
    Route("/dev-environments/{id}/restart", EnvironmentRestartHandler),
]
