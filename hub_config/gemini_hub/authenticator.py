"""Who may sign in on one machine: the people of one file, which an operator edits by a command."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from tornado.web import HTTPError
from traitlets import Unicode

from gemini_hub import passwords, words
from gemini_hub.pages import HANDLERS


class UsersFileAuthenticator(Authenticator):  # type: ignore[misc]
    """Signs in the people of `users_file`; nobody can sign up by themselves."""

    users_file = Unicode(
        config=True,
        help="""
        The file with the people and the scrypt hashes of their passwords, mode 0600, as
        `{"alice": "scrypt$32768$8$1$…$…"}`. `python -m gemini_hub add-user` writes it.
        It is read at every sign-in, so a change holds at once.
        """,
    )

    only = Unicode(
        config=True,
        help="""
        The one person who may sign in where environments have no walls between them; empty: everybody in the file.
        """,
    )

    # Compared against when nobody has that name, so that names cannot be found out by the time it takes.
    _nobody = passwords.hash_password("")

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """The person's name if name and password belong together, else None."""
        name: str = self.normalize_username(data["username"])
        hashed = self.people().get(name)
        matches = await asyncio.to_thread(passwords.matches, data.get("password", ""), hashed or self._nobody)
        if not matches or hashed is None:
            return None
        if self.only not in ("", name):
            said = words.of(words.language_for(handler))
            raise HTTPError(403, said["alone"].format(name=self.only))
        return name

    def check_allowed(self, username: str, authentication: Any = None) -> bool:
        """Everybody in the file is allowed, also one who was added since the hub started; or the `only` one."""
        return username in self.people() and self.only in ("", username)

    def people(self) -> dict[str, str]:
        """Names, as the hub knows them, and hashes as the file has them now."""
        people: dict[str, str] = json.loads(Path(self.users_file).read_text())
        return {self.normalize_username(name): hashed for name, hashed in people.items()}

    def get_handlers(self, app: Any) -> list[tuple[str, Any]]:
        """Our pages in place of the hub's own; these are matched first."""
        return HANDLERS + list(super().get_handlers(app))
