"""`/datasets` and `/models`: the same verbs for both (CAT-1)."""

from __future__ import annotations

from typing import ClassVar

from gemini_core.roles import Role

from gemini_control.files.upload import Upload
from gemini_control.handlers.allow import allow
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.downloads import send_file
from gemini_control.handlers.routing import Route
from gemini_control.handlers.uploads import EXECUTABLE, UploadHandler
from gemini_control.managers.assets import Kind, Narrowed
from gemini_control.models.catalogue import AssetIn, AssetOut, AssetPatch, VersionIn, VersionOut
from gemini_control.models.people import FileOut
from gemini_control.viewers import USE


class OfKind(APIHandler):
    """Which of the two a route is for."""

    kind: ClassVar[Kind]


class AssetsHandler(OfKind):
    """All that the caller may know of."""

    @allow(USE, answer=AssetOut, paged=True, query=("workspaceId", "search"))
    async def get(self) -> None:
        """Those of this kind, newest first; `search` narrows them by name and tags."""
        narrowed = Narrowed(self.option("workspaceId"), self.option("search"))
        page = await self.parts.assets.list(self.viewer, self.kind, self.page(), narrowed)
        await self.answer(page.items, page=page)

    @allow(USE, Role.MEMBER, body=AssetIn, answer=AssetOut)
    async def post(self) -> None:
        """Make one with an empty draft."""
        await self.answer(await self.parts.assets.create(self.viewer, self.kind, self.parse(AssetIn)))


class AssetHandler(OfKind):
    """One of them."""

    @allow(USE, answer=AssetOut)
    async def get(self, asset_id: str) -> None:
        """One, with its newest version."""
        await self.answer(await self.parts.assets.get(self.viewer, self.kind, asset_id))

    @allow(USE, Role.MEMBER, body=AssetPatch, answer=AssetOut)
    async def patch(self, asset_id: str) -> None:
        """Change it (its creator, owners and admins)."""
        patch = self.parse(AssetPatch)
        await self.answer(await self.parts.assets.change(self.viewer, self.kind, asset_id, patch))

    @allow(USE, Role.MEMBER)
    async def delete(self, asset_id: str) -> None:
        """Delete it with all its versions; refused while one is mounted."""
        await self.parts.assets.delete(self.viewer, self.kind, asset_id)
        await self.answer()


class DraftHandler(OfKind):
    """The draft."""

    @allow(USE, answer=FileOut, paged=True)
    async def get(self, asset_id: str) -> None:
        """The files of the draft, by path."""
        page = await self.parts.versions.draft_files(self.viewer, self.kind, asset_id, self.page())
        await self.answer(page.items, page=page)


class DraftFileHandler(UploadHandler, OfKind):
    """One file of the draft."""

    @allow(USE, Role.MEMBER, raw="in", query=(EXECUTABLE,))
    async def put(self, asset_id: str, path: str) -> None:
        """Put a file into the draft; an older one is replaced at once and whole."""
        await self.receive(asset_id, path)

    @allow(USE, Role.MEMBER)
    async def delete(self, asset_id: str, path: str) -> None:
        """Take a file out of the draft."""
        await self.parts.versions.remove_file(self.viewer, self.kind, asset_id, path)
        await self.answer()

    async def begin(self, owner_id: str, path: str) -> Upload:
        """Open the upload."""
        return await self.parts.versions.upload(self.viewer, self.kind, owner_id, path)

    async def done(self, owner_id: str, path: str) -> None:
        """Record it."""
        await self.parts.versions.touched(self.viewer, self.kind, owner_id, "upload", path)


class VersionsHandler(OfKind):
    """The versions."""

    @allow(USE, answer=VersionOut, paged=True)
    async def get(self, asset_id: str) -> None:
        """The versions, newest first."""
        page = await self.parts.versions.list(self.viewer, self.kind, asset_id, self.page())
        await self.answer(page.items, page=page)

    @allow(USE, Role.MEMBER, body=VersionIn, answer=VersionOut)
    async def post(self, asset_id: str) -> None:
        """Commit the draft: the next immutable version."""
        made = await self.parts.versions.commit(self.viewer, self.kind, asset_id, self.parse(VersionIn))
        await self.answer(made)


class VersionHandler(OfKind):
    """One version."""

    @allow(USE, answer=VersionOut)
    async def get(self, asset_id: str, version_id: str) -> None:
        """A version."""
        await self.answer(await self.parts.versions.get(self.viewer, self.kind, asset_id, version_id))

    @allow(USE, Role.MEMBER)
    async def delete(self, asset_id: str, version_id: str) -> None:
        """Delete it; refused while it is mounted."""
        await self.parts.versions.delete(self.viewer, self.kind, asset_id, version_id)
        await self.answer()


class VersionFilesHandler(OfKind):
    """The files of a version."""

    @allow(USE, answer=FileOut, paged=True)
    async def get(self, asset_id: str, version_id: str) -> None:
        """Its files, by path."""
        which = (asset_id, version_id)
        page = await self.parts.versions.files(self.viewer, self.kind, which, self.page())
        await self.answer(page.items, page=page)


class VersionFileHandler(OfKind):
    """One file of a version."""

    path_is_last = True

    @allow(USE, raw="out")
    async def get(self, asset_id: str, version_id: str, path: str) -> None:
        """The file as it is."""
        fd, size = await self.parts.versions.open_file(self.viewer, self.kind, (asset_id, version_id), path)
        await send_file(self, fd, size, path.rpartition("/")[2])


_TEMPLATES: list[tuple[str, type[OfKind]]] = [
    ("", AssetsHandler),
    ("/{id}", AssetHandler),
    ("/{id}/draft/files", DraftHandler),
    ("/{id}/draft/files/{path}", DraftFileHandler),
    ("/{id}/versions", VersionsHandler),
    ("/{id}/versions/{version_id}", VersionHandler),
    ("/{id}/versions/{version_id}/files", VersionFilesHandler),
    ("/{id}/versions/{version_id}/files/{path}", VersionFileHandler),
]


def _of(kind: Kind, base: str) -> list[Route]:
    return [
        Route(base + template, type(f"{kind.title()}{handler.__name__}", (handler,), {"kind": kind}))
        for template, handler in _TEMPLATES
    ]


routes = [*_of("dataset", "/datasets"), *_of("model", "/models")]
