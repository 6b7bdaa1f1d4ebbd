"""What is shown: tables and sentences for people, the wire's JSON for programs; never one in the place of the other."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TextIO

from gemini_cli.escapes import plain
from gemini_cli.words import say

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    Cell = str | Text

# A pipe has no width: what reads it wants whole lines.
PIPE_WIDTH = 4000
GAP = 2


class Output:
    """Answers go to standard output, notes (plans, progress, refusals) to standard error."""

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self._consoles: dict[str, Console] = {}

    @property
    def answers(self) -> Console:
        """Standard output."""
        return self._console("stdout", sys.stdout)

    @property
    def notes(self) -> Console:
        """Standard error."""
        return self._console("stderr", sys.stderr)

    def _console(self, name: str, stream: TextIO) -> Console:
        from gemini_cli.consoles import PlainConsole

        if name not in self._consoles:
            terminal = stream.isatty()
            width = None if terminal else PIPE_WIDTH
            self._consoles[name] = PlainConsole(
                file=stream, width=width, highlight=False, emoji=False, markup=False, force_terminal=terminal
            )
        return self._consoles[name]

    def data(self, data: Any) -> None:
        """The wire's JSON on standard output."""
        json.dump(data, sys.stdout, ensure_ascii=False, indent=None if isinstance(data, str) else 2)
        sys.stdout.write("\n")
        sys.stdout.flush()

    def say(self, english: str, **params: object) -> None:
        """A sentence on standard output."""
        self.answers.print(say(english, **params), soft_wrap=True)

    def note(self, english: str, **params: object) -> None:
        """A sentence on standard error."""
        self.notes.print(say(english, **params), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """A table without lines; `columns` as `Column` reads them. What the terminal has no room for is left out."""
        from rich.table import Table

        cells = [list(row) for row in rows]
        shown = fitting([Column.of(column) for column in columns], cells, self.answers.width)
        widest = max(shown, key=lambda one: _width(one, cells))
        table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
        for column in shown:
            justify: Literal["left", "right"] = "right" if column.number else "left"
            table.add_column(column.heading, justify=justify, no_wrap=column is not widest, overflow="fold")
        for row in cells:
            table.add_row(*(row[column.place] for column in shown))
        self._print(self.answers, table)

    def facts(self, facts: Iterable[tuple[str, RenderableType]], *, notes: bool = False) -> None:
        """Names and what belongs to them, one a line; what is empty is left out."""
        from rich.table import Table

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in facts:
            if value not in ("", None):
                table.add_row(say(name), value)
        self._print(self.notes if notes else self.answers, table)

    @contextmanager
    def busy(self) -> Iterator[Callable[[str], None]]:
        """Gives a function that tells what is being waited for: one line that changes, or in a pipe line by line."""
        if not self.notes.is_terminal:
            yield lambda line: self.notes.print(line, soft_wrap=True)
            return
        from rich.text import Text

        with self.notes.status("") as status:
            # A text of ours is no markup.
            yield lambda line: status.update(Text(plain(line)))

    @staticmethod
    def _print(console: Console, renderable: RenderableType) -> None:
        # The last column is padded to its width, which a pipe would carry as blanks.
        if console.is_terminal:
            console.print(renderable)
            return
        with console.capture() as captured:
            console.print(renderable)
        console.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


@dataclass(frozen=True)
class Column:
    """A column: of numbers where its name begins with `>`; where there is no room, those with `~~` go first, then
    those with `~`, from the right."""

    heading: str
    number: bool
    spare: int
    place: int = 0

    @classmethod
    def of(cls, said: str) -> Column:
        """From the name as it is written in the code."""
        name = said.lstrip(">~")
        marks = said[: len(said) - len(name)]
        return cls(say(name), ">" in marks, marks.count("~"))


def fitting(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int) -> list[Column]:
    """Those of the columns that fit beside each other, in their order; what is not spare stays in any case."""
    kept = [replace(column, place=place) for place, column in enumerate(columns)]
    while sum(_width(column, rows) + GAP for column in kept) - GAP > width:
        spare = max(kept, key=lambda one: (one.spare, one.place))
        if not spare.spare:
            break
        kept.remove(spare)
    return kept


def _width(column: Column, rows: Sequence[Sequence[Cell]]) -> int:
    from rich.cells import cell_len

    return max(cell_len(str(text)) for text in (column.heading, *(row[column.place] for row in rows)))


def styled(text: str, style: str) -> Text:
    """A piece of text with a style, which a pipe does not see."""
    from rich.text import Text

    return Text(plain(text), style=style)
