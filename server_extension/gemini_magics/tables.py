"""Lists that a notebook shows as tables and Python code uses as lists."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gemini_magics.rendering import style, table

_MARKUP = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Column:
    """A title, and whether its cells are numbers, which stand at the right."""

    title: str
    number: bool = False


class Table(list[Any]):
    """A list of things, and how they look: `cells` is HTML, a row for each thing; `note` is said above or instead."""

    def __init__(
        self, things: Sequence[Any], columns: Sequence[Column], cells: Sequence[Sequence[str]], note: str = ""
    ):
        super().__init__(things)
        self._columns = columns
        self._cells = cells
        self._note = note

    def _repr_html_(self) -> str:
        note = f'<div class="gm-nb-quiet">{html.escape(self._note)}</div>' if self._note else ""
        rows = table([(one.title, one.number) for one in self._columns], self._cells) if self._cells else ""
        return f'{style()}<div class="gm-nb" style="max-inline-size: none">{note}{rows}</div>'

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def __str__(self) -> str:
        plain = [[html.unescape(_MARKUP.sub("", cell)) for cell in row] for row in self._cells]
        rows = [[one.title for one in self._columns], *plain] if plain else []
        wide = [max(map(width, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                pad(cell, size, one.number) for cell, size, one in zip(row, wide, self._columns, strict=True)
            ).rstrip()
            for row in rows
        ]
        return "\n".join([self._note, *lines] if self._note else lines)


def width(said: str) -> int:
    """Columns of a terminal that a text takes: Han characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in said)


def pad(said: str, size: int, right: bool) -> str:
    """A text made as wide as `size` columns."""
    gap = " " * (size - width(said))
    return gap + said if right else said + gap
