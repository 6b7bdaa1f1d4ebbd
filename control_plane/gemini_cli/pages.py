"""Lists of the platform: a page, or all of it, as a table with the way to go on, or as JSON."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gemini_cli.session import Session

if TYPE_CHECKING:
    from gemini_client import Page

Wire = dict[str, Any]
Command = TypeVar("Command", bound=Callable[..., Any])
USUAL = 50
MOST = 200


@dataclass(frozen=True)
class Paging:
    """How much of a list is wanted."""

    limit: int
    cursor: str | None
    everything: bool


def paged(command: Command) -> Command:
    """Adds the options of a list; the verb gets them as `paging`."""

    @functools.wraps(command)
    def wrapped(*args: Any, limit: int, cursor: str | None, everything: bool, **options: Any) -> Any:
        return command(*args, paging=Paging(limit, cursor, everything), **options)

    for option in (
        click.option("--all", "everything", is_flag=True, help="The whole list."),
        click.option("--cursor", help="Go on where the page before ended."),
        click.option(
            "--limit", type=click.IntRange(1, MOST), default=USUAL, help=f"How many at once (default: {USUAL})."
        ),
    ):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def fetch(things: Any, paging: Paging, **filters: Any) -> Page:
    """The page that is wanted of a collection of the client; the whole list as one page."""
    from gemini_client import Page

    if not paging.everything:
        page: Page = things.list(limit=paging.limit, cursor=paging.cursor, **filters)
        return page
    items = list(things.iterate(**filters))
    return Page(items, None, len(items))


class Part:
    """A list that belongs to one thing, as its versions: `call` with the ids and the filters gives a page."""

    def __init__(self, call: Callable[..., Page], *ids: str) -> None:
        self._call = call
        self._ids = ids

    def list(self, **filters: Any) -> Page:
        """One page."""
        return self._call(*self._ids, **filters)

    def iterate(self, **filters: Any) -> Iterator[Wire]:
        """The whole list."""
        cursor: str | None = None
        while True:
            page = self.list(limit=MOST, cursor=cursor, **filters)
            yield from page.items
            cursor = page.next
            if cursor is None:
                return


def show_page(
    session: Session, page: Page, columns: Sequence[str], row: Callable[[Wire], Sequence[Any]], empty: str
) -> None:
    """A table; below it, on standard error, how to see more. `empty` is said where there is nothing."""
    if session.show({"items": page.items, "next": page.next, "total": page.total}):
        return
    if not page.items:
        session.output.note(empty)
        return
    session.output.table(columns, (row(one) for one in page.items))
    if page.next is not None:
        shown, total = len(page.items), page.total
        session.output.note(
            "{shown} of {total}. More: --cursor {cursor}, or --all", shown=shown, total=total, cursor=page.next
        )
