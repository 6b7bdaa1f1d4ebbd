"""The console of rich, for texts that others wrote."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from gemini_cli.escapes import plain


class PlainConsole(Console):
    """Each text that it prints is one: no sequence of control characters in it reaches the terminal."""

    def render_str(self, text: str, **how: Any) -> Text:
        """As rich does, of the text without control characters."""
        return super().render_str(plain(text), **how)
