"""A folder of people's files, reached so that no link in it can lead out of it.

Every step of a path is opened relative to the step before and never through a symbolic link, so whatever a sandbox's
root plants in its project, our hands stay inside. All of it blocks: call it in a thread.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gemini_core.errors import Conflict, NotFound
from gemini_core.observations import LATEST

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
DEEPEST = 100
"""Folders in folders that a walk enters; snapshots take no more either."""
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class Found:
    """A regular file: its path with `/`, its size in bytes, when it changed, whether it is executable."""

    path: str
    size: int
    modified_at: datetime
    executable: bool


@contextmanager
def folder(root: Path, parts: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
    """A descriptor of the folder at `parts` below `root`. `make` creates what is missing, owned as `root` is.

    NotFound where it is not there, Conflict where something on the way is no folder, or kept from us.
    """
    try:
        fd = os.open(root, _FOLDER)
    except FileNotFoundError as error:
        raise NotFound("not-found") from error
    try:
        owner = os.fstat(fd)
        for part in parts:
            below = _step(fd, part, owner if make else None)
            os.close(fd)
            fd = below
        yield fd
    finally:
        os.close(fd)


def _step(fd: int, part: str, owner: os.stat_result | None) -> int:
    try:
        if owner is not None:
            with suppress(FileExistsError):
                os.mkdir(part, 0o755, dir_fd=fd)
                own(part, fd, owner)
        return os.open(part, _FOLDER, dir_fd=fd)
    except FileNotFoundError as error:
        raise NotFound("not-found") from error
    except OSError as error:
        if error.errno == errno.EACCES:
            raise denied(part) from error
        if error.errno in (errno.ENOTDIR, errno.ELOOP):
            raise Conflict("path-is-file", field="path", name_there=part) from error
        raise


def denied(path: str) -> Conflict:
    """The refusal of what whoever made it keeps from us."""
    return Conflict("path-denied", field="path", path=path)


def own(name: str, fd: int, owner: os.stat_result) -> None:
    """Give an entry of the folder `fd` to `owner`'s owner, where it is another's and we may."""
    if owner.st_uid != os.geteuid() or owner.st_gid != os.getegid():
        with suppress(PermissionError):
            os.chown(name, owner.st_uid, owner.st_gid, dir_fd=fd, follow_symlinks=False)


def write_new(root: Path, parts: tuple[str, ...], content: bytes) -> bool:
    """Make a small file, owned as its folder is, and the folders that it needs.

    False where there is something of that name: it stays as it is. Conflict where a link or a file is in the way.
    """
    with folder(root, parts[:-1], make=True) as fd:
        try:
            file = os.open(parts[-1], _NEW_FILE, 0o644, dir_fd=fd)
        except FileExistsError:
            return False
        try:
            owner = os.fstat(fd)
            with suppress(PermissionError):
                os.fchown(file, owner.st_uid, owner.st_gid)
            left = memoryview(content)
            while left:
                left = left[os.write(file, left) :]
        except OSError:
            os.unlink(parts[-1], dir_fd=fd)
            raise
        finally:
            os.close(file)
    return True


def walk(root: Path) -> Iterator[Found]:
    """Every regular file below `root`, in the order of their paths; links and devices are not there for us, nor is
    what lies deeper than `DEEPEST` (each level holds a descriptor) or anything where `root` is no folder."""
    try:
        fd = os.open(root, _FOLDER)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return
        raise
    yield from _walk(fd, "", DEEPEST)


def _walk(fd: int, prefix: str, deeper: int) -> Iterator[Found]:
    try:
        # A folder sorts as if its name ended in `/`, so that the whole walk is in the order of the paths.
        entries = sorted((entry for entry in os.scandir(fd)), key=_order)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not deeper:
                    continue
                try:
                    below = os.open(entry.name, _FOLDER, dir_fd=fd)
                except OSError:
                    continue  # gone, or swapped for a link, since we looked
                yield from _walk(below, f"{prefix}{_shown(entry)}/", deeper - 1)
            elif entry.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):
                    yield _found(entry, prefix)
    finally:
        os.close(fd)


def _order(entry: os.DirEntry[str]) -> str:
    return _shown(entry) + "/" if entry.is_dir(follow_symlinks=False) else _shown(entry)


def _shown(entry: os.DirEntry[str]) -> str:
    """The name as text, also where its bytes are none."""
    return os.fsencode(entry.name).decode("utf-8", "replace")


def _found(entry: os.DirEntry[str], prefix: str) -> Found:
    status = entry.stat(follow_symlinks=False)
    modified = datetime.fromtimestamp(min(max(status.st_mtime, 0), LATEST), UTC)
    return Found(prefix + _shown(entry), status.st_size, modified, bool(status.st_mode & stat.S_IXUSR))


def open_file(root: Path, parts: tuple[str, ...]) -> int:
    """A descriptor of a regular file; NotFound where it is none, Conflict where we may not read it."""
    with folder(root, parts[:-1]) as fd:
        try:
            file = os.open(parts[-1], _FILE, dir_fd=fd)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
                raise NotFound("not-found") from error
            if error.errno == errno.EACCES:
                raise denied("/".join(parts)) from error
            raise
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise NotFound("not-found")
    return file


def link_open(file: int, place: Path) -> None:
    """Give an open file one more name, whatever became of those it had; FileNotFoundError where it has none left."""
    # With a descriptor to begin at, the system's call is the one that follows this link; it begins at none here.
    os.link(f"/proc/self/fd/{file}", place, src_dir_fd=file, follow_symlinks=True)


def remove_file(root: Path, parts: tuple[str, ...]) -> None:
    """Delete a file and the folders that it leaves empty; NotFound where it is none."""
    with folder(root, parts[:-1]) as fd:
        try:
            os.unlink(parts[-1], dir_fd=fd)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EISDIR, errno.EPERM):
                raise NotFound("not-found") from error
            raise
    for end in range(len(parts) - 1, 0, -1):
        with folder(root, parts[: end - 1]) as fd:
            try:
                os.rmdir(parts[end - 1], dir_fd=fd)
            except OSError:
                return
