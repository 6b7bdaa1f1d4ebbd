"""What a person's JupyterLab finds of the person: a folder of settings, and in it the language to begin in."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from gemini_core.errors import GeminiError, NotFound
from sqlalchemy import Connection, select

from gemini_control.backends.base import Backend
from gemini_control.files import confined
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_control.viewers import Viewer

LANGUAGE_SETTING = ("lab", "user-settings", "@jupyterlab", "translation-extension", "plugin.jupyterlab-settings")
"""Where JupyterLab keeps the language that was chosen in it, below the person's folder."""
LOCALES = {"zh-CN": "zh_CN"}
"""JupyterLab's names of the languages that it does not speak by itself."""
log = logging.getLogger("gemini.persons")


class Persons:
    """Writes what JupyterLab will read. `backend` makes folders writable for the root inside."""

    def __init__(self, store: Store, backend: Backend) -> None:
        self.store = store
        self.backend = backend

    async def lend_language(self, viewer: Viewer, environment_id: str) -> None:
        """Let the Lab of the viewer's own environment speak as the viewer does, where none was ever chosen in Lab.

        What was lent before is taken back from who speaks English now, Lab's own language.
        Never fails: without it Lab speaks English, and starts all the same.
        """
        locale = LOCALES.get(viewer.language)
        index, folder = await self.store.read(lambda tx: _place(tx, environment_id))
        try:
            if locale is None:
                await asyncio.to_thread(_take_back, self.backend.store / folder)
                return
            await self.backend.prepare(index, (folder,))
            await asyncio.to_thread(confined.write_new, self.backend.store / folder, LANGUAGE_SETTING, _setting(locale))
        except (GeminiError, OSError) as error:
            log.warning("%s: JupyterLab does not learn the language of %s: %s", environment_id, viewer.name, error)


def _setting(locale: str) -> bytes:
    """What we write; Lab itself writes more, so a choice made there is never mistaken for it."""
    return json.dumps({"locale": locale}).encode()


def _take_back(folder: Path) -> None:
    lent = {_setting(locale) for locale in LOCALES.values()}
    with suppress(NotFound, FileNotFoundError):
        with os.fdopen(confined.open_file(folder, LANGUAGE_SETTING), "rb") as file:
            if file.read(1024) not in lent:
                return
        confined.remove_file(folder, LANGUAGE_SETTING)


def person_folder(name: str, workspace_id: str) -> str:
    """A person's settings, one folder a workspace: each workspace's sandboxes have ids of their own."""
    return f"persons/{quote(name, safe='').replace('.', '%2E')}/{workspace_id}"


def _place(tx: Connection, environment_id: str) -> tuple[int, str]:
    """The number of the environment's workspace, and its owner's folder in it."""
    rows = t.environments
    query = select(rows.c.owner, rows.c.workspace_id, t.workspaces.c.number)
    query = query.join_from(rows, t.workspaces, rows.c.workspace_id == t.workspaces.c.id)
    owner, workspace, number = tx.execute(query.where(rows.c.id == environment_id)).one()
    return number, person_folder(owner, workspace)
