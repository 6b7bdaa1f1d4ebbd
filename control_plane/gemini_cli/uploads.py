"""Files and folders of a disk on their way into a draft, several at once; what is there already is not sent again."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from gemini_client.sync import outcome
from gemini_core.errors import GeminiError

from gemini_cli.errors import Refusal
from gemini_cli.exits import INTERRUPTED, exit_code
from gemini_cli.pages import Part
from gemini_cli.progress import Advance, bar
from gemini_cli.session import Session
from gemini_cli.words import language, say

if TYPE_CHECKING:
    from gemini_client import AsyncClient

AT_ONCE = 4


@dataclass(frozen=True)
class Wish:
    """Which files go into which draft. `collection` is `datasets` or `models`; `below` a folder in the draft;
    `links`: also what links lead to outside of a folder."""

    collection: str
    asset: str
    paths: Sequence[Path]
    below: str = ""
    excluded: Sequence[str] = ()
    force: bool = False
    links: bool = False


@dataclass(frozen=True)
class Local:
    """A file of the disk and its path in the draft."""

    source: Path
    path: str
    size: int
    changed: datetime
    executable: bool


@dataclass(frozen=True)
class Sent:
    """How many files went, their bytes, and how many were there already."""

    files: int
    size: int
    there: int


def upload(session: Session, wish: Wish) -> Sent:
    """Sends what is missing. Refusal names the file where one is refused; what went before it stays in the draft."""
    found = list(local_files(wish))
    things = getattr(session.client, wish.collection)
    there = {} if wish.force else {one["path"]: one for one in Part(things.draft_files, wish.asset).iterate()}
    missing = [one for one in found if not _is_there(one, there.get(one.path))]
    total = sum(one.size for one in missing)
    with bar(session.output, say("Upload"), total) as advance:
        future = session.client.begin(lambda client: _send_all(client, wish, missing, advance))
        try:
            outcome(future)
        except KeyboardInterrupt:
            sentence = say("What was sent stays in the draft; the same command again goes on.")
            raise Refusal(sentence, INTERRUPTED, "interrupted") from None
    return Sent(len(missing), total, len(found) - len(missing))


def local_files(wish: Wish) -> Iterator[Local]:
    """Each file of the paths, by its path in the draft. Links to files are followed, special files are left out.

    Refusal where a link leads out of its folder and nobody said so: a folder of another's could hold one to a secret.
    """
    seen: dict[str, Path] = {}
    for given in wish.paths:
        for source, relative in _walk(given):
            path = str(PurePosixPath(wish.below, relative)).strip("/")
            if any(fnmatch(relative, pattern) or fnmatch(source.name, pattern) for pattern in wish.excluded):
                continue
            if path in seen:
                sentence = say("Both {one} and {other} would become {path}.", one=seen[path], other=source, path=path)
                raise Refusal(sentence, name="path-twice")
            seen[path] = source
            if not wish.links and _leads_out(source, given):
                sentence = "{one} is a link that leads out of {folder}. Exclude it, or send what it leads to: --links"
                raise Refusal(say(sentence, one=source, folder=given), name="link-outside")
            known = source.stat()
            if stat.S_ISREG(known.st_mode):
                # What is moved or unpacked there keeps an older time of its content, never that of its coming.
                changed = datetime.fromtimestamp(max(known.st_mtime, known.st_ctime), UTC)
                yield Local(source, path, known.st_size, changed, bool(known.st_mode & stat.S_IXUSR))


def _walk(given: Path) -> Iterator[tuple[Path, str]]:
    if not given.is_dir():
        yield given, given.name
        return
    for folder, folders, names in os.walk(given):
        folders.sort()
        for name in sorted(names):
            source = Path(folder, name)
            if source.exists():  # a link to nothing is nothing
                yield source, source.relative_to(given).as_posix()


def _leads_out(source: Path, given: Path) -> bool:
    """Whether a file found in the folder `given` is a link to elsewhere; what was named itself is meant."""
    return source.is_symlink() and source != given and not source.resolve().is_relative_to(given.resolve())


def _is_there(local: Local, known: dict[str, Any] | None) -> bool:
    """Whether the draft has it: as large, and written after ours was changed."""
    if known is None or known["size"] != local.size or known["executable"] != local.executable:
        return False
    written = known["modifiedAt"]
    return written is not None and datetime.fromisoformat(written) >= local.changed


async def _send_all(client: AsyncClient, wish: Wish, files: Sequence[Local], advance: Advance) -> None:
    things = getattr(client, wish.collection)
    room = asyncio.Semaphore(AT_ONCE)

    async def send(one: Local) -> None:
        async with room:
            try:
                await things.upload(wish.asset, one.path, one.source, executable=one.executable, sent=advance)
            except GeminiError as error:
                raise Refusal(f"{one.source}: {error.text(language())}", exit_code(error), error.name) from error

    tasks = [asyncio.create_task(send(one)) for one in files]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
