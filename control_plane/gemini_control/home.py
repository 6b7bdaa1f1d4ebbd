"""Where things lie below GEMINI_HOME. Paths in the database are relative to `store`; here they become files."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from gemini_control.files.locks import FileLock

SECRET_CHARACTERS = 32


@dataclass(frozen=True)
class Home:
    """The folder of one platform."""

    root: Path

    @property
    def store(self) -> Path:
        """All data of people; paths in the database and in launch plans are relative to it."""
        return self.root / "store"

    @property
    def blobs(self) -> Path:
        """Contents by hash."""
        return self.store / "blobs"

    @property
    def versions(self) -> Path:
        """Read-only trees of hard links, one a version."""
        return self.store / "versions"

    @property
    def drafts(self) -> Path:
        """What is uploaded and not committed, one folder a dataset or model."""
        return self.store / "drafts"

    @property
    def snapshots(self) -> Path:
        """Code snapshots by hash."""
        return self.store / "snapshots"

    @property
    def uploads(self) -> Path:
        """What is on its way in and not whole yet."""
        return self.store / "uploads"

    @property
    def sealing(self) -> FileLock:
        """Held while blobs and versions come or go."""
        return FileLock(self.store / ".locks" / "sealing")

    @property
    def prices(self) -> Path:
        """The file of prices that an operator edits."""
        return self.root / "prices.toml"

    @property
    def backups(self) -> Path:
        """Copies of the database from before each upgrade."""
        return self.root / "backups"

    @property
    def database_url(self) -> str:
        """The embedded database."""
        return f"sqlite:///{self.root / 'control.sqlite'}"

    def project(self, project_id: str) -> Path:
        """A project's folder, with `code` and `output` in it."""
        return self.store / "projects" / project_id

    def environment(self, environment_id: str) -> Path:
        """An environment's folder, with `tasks` and `snapshots` in it."""
        return self.store / "environments" / environment_id

    def task(self, task_id: str) -> Path:
        """The folder of a dynamic task."""
        return self.store / "tasks" / task_id

    def prepare(self) -> None:
        """Make the folders that are always there."""
        self.root.mkdir(parents=True, exist_ok=True)
        for folder in (self.blobs, self.versions, self.drafts, self.snapshots, self.store / "projects"):
            folder.mkdir(parents=True, exist_ok=True)

    def cookie_secret(self, given: Path | None = None) -> bytes:
        """What our cookies are signed with: of the file `given`, else made at the first start, readable by the
        platform alone. ValueError where that file says too little."""
        if given is not None:
            secret = given.read_bytes().strip()
            if len(secret) < SECRET_CHARACTERS:
                raise ValueError(
                    f"{given}: at least {SECRET_CHARACTERS} characters are needed, as of openssl rand -hex 32"
                )
            return secret
        path = self.root / "secrets" / "control_cookie_secret"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        return bytes.fromhex(path.read_text())
