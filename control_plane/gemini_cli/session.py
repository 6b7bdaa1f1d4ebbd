"""What one call of the command works with: the connection, the client, and where answers and notes go."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from gemini_cli.errors import Refusal
from gemini_cli.exits import NOT_SIGNED_IN
from gemini_cli.words import language, say

if TYPE_CHECKING:
    from gemini_client import Client
    from gemini_client.connection import Connection

    from gemini_cli.output import Output


@dataclass
class Session:
    """Made once a call. Nothing of it is imported or connected before it is used."""

    as_json: bool = False
    url: str | None = None
    _client: Client | None = field(default=None, repr=False)
    _output: Output | None = field(default=None, repr=False)

    @property
    def output(self) -> Output:
        """Standard output for answers, standard error for everything else."""
        from gemini_cli.output import Output

        if self._output is None:
            self._output = Output(self.as_json)
        return self._output

    def connection(self) -> Connection:
        """Which platform, and as whom. GeminiError says how to sign in where nobody has.

        A saved token goes nowhere but to the platform that it was saved for.
        """
        from gemini_client.connection import api_base, find_connection

        if self.url is None:
            return find_connection()
        if os.environ.get("GEMINI_TOKEN"):
            return find_connection({**os.environ, "GEMINI_URL": self.url})
        found = find_connection()
        if found.url != api_base(self.url):
            sentence = say(
                "You are signed in at {url}, not there. Run `gemini login {wanted}`.", url=found.url, wanted=self.url
            )
            raise Refusal(sentence, NOT_SIGNED_IN, "not-connected")
        return found

    @property
    def client(self) -> Client:
        """The platform, as the person who signed in, in the language that is spoken."""
        from gemini_client import Client

        if self._client is None:
            found = self.connection()
            self._client = Client(found.url, found.token, language())
        return self._client

    def close(self) -> None:
        """Lets go of the platform."""
        if self._client is not None:
            self._client.close()

    def show(self, data: Any) -> bool:
        """With `--json`: writes `data` and says True, so that nothing else is shown."""
        if self.as_json:
            self.output.data(data)
        return self.as_json


def session_of(context: click.Context) -> Session:
    """The session of this call, the same for all its contexts."""
    found: Session = context.find_root().ensure_object(Session)
    return found


def command_session() -> Session:
    """The session of the verb that runs now."""
    return session_of(click.get_current_context())
