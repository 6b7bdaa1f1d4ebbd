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

from gemini_core.errors import NotFound
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

        Nobody has these files open for writing: uploads replace them by a rename, and may do so meanwhile. So what
        was read is what becomes a blob, by its descriptor: its name may be another file's by then.
        """
        sealed = (self._seal(draft, found) for found in confined.walk(draft))
        return [one for one in sealed if one is not None]

    def _seal(self, draft: Path, found: confined.Found) -> Sealed | None:
        """The file that is at that place now; None where it was taken away since the walk."""
        parts = tuple(found.path.split("/"))
        while True:
            try:
                file = confined.open_file(draft, parts)
            except NotFound:
                return None
            try:
                return self._seal_open(draft, parts, file)
            except FileNotFoundError:
                if os.fstat(file).st_nlink:
                    raise
                # Replaced or taken away while it was read, and nothing holds it any more: what is there now counts.
            finally:
                os.close(file)

    def _seal_open(self, draft: Path, parts: tuple[str, ...], file: int) -> Sealed:
        status = os.fstat(file)
        key = hash_of(file) + ("x" if status.st_mode & stat.S_IXUSR else "")
        place = self.place(key)
        place.parent.mkdir(exist_ok=True)
        if not place.exists():
            self._add(file, place)
        elif not os.path.samestat(place.stat(), status):
            self._replace(draft, parts, key, status)
        return Sealed("/".join(parts), key, status.st_size)

    def _add(self, file: int, place: Path) -> None:
        """Link an open file as a blob; FileNotFoundError where it has no name any more."""
        os.fchmod(file, 0o555 if place.name.endswith("x") else 0o444)
        os.utime(file, (FIXED_TIME, FIXED_TIME))
        confined.link_open(file, place)

    def _replace(self, draft: Path, parts: tuple[str, ...], key: str, sealed: os.stat_result) -> None:
        """Put a link to the blob in the place of a draft's file, where that is still the one that was sealed."""
        spare = self.root / f".spare-{secrets.token_hex(8)}"
        self._link(key, str(spare), None)
        try:
            with confined.folder(draft, parts[:-1]) as fd:
                if os.path.samestat(os.stat(parts[-1], dir_fd=fd, follow_symlinks=False), sealed):
                    os.rename(spare, parts[-1], dst_dir_fd=fd)
        except (FileNotFoundError, NotFound):
            pass  # taken away meanwhile: it was sealed all the same
        finally:
            spare.unlink(missing_ok=True)

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
            # It may have its name already, and only not be durable.
            self.remove_version(version_id)
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
