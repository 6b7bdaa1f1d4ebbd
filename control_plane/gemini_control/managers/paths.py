"""Paths and lists of files as the API takes and gives them."""

from __future__ import annotations

from gemini_core.errors import InvalidInput
from gemini_core.filepaths import NAME_BYTES, BadPath, parts_of

from gemini_control.files.confined import Found
from gemini_control.models.people import FileOut
from gemini_control.store.paging import Page, PageRequest, after_path


def checked(path: str, characters: int = NAME_BYTES) -> tuple[str, ...]:
    """The names in a path; InvalidInput says what is wrong with it."""
    try:
        return parts_of(path, characters)
    except BadPath as error:
        raise InvalidInput(error.name, field="path", limit=error.limit) from error


def page_of(found: list[Found], page: PageRequest) -> Page[FileOut]:
    """One page of files, which are in the order of their paths."""
    start = after_path([one.path for one in found], page)
    some = found[start : start + page.limit]
    more = start + page.limit < len(found)
    return Page([file_of(one) for one in some], PageRequest.cursor_of(some[-1].path) if more else None, len(found))


def file_of(found: Found) -> FileOut:
    """A file on the wire."""
    return FileOut(path=found.path, size=found.size, modified_at=found.modified_at, executable=found.executable)
