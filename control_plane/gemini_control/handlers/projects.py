"""`/projects` and their code."""

from __future__ import annotations

from gemini_core.roles import Role

from gemini_control.files.upload import Upload
from gemini_control.handlers.allow import allow
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.downloads import send_file
from gemini_control.handlers.routing import Route
from gemini_control.handlers.uploads import EXECUTABLE, UploadHandler
from gemini_control.models.people import FileOut, ProjectIn, ProjectOut, ProjectPatch
from gemini_control.viewers import USE


class ProjectsHandler(APIHandler):
    """All that the caller may know of."""

    @allow(USE, answer=ProjectOut, paged=True, query=("workspaceId",))
    async def get(self) -> None:
        """Projects, newest first."""
        page = await self.parts.projects.list(self.viewer, self.page(), self.option("workspaceId"))
        await self.answer(page.items, page=page)

    @allow(USE, Role.MEMBER, body=ProjectIn, answer=ProjectOut)
    async def post(self) -> None:
        """Make a project, in the caller's first workspace where none is named."""
        await self.answer(await self.parts.projects.create(self.viewer, self.parse(ProjectIn)))


class ProjectHandler(APIHandler):
    """One of them."""

    @allow(USE, answer=ProjectOut)
    async def get(self, project_id: str) -> None:
        """A project."""
        await self.answer(await self.parts.projects.get(self.viewer, project_id))

    @allow(USE, Role.MEMBER, body=ProjectPatch, answer=ProjectOut)
    async def patch(self, project_id: str) -> None:
        """Change it (its creator, owners and admins)."""
        await self.answer(await self.parts.projects.change(self.viewer, project_id, self.parse(ProjectPatch)))

    @allow(USE, Role.MEMBER)
    async def delete(self, project_id: str) -> None:
        """Delete it with its code and outputs; data and models stay."""
        await self.parts.projects.delete(self.viewer, project_id)
        await self.answer()


class CodeHandler(APIHandler):
    """The code of a project."""

    @allow(USE, answer=FileOut, paged=True)
    async def get(self, project_id: str) -> None:
        """Its files, by path."""
        page = await self.parts.projects.code(self.viewer, project_id, self.page())
        await self.answer(page.items, page=page)


class CodeFileHandler(UploadHandler):
    """One file of the code."""

    @allow(USE, raw="out")
    async def get(self, project_id: str, path: str) -> None:
        """The file as it is."""
        fd, size = await self.parts.projects.open_code(self.viewer, project_id, path)
        await send_file(self, fd, size, path.rpartition("/")[2])

    @allow(USE, Role.MEMBER, raw="in", query=(EXECUTABLE,))
    async def put(self, project_id: str, path: str) -> None:
        """Put a file there (members of the workspace); an older one is replaced at once and whole."""
        await self.receive(project_id, path)

    async def begin(self, owner_id: str, path: str) -> Upload:
        """Open the upload."""
        return await self.parts.projects.upload(self.viewer, owner_id, path)

    async def done(self, owner_id: str, path: str) -> None:
        """Record it."""
        size = self.upload.size if self.upload else 0
        await self.parts.projects.uploaded(self.viewer, owner_id, path, size)


routes = [
    Route("/projects", ProjectsHandler),
    Route("/projects/{id}", ProjectHandler),
    Route("/projects/{id}/code", CodeHandler),
    Route("/projects/{id}/code/{path}", CodeFileHandler),
]
