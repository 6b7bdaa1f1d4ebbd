"""Code snapshots: what a task runs, fixed at its submission (TRAIN-7).

`<store>/snapshots/<hash>/` is a read-only copy of a project's code; the hash is of what was copied, so
two submissions of the same code share one. Nothing is left out: what cannot be kept (a socket, a
device) refuses the snapshot by name. The code belongs to people who are root in their sandboxes and may
change it while it is read, so no path is followed twice and no link ever: every file is opened from its
folder's descriptor, links are kept as links.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from gemini_core.errors import Conflict, TooLarge
from gemini_sandbox.trees import remove_tree

from gemini_control.files.locks import FileLock

FILES_LIMIT = 50_000
BYTES_LIMIT = 2**30
DEPTH_LIMIT = 100
_CHUNK = 1 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class Limits:
    """How much one snapshot may hold."""

    files: int = FILES_LIMIT
    bytes: int = BYTES_LIMIT
    depth: int = DEPTH_LIMIT


@dataclass
class _Copy:
    """One copy under way: what was copied so far, and its hash."""

    limits: Limits
    files: int = 0
    bytes: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def note(self, kind: str, path: str, content: str) -> None:
        """Take one entry into the hash. A NUL cannot be in a path, so entries never run together."""
        self.files += 1
        if self.files > self.limits.files:
            raise TooLarge("snapshot-too-many-files", field="projectId", limit=self.limits.files)
        self.digest.update(f"{kind}\0{path}\0{content}\0".encode("utf-8", "surrogateescape"))

    def weigh(self, size: int) -> None:
        """Count `size` more bytes."""
        self.bytes += size
        if self.bytes > self.limits.bytes:
            raise TooLarge("snapshot-too-large", field="projectId", limit=self.limits.bytes // 2**20)


class Snapshots:
    """The snapshots of one store. Every method blocks: call it in a thread.

    `taking` is shared from the taking of one until the row of its task is there; who sweeps holds it alone.
    """

    def __init__(self, store: Path, limits: Limits = Limits()) -> None:
        self.folder = store / "snapshots"
        self.taking = FileLock(store / ".locks" / "snapshots")
        self.limits = limits

    def path(self, snapshot: str) -> Path:
        """Where the snapshot with this hash lies."""
        return self.folder / snapshot

    def take(self, code: Path) -> str:
        """The hash of a snapshot of the folder `code` as it is now; made if it was not there.

        Raises TooLarge over a limit and Conflict for a file that cannot be kept; nothing is left then.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".new-", dir=self.folder))
        try:
            copy = _Copy(self.limits)
            if code.is_dir():
                source = os.open(code, _FOLDER)
                try:
                    _copy_folder(copy, source, made, "")
                finally:
                    os.close(source)
            snapshot = copy.digest.hexdigest()
            _seal(made, self.path(snapshot))
        finally:
            _discard(made)
        return snapshot

    def sweep(self, known: set[str]) -> None:
        """Take away what a crash left: half a snapshot, and those that no task has. Nobody may be taking one."""
        if not self.folder.is_dir():
            return
        for found in self.folder.iterdir():
            if found.name not in known:
                remove_tree(found)

    def place(self, snapshot: str, target: Path) -> None:
        """Put the snapshot's tree at `target`, by links where that can be. Safe to repeat after a crash."""
        # Named by its target, so that what a crash leaves is found again, be it before the rename or after.
        made = target.with_name(f".new-{target.name}")
        _discard(made)
        if target.exists():
            return
        made.mkdir(mode=0o700, parents=True)
        try:
            shutil.copytree(self.path(snapshot), made / "tree", symlinks=True, copy_function=_link_or_copy)
            _seal(made / "tree", target)
        finally:
            _discard(made)


def _copy_folder(copy: _Copy, source: int, target: Path, prefix: str) -> None:
    if prefix.count("/") > copy.limits.depth:
        raise TooLarge("snapshot-too-deep", field="projectId", limit=copy.limits.depth, path=_shown(prefix))
    for name in sorted(os.listdir(source)):
        try:
            _copy_entry(copy, source, name, target, prefix + name)
        except FileNotFoundError:
            continue  # deleted while we looked: it was not there
        except PermissionError as error:
            raise Conflict("path-denied", field="projectId", path=_shown(prefix + name)) from error
    target.chmod(0o555)


def _copy_entry(copy: _Copy, parent: int, name: str, target: Path, path: str) -> None:
    mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        to = os.readlink(name, dir_fd=parent)
        os.symlink(to, target / name)
        copy.note("link", path, to)
    elif stat.S_ISDIR(mode):
        folder = _open(name, _FOLDER, parent, path)
        try:
            copy.note("folder", path, "")
            (target / name).mkdir()
            _copy_folder(copy, folder, target / name, path + "/")
        finally:
            os.close(folder)
    elif stat.S_ISREG(mode):
        _copy_file(copy, parent, name, target / name, path)
    else:
        raise Conflict("snapshot-special-file", field="projectId", path=_shown(path))


def _copy_file(copy: _Copy, parent: int, name: str, target: Path, path: str) -> None:
    source = _open(name, _FILE, parent, path)
    with os.fdopen(source, "rb", buffering=0) as reader:
        mode = os.fstat(source).st_mode
        if not stat.S_ISREG(mode):
            raise Conflict("snapshot-special-file", field="projectId", path=_shown(path))
        digest = hashlib.sha256()
        # Buffered: a bare descriptor takes a part of a chunk, and says nothing, where the disk becomes full.
        with target.open("wb") as writer:
            while chunk := reader.read(_CHUNK):
                copy.weigh(len(chunk))
                digest.update(chunk)
                writer.write(chunk)
    executable = bool(mode & 0o111)
    target.chmod(0o555 if executable else 0o444)
    copy.note("program" if executable else "file", path, digest.hexdigest())


def _open(name: str, flags: int, parent: int, path: str) -> int:
    try:
        return os.open(name, flags, dir_fd=parent)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENXIO):
            # It became a link or a socket since we looked.
            raise Conflict("snapshot-special-file", field="projectId", path=_shown(path)) from error
        raise


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EMLINK, errno.EXDEV, errno.EPERM):
            raise
        shutil.copy2(source, target, follow_symlinks=False)


def _seal(made: Path, target: Path) -> None:
    try:
        # A folder is renamed by writing its `..`, which its own mode must allow.
        made.chmod(0o755)
        made.rename(target)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
        return  # somebody took the same code at the same time
    target.chmod(0o555)


def _discard(made: Path) -> None:
    if not made.exists():
        return
    for folder, _, _ in os.walk(made):
        os.chmod(folder, 0o700)
    shutil.rmtree(made)


def _shown(path: str) -> str:
    return path.encode("utf-8", "replace").decode("utf-8", "replace")[:200]
