"""Who may sign in on one machine: the people of one file, which an operator edits by a command."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from traitlets import Unicode

from gemini_hub import passwords
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

    # Compared against when nobody has that name, so that names cannot be found out by the time it takes.
    _nobody = passwords.hash_password("")

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """The person's name if name and password belong together, else None."""
        hashed = self.people().get(data["username"])
        matches = await asyncio.to_thread(passwords.matches, data.get("password", ""), hashed or self._nobody)
        return data["username"] if matches and hashed is not None else None

    def check_allowed(self, username: str, authentication: Any = None) -> bool:
        """Everybody in the file is allowed, also one who was added since the hub started."""
        return username in self.people()

    def people(self) -> dict[str, str]:
        """Names and hashes as the file has them now."""
        people: dict[str, str] = json.loads(Path(self.users_file).read_text())
        return people

    def get_handlers(self, app: Any) -> list[tuple[str, Any]]:
        """Our pages in place of the hub's own; these are matched first."""
        return HANDLERS + list(super().get_handlers(app))
