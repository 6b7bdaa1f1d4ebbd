"""A file on its way in: written apart, then put in its place by one rename, so that nobody ever reads half of it."""

from __future__ import annotations

import asyncio
import os
import secrets
from contextlib import suppress
from pathlib import Path

from gemini_core.errors import Conflict, TooLarge

from gemini_control.files import confined
from gemini_control.files.locks import take

BUFFER = 1024 * 1024


class Upload:
    """One file for `parts` below `root`. `waiting` is a folder on the same file system for what is not whole yet."""

    def __init__(self, root: Path, parts: tuple[str, ...], waiting: Path, limit: int) -> None:
        self.root = root
        self.parts = parts
        self.limit = limit
        self.size = 0
        self._path, self._fd = _begin(waiting)
        self._buffer: list[bytes] = []
        self._buffered = 0

    async def write(self, chunk: bytes) -> None:
        """Take a piece; TooLarge beyond the limit. Written in larger pieces, in a thread."""
        self.size += len(chunk)
        if self.size > self.limit:
            raise TooLarge("body-too-large", limit=self.limit)
        self._buffer.append(chunk)
        self._buffered += len(chunk)
        if self._buffered >= BUFFER:
            await self._flush()

    async def finish(self, *, executable: bool = False) -> None:
        """Make it durable and put it in its place; Conflict where a folder is there, or nothing may be written."""
        await self._flush()
        await asyncio.to_thread(self._place, 0o755 if executable else 0o644)

    def abandon(self) -> None:
        """Leave nothing behind; safe to repeat, and after `finish`."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            with suppress(FileNotFoundError):
                self._path.unlink()

    async def _flush(self) -> None:
        data, self._buffer, self._buffered = b"".join(self._buffer), [], 0
        if data:
            await asyncio.to_thread(self._write, data)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]

    def _place(self, mode: int) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        owner = os.stat(self.root)
        if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
            with suppress(PermissionError):
                os.fchown(self._fd, owner.st_uid, owner.st_gid)
        os.fchmod(self._fd, mode)
        os.fsync(self._fd)
        with confined.folder(self.root, self.parts[:-1], make=True) as fd:
            try:
                os.rename(self._path, self.parts[-1], dst_dir_fd=fd)
            except IsADirectoryError as error:
                raise Conflict("path-is-folder", field="path") from error
            except PermissionError as error:
                raise confined.denied("/".join(self.parts)) from error
        os.close(self._fd)
        self._fd = -1


def _begin(waiting: Path) -> tuple[Path, int]:
    """A file of ours, locked for as long as it is open: so whoever sweeps knows that it is still wanted."""
    waiting.mkdir(parents=True, exist_ok=True, mode=0o700)
    while True:
        path = waiting / secrets.token_hex(16)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        if take(file) and os.fstat(file).st_nlink:
            return path, file
        # Swept in the moment between.
        os.close(file)


def sweep(waiting: Path) -> None:
    """Take away what nobody is writing any more. Blocks."""
    for path in waiting.iterdir() if waiting.is_dir() else ():
        with suppress(FileNotFoundError):
            file = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                if take(file):
                    path.unlink()
            finally:
                os.close(file)
