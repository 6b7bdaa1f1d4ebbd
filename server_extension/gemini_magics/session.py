"""What one kernel knows of the platform: a client in the person's language, and the task that was meant last."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from gemini_client import Client, Connection, find_connection
from gemini_client.connection import find_language
from IPython.core.interactiveshell import InteractiveShell


@dataclass
class Session:
    """One for each kernel. `latest`: the id of the task that was submitted or shown last, empty before."""

    shell: InteractiveShell
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    latest: str = ""
    _connection: Connection | None = None
    _client: Client | None = None

    @property
    def connection(self) -> Connection:
        """Where the platform is now: a language chosen in JupyterLab, a new login count at once. GeminiError."""
        found = find_connection(self.environ)
        if found != self._connection:
            # The former client is left to the displays that follow by it.
            self._connection, self._client = found, found.client()
        return found

    @property
    def client(self) -> Client:
        """The client of that connection."""
        self.connection  # noqa: B018 - looks whether it is still the same
        assert self._client is not None
        return self._client

    @property
    def language(self) -> str:
        """The person's, also where no platform is known."""
        return find_language(self.environ)
