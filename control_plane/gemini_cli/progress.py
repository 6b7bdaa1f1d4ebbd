"""Bars for bytes on their way, on a terminal; silence in a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gemini_cli.output import Output

Advance = Callable[[int], None]


@contextmanager
def bar(output: Output, what: str, total: int) -> Iterator[Advance]:
    """Gives a function to call with the bytes that went. A negative number takes back what goes again."""
    if not output.notes.is_terminal or output.as_json or total == 0:
        yield lambda count: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(binary_units=True), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=output.notes, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda count: progress.advance(task, count)
