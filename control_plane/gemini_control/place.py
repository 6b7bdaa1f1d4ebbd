"""Where a platform is: its folder and its database. Apart from the application: small commands start quickly."""

from __future__ import annotations

import os
from pathlib import Path

from traitlets import HasTraits, Unicode, default

from gemini_control.home import Home


class Place(HasTraits):
    """The settings that the application and the commands beside it share."""

    home = Unicode(help="The platform's folder. Default: GEMINI_HOME, else ~/.gemini. Example: /srv/gemini").tag(
        config=True
    )
    db_url = Unicode(
        help="The database, as an SQLAlchemy URL. Default: what the file GEMINI_DATABASE_URL_FILE says, "
        "GEMINI_DATABASE_URL, else control.sqlite in the home. "
        "Example: postgresql+psycopg://gemini@db/gemini"
    ).tag(config=True)

    @default("home")
    def _default_home(self) -> str:
        return os.environ.get("GEMINI_HOME") or str(Path.home() / ".gemini")

    @default("db_url")
    def _default_db_url(self) -> str:
        file = os.environ.get("GEMINI_DATABASE_URL_FILE")
        said = Path(file).read_text(encoding="utf-8").strip() if file else os.environ.get("GEMINI_DATABASE_URL")
        return said or self.folder.database_url

    @property
    def folder(self) -> Home:
        """The folder, with its inner places."""
        return Home(Path(self.home).absolute())
