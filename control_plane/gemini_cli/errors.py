"""What ends the command with a sentence instead of a traceback."""

from __future__ import annotations


class Refusal(Exception):
    """The command cannot go on. The text says why and what to do; `exit_code` is the command's."""

    def __init__(self, text: str, exit_code: int = 1) -> None:
        super().__init__(text)
        self.exit_code = exit_code
