"""What the supervisor tells people: on the terminal, and with the time in its log."""

from __future__ import annotations

import contextlib
import sys
from datetime import UTC, datetime
from pathlib import Path

from gemini_cli.words import say


class Voice:
    """Says each sentence once on the terminal and once in `logs/supervisor.log`."""

    def __init__(self, log: Path) -> None:
        """`log` is appended to."""
        self._log = log

    def say(self, sentence: str) -> None:
        """A line for people. A terminal that is gone is no reason to end the platform."""
        self.note(sentence)
        try:
            sys.stdout.write(sentence + "\n")
            sys.stdout.flush()
        except OSError:
            self.note(say("(nobody reads the terminal any more)"))

    def show(self, text: str) -> None:
        """Like `say`, for what must not lie in a log: passwords."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def note(self, sentence: str) -> None:
        """A line for the log alone. A full disk is no reason to end the platform."""
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with contextlib.suppress(OSError), self._log.open("a", encoding="utf-8") as log:
            log.write(f"{stamp} {sentence}\n")
