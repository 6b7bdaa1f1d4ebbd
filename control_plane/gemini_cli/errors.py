"""What ends the command with a sentence instead of a traceback."""

from __future__ import annotations


class Refusal(Exception):
    """The command cannot go on. The text says why and what to do; `exit_code` is the command's.

    `name` is stable, for programs that read `--json`.
    """

    def __init__(self, text: str, exit_code: int = 1, name: str = "refused") -> None:
        super().__init__(text)
        self.exit_code = exit_code
        self.name = name
