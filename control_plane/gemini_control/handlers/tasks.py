"""`/training-tasks`: what a person does with training tasks."""

from __future__ import annotations

from gemini_core.states import LaunchMode, TaskState

from gemini_control.handlers.allow import allow
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.parameters import Parameter
from gemini_control.handlers.routing import Route
from gemini_control.managers.filters import SORTS
from gemini_control.managers.paths import page_of
from gemini_control.managers.tasks import TaskFilters
from gemini_control.models.people import FileOut
from gemini_control.models.tasks import TaskCreated, TaskIn, TaskOut, TaskPreview
from gemini_control.viewers import USE

FILTERS = (
    Parameter("state", tuple(TaskState)),
    Parameter("mode", tuple(LaunchMode)),
    "projectId",
    "environmentId",
    "workspaceId",
    "owner",
    "search",
    Parameter("sort", SORTS),
)


class TasksHandler(APIHandler):
    """All of them."""

    @allow(USE, answer=TaskOut, paged=True, query=FILTERS)
    async def get(self) -> None:
        """List the tasks that the caller may know of."""
        filters = TaskFilters(
            state=self.option("state"),
            mode=self.option("mode"),
            project_id=self.option("projectId"),
            environment_id=self.option("environmentId"),
            workspace_id=self.option("workspaceId"),
            owner=self.option("owner"),
            search=self.option("search"),
            sort=self.option("sort") or SORTS[0],
        )
        page = await self.parts.work.tasks.list(self.viewer, filters, self.page())
        await self.answer(page.items, page=page)

    @allow(USE, body=TaskIn, answer=TaskCreated)
    async def post(self) -> None:
        """Submit one; its code is fixed now."""
        created = await self.parts.work.tasks.create(self.viewer, self.parse(TaskIn))
        await self.answer(created, message="task-created")


class TaskPreviewHandler(APIHandler):
    """What a form comes to."""

    @allow(USE, body=TaskIn, answer=TaskPreview)
    async def post(self) -> None:
        """Say price, place in the line and what is wrong, without creating anything."""
        await self.answer(await self.parts.work.previews.task(self.viewer, self.parse(TaskIn)))


class TaskHandler(APIHandler):
    """One of them."""

    @allow(USE, answer=TaskOut)
    async def get(self, task_id: str) -> None:
        """Show it."""
        await self.answer(await self.parts.work.tasks.get(self.viewer, task_id))


class TaskStopHandler(APIHandler):
    """Stopping one."""

    @allow(USE, answer=TaskOut)
    async def post(self, task_id: str) -> None:
        """Stop it, in whatever state it is."""
        await self.answer(await self.parts.work.tasks.stop(self.viewer, task_id))


class TaskOutputHandler(APIHandler):
    """What one wrote."""

    @allow(USE, answer=FileOut, paged=True)
    async def get(self, task_id: str) -> None:
        """List the files of its output folder."""
        page = page_of(await self.parts.work.tasks.output(self.viewer, task_id), self.page())
        await self.answer(page.items, page=page)


routes = [
    Route("/training-tasks", TasksHandler),
    Route("/training-tasks/preview", TaskPreviewHandler),
    Route("/training-tasks/{id}", TaskHandler),
    Route("/training-tasks/{id}/stop", TaskStopHandler),
    Route("/training-tasks/{id}/output", TaskOutputHandler),
]
