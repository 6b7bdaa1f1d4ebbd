"""Fills a new platform with the sample workspace, through the public API as its first owner.

Every step looks first whether it was done, so that a start that was interrupted goes on where it stopped;
when all is done a mark is left, and what a person deletes later stays deleted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from gemini_client import AsyncClient
from gemini_client.resources import Collection

from gemini_cli import keys
from gemini_cli.sample.digits import make_files

WORKSPACE, PROJECT, DATASET = "sample", "digits", "digits"
OPENING_CREDIT = "1000.000000"
OPENING_NOTE = "Opening credit"
COMMAND = "python train.py"


def mark_of(home: Path) -> Path:
    """The file that says that the sample was made."""
    return home / "secrets" / "sample-made"


class Sample:
    """The sample workspace and what lies in it."""

    def __init__(self, client: AsyncClient, scratch: Path) -> None:
        """`client` speaks as the first owner, who is an operator; `scratch` is an empty folder for files to send."""
        self._client = client
        self._scratch = scratch

    async def make(self) -> None:
        """Makes what is missing. GeminiError says what the platform refused."""
        workspace = await self._workspace()
        await self._members(workspace)
        await self._credit(workspace)
        await self._project(workspace)
        await self._dataset(workspace)

    async def _workspace(self) -> str:
        made = await _find(self._client.workspaces, WORKSPACE)
        made = made or await self._client.workspaces.create({"name": WORKSPACE}, key="sample-workspace")
        return str(made["id"])

    async def _members(self, workspace: str) -> None:
        there = {member["name"] for member in (await self._client.workspaces.members(workspace)).items}
        for name, role in ((keys.FIRST_OWNER, "owner"), (keys.FIRST_MEMBER, "member")):
            if name not in there:
                await self._client.workspaces.add_member(workspace, name, role)

    async def _credit(self, workspace: str) -> None:
        lines = (await self._client.workspaces.postings(workspace)).items
        if not any(line.get("note") == OPENING_NOTE for line in lines):
            credit = {"amount": OPENING_CREDIT, "kind": "credit", "note": OPENING_NOTE}
            await self._client.workspaces.post(workspace, credit, key="sample-opening-credit")

    async def _project(self, workspace: str) -> None:
        wanted = {
            "name": PROJECT,
            "description": "Trains a small network to read handwritten digits.",
            "tags": ["sample"],
            "defaultCommand": COMMAND,
            "workspaceId": workspace,
        }
        found = await _find(self._client.projects, PROJECT)
        project = found or await self._client.projects.create(wanted, key="sample-project")
        for path, file in self._files(sample_code()):
            await self._client.projects.upload_code(project["id"], path, file)

    async def _dataset(self, workspace: str) -> None:
        wanted = {"name": DATASET, "tags": ["sample"], "visibility": "workspace", "workspaceId": workspace}
        datasets = self._client.datasets
        dataset = await _find(datasets, DATASET) or await datasets.create(wanted, key="sample-dataset")
        if (await datasets.versions(dataset["id"])).items:
            return
        for path, file in self._files(await asyncio.to_thread(make_files)):
            await datasets.upload(dataset["id"], path, file)
        await datasets.commit(dataset["id"], key="sample-dataset-version")

    def _files(self, contents: dict[str, bytes]) -> Iterator[tuple[str, Path]]:
        for path, content in contents.items():
            file = self._scratch / "file"
            file.write_bytes(content)
            yield path, file


async def _find(collection: Collection, name: str) -> dict[str, Any] | None:
    async for one in collection.iterate():
        if one["name"] == name:
            return one
    return None


def sample_code() -> dict[str, bytes]:
    """The files of the sample project, by name."""
    folder = files("gemini_cli") / "sample" / "code"
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}
