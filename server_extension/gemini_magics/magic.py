"""The magic `%gemini`, as IPython calls it: help, verbs, and errors as one sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from gemini_core.errors import GeminiError, InvalidInput
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from gemini_magics import looking
from gemini_magics.completion import Completion
from gemini_magics.parsing import HELPS, Given, find_verb, help_of, parse, split
from gemini_magics.session import Session
from gemini_magics.training import train

NAME = "gemini"
LINE = r"^\s*(?:[\w.\[\]'\"]+\s*=\s*)?%{1,2}gemini\s"
_LOOKS: Mapping[str, Callable[[Session, Given], Any]] = {
    "status": looking.status,
    "logs": looking.logs,
    "stop": looking.stop,
    "cost": looking.cost,
    "datasets": looking.datasets,
    "tensorboard": looking.tensorboard,
}


class Magic:
    """`%gemini` and `%%gemini` of one shell."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.__doc__ = help_of(None, session.language)  # what `%gemini?` shows

    def __call__(self, line: str, cell: str | None = None) -> Any:
        """Does what the line says. What is wrong is a UsageError: IPython shows it as a sentence and fails the cell."""
        language = self.session.language
        try:
            return self._do(line, cell, language)
        except GeminiError as error:
            raise UsageError(error.text(language)) from None

    def _do(self, line: str, cell: str | None, language: str) -> Any:
        words = split(line)
        if not words or words[0] in HELPS:
            sys.stdout.write(help_of(None, language) + "\n")
            return None
        verb = find_verb(words[0])
        given = parse(verb, words[1:], language, cell=cell is not None)
        if given.help:
            sys.stdout.write(help_of(verb, language) + "\n")
            return None
        if verb.name == "train":
            return train(self.session, given, cell)
        if cell is not None:
            raise InvalidInput("magic.cell-only-train", verb=verb.name)
        return _LOOKS[verb.name](self.session, given)


def load(shell: InteractiveShell) -> None:
    """Makes the magic and its completion known to a shell."""
    session = Session(shell)
    shell.magics_manager.register_function(Magic(session), magic_kind="line_cell", magic_name=NAME)
    shell.set_hook("complete_command", Completion(session), re_key=LINE)


def unload(shell: InteractiveShell) -> None:
    """Takes the magic away."""
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop(NAME, None)
