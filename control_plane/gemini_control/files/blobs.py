"""Contents by hash, and versions made of them: read-only trees of hard links that appear by one rename.

The key is the SHA-256 and `x` where the file is executable: mode and time belong to the inode, which all links share.
All of it blocks: call it in a thread, one change at a time among all replicas (`Home.sealing`).
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gemini_sandbox.trees import remove_tree

from gemini_control.files import confined

FIXED_TIME = 1_000_000_000
"""The modification time of every blob (2001-09-09): what is the same must look the same."""
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Sealed:
    """A file of a draft whose content is a blob."""

    path: str
    key: str
    size: int


class Blobs:
    """The blobs below `root` (`<aa>/<hash>[x]`) and the versions made of them below `versions`."""

    def __init__(self, root: Path, versions: Path) -> None:
        self.root = root
        self.versions = versions

    def place(self, key: str) -> Path:
        """Where a blob lies."""
        return self.root / key[:2] / key

    def seal(self, draft: Path) -> list[Sealed]:
        """Make a blob of every file of a draft; the draft's file becomes a link to it, so it costs nothing twice.

        Nobody has these files open for writing: uploads replace them by a rename.
        """
        return [self._seal(draft, found) for found in confined.walk(draft)]

    def _seal(self, draft: Path, found: confined.Found) -> Sealed:
        parts = tuple(found.path.split("/"))
        file = confined.open_file(draft, parts)
        try:
            key = hash_of(file) + ("x" if found.executable else "")
        finally:
            os.close(file)
        with confined.folder(draft, parts[:-1]) as fd:
            self._take(parts[-1], fd, key)
            size = os.stat(parts[-1], dir_fd=fd, follow_symlinks=False).st_size
        return Sealed(found.path, key, size)

    def _take(self, name: str, fd: int, key: str) -> None:
        """Link a draft's file as the blob `key`, or put a link to the blob that is there in its place."""
        place = self.place(key)
        place.parent.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):
            if os.path.samestat(place.stat(), os.stat(name, dir_fd=fd, follow_symlinks=False)):
                return
            spare = self.root / f".spare-{secrets.token_hex(8)}"
            self._link(key, str(spare), None)
            os.rename(spare, name, dst_dir_fd=fd)
            return
        mode = 0o555 if key.endswith("x") else 0o444
        os.chmod(name, mode, dir_fd=fd)
        os.utime(name, (FIXED_TIME, FIXED_TIME), dir_fd=fd)
        os.link(name, place, src_dir_fd=fd, follow_symlinks=False)

    def _link(self, key: str, name: str, fd: int | None) -> None:
        """A further link to a blob. At the file system's limit the blob is copied, and the copy takes its place."""
        place = self.place(key)
        try:
            os.link(place, name, dst_dir_fd=fd)
        except OSError as error:
            if error.errno != errno.EMLINK:
                raise
            copy = place.with_name(place.name + ".copy")
            shutil.copyfile(place, copy)
            copy.chmod(stat.S_IMODE(place.stat().st_mode))
            os.utime(copy, (FIXED_TIME, FIXED_TIME))
            os.replace(copy, place)
            os.link(place, name, dst_dir_fd=fd)

    def build(self, version_id: str, files: Iterable[Sealed]) -> None:
        """The tree of a version, all or nothing."""
        draft = self.versions / f".new-{version_id}"
        try:
            self._build(version_id, files, draft)
        except BaseException:
            remove_tree(draft)
            raise

    def _build(self, version_id: str, files: Iterable[Sealed], draft: Path) -> None:
        draft.mkdir(parents=True)
        for file in files:
            parts = tuple(file.path.split("/"))
            with confined.folder(draft, parts[:-1], make=True) as fd:
                self._link(file.key, parts[-1], fd)
        for folder, _, _ in os.walk(draft, topdown=False):
            os.utime(folder, (FIXED_TIME, FIXED_TIME))
            Path(folder).chmod(0o555)
        # The top is renamed: on some systems that needs a writable folder.
        draft.chmod(0o755)
        os.rename(draft, self.versions / version_id)
        (self.versions / version_id).chmod(0o555)
        _sync(self.versions)

    def remove_version(self, version_id: str) -> None:
        """Take a version's tree away; safe to repeat."""
        remove_tree(self.versions / version_id)

    def remove(self, keys: Iterable[str]) -> None:
        """Take blobs away that no version uses; safe to repeat."""
        for key in keys:
            with suppress(FileNotFoundError):
                self.place(key).unlink()

    def sweep(self, versions: set[str], keys: set[str]) -> None:
        """Take away what a crash left: trees and blobs that the database does not know."""
        for tree in self.versions.iterdir():
            if tree.name not in versions:
                remove_tree(tree)
        for file in (*self.root.glob("*/*"), *self.root.glob(".spare-*")):
            if file.name not in keys:
                file.unlink()


def hash_of(file: int) -> str:
    """The SHA-256 of an open file, in hexadecimal."""
    digest = hashlib.sha256()
    while chunk := os.read(file, _CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
