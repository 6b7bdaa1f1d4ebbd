"""Paths of files that people name: relative, without tricks, short enough for any file system."""

from __future__ import annotations

import unicodedata

TYPED_CHARACTERS = 64
"""A name that a person types, or a browser uploads (CAT-2)."""
NAME_BYTES = 255
PATH_BYTES = 4000
DEPTH = 64


class BadPath(ValueError):
    """The path cannot be used; `name` is the name of its text in `messages`, `limit` what it mentions."""

    def __init__(self, name: str, limit: int = 0) -> None:
        super().__init__(name)
        self.name = name
        self.limit = limit


def parts_of(path: str, characters: int = NAME_BYTES) -> tuple[str, ...]:
    """The names in a relative path, each of at most `characters` characters; BadPath where one cannot be used.

    Absolute paths, `.` and `..`, empty names, backslashes, control characters and lone surrogates are refused, never
    repaired: what was asked for and what is done must not differ.
    """
    parts = tuple(path.split("/"))
    for part in parts:
        _check(part, characters)
    if len(parts) > DEPTH:
        raise BadPath("path-too-deep", DEPTH)
    if len(path.encode()) > PATH_BYTES:
        raise BadPath("path-too-long", PATH_BYTES)
    return parts


def _check(part: str, characters: int) -> None:
    if part in ("", ".", "..") or "\\" in part:
        raise BadPath("path-unfit")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in part):
        raise BadPath("control-characters")
    if len(part) > characters or len(part.encode()) > NAME_BYTES:
        raise BadPath("name-too-long", min(characters, NAME_BYTES))
