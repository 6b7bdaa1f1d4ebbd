"""Projects with their code; datasets and models with draft and versions. Files are streamed from the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gemini_client.resources import Body, Editable, Model
from gemini_client.transport import Moved, Page, file_path, segment


class Projects(Editable):
    """Projects."""

    path = "projects"

    async def code(self, id: str, **filters: Any) -> Page:
        """The files of its code."""
        answer = await self._transport.call("GET", self._at(segment(id), "code"), query=filters)
        return Page(answer.data, answer.page.get("next"), answer.page.get("total"))

    async def upload_code(self, id: str, path: str, source: Path) -> Any:
        """Puts the file `source` into its code at `path`."""
        return (await self._transport.upload(self._at(segment(id), "code", file_path(path)), source)).data


class Assets(Editable):
    """Datasets or models: a draft that takes files, and immutable numbered versions."""

    async def draft_files(self, id: str, **filters: Any) -> Page:
        """The files of the draft."""
        answer = await self._transport.call("GET", self._at(segment(id), "draft", "files"), query=filters)
        return Page(answer.data, answer.page.get("next"), answer.page.get("total"))

    async def upload(
        self, id: str, path: str, source: Path, *, executable: bool = False, sent: Moved | None = None
    ) -> Any:
        """Puts the file `source` into the draft at `path`; `sent` is told the bytes as they go."""
        where = self._at(segment(id), "draft", "files", file_path(path))
        query = {"executable": True} if executable else {}
        return (await self._transport.upload(where, source, query, sent)).data

    async def delete_file(self, id: str, path: str) -> None:
        """Takes the file at `path` out of the draft."""
        await self._delete(segment(id), "draft", "files", file_path(path))

    async def commit(self, id: str, body: Body | None = None, key: str | None = None) -> Model:
        """Makes the draft an immutable version."""
        version: Model = await self._post(segment(id), "versions", body=body, key=key)
        return version

    async def versions(self, id: str, **filters: Any) -> Page:
        """One page of the versions."""
        answer = await self._transport.call("GET", self._at(segment(id), "versions"), query=filters)
        return Page(answer.data, answer.page.get("next"), answer.page.get("total"))

    async def version(self, id: str, version: str) -> Model:
        """One version."""
        found: Model = await self._get(segment(id), "versions", segment(version))
        return found

    async def delete_version(self, id: str, version: str) -> None:
        """Deletes a version that nothing mounts."""
        await self._delete(segment(id), "versions", segment(version))

    async def version_files(self, id: str, version: str, **filters: Any) -> Page:
        """One page of a version's files."""
        where = self._at(segment(id), "versions", segment(version), "files")
        answer = await self._transport.call("GET", where, query=filters)
        return Page(answer.data, answer.page.get("next"), answer.page.get("total"))

    async def download(self, id: str, version: str, path: str, target: Path, *, got: Moved | None = None) -> None:
        """Writes the file at `path` of a version into the file `target`; `got` is told the bytes as they come."""
        where = self._at(segment(id), "versions", segment(version), "files", file_path(path))
        with target.open("wb") as file:

            def take(chunk: bytes) -> None:
                file.write(chunk)
                if got is not None:
                    got(len(chunk))

            await self._transport.download(where, {}, take)


class Datasets(Assets):
    """Datasets."""

    path = "datasets"


class Models(Assets):
    """Models."""

    path = "models"
