"""Files of a version on their way to a disk; what is there whole is not fetched again."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from gemini_cli.errors import Refusal
from gemini_cli.pages import Part
from gemini_cli.progress import Advance, bar
from gemini_cli.session import Session
from gemini_cli.words import say

SHOWN = 5
Which = tuple[str, str, str]
"""`datasets` or `models`, the asset's id, the version's."""


@dataclass(frozen=True)
class Got:
    """How many files came, their bytes, and how many were there already."""

    files: int
    size: int
    there: int


def download(session: Session, which: Which, target: Path, force: bool) -> Got:
    """Fetches what is missing below `target`. Refusal where another file lies in the way, unless `force`."""
    collection, asset, version = which
    listed = Part(getattr(session.client, collection).version_files, asset, version)
    files = list(listed.iterate())
    there = {one["path"] for one in files if not force and _is_there(target, one)}
    missing = [one for one in files if one["path"] not in there]
    blocked = [one["path"] for one in missing if _place(target, one).exists() and not force]
    if blocked:
        sentence = say(
            "In the way, and different: {paths}. Use --force to write over them.", paths=", ".join(blocked[:5])
        )
        raise Refusal(sentence, name="in-the-way")
    total = sum(one["size"] for one in missing)
    with bar(session.output, say("Download"), total) as advance:
        for one in missing:
            _fetch(session, which, one, target, advance)
    return Got(len(missing), total, len(there))


def _place(target: Path, one: dict[str, Any]) -> Path:
    # The platform keeps such paths out of versions; what comes over a network is checked all the same.
    path = PurePosixPath(one["path"])
    if path.is_absolute() or ".." in path.parts:
        raise Refusal(say("{path} would lie outside the folder.", path=path), name="path-unfit")
    place = target / path
    # A link that lies there already may lead anywhere.
    if not place.parent.resolve().is_relative_to(target.resolve()):
        raise Refusal(say("{path} would lie outside the folder.", path=path), name="path-unfit")
    return place


def _is_there(target: Path, one: dict[str, Any]) -> bool:
    """Whether the same content lies there; a platform that names none is believed by size."""
    place = _place(target, one)
    if not place.is_file() or place.stat().st_size != one["size"]:
        return False
    if one.get("sha256") is None:
        return True
    with place.open("rb") as file:
        same: bool = hashlib.file_digest(file, "sha256").hexdigest() == one["sha256"]
    return same


def _fetch(session: Session, which: Which, one: dict[str, Any], target: Path, advance: Advance) -> None:
    collection, asset, version = which
    place = _place(target, one)
    # A name that nobody else has: another file's, or a link's, would be written over.
    draft = place.with_name(f".gemini-{secrets.token_hex(8)}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        getattr(session.client, collection).download(asset, version, one["path"], draft, got=advance)
        if one["executable"]:
            draft.chmod(draft.stat().st_mode | 0o111)
        draft.replace(place)
    except OSError as error:
        sentence = say("{path} cannot be written: {why}", path=place, why=error.strerror or error)
        raise Refusal(sentence, name="file-unwritable") from error
    finally:
        with suppress(OSError):
            draft.unlink()
