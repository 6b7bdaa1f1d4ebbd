"""The folder of one sandbox below `GEMINI_HOME/sandboxes`: which file says what.

All but `run`, `root` and `upper` belongs to the platform, where no root inside can write.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .process import ProcessIdentity
from .spec import check_id
from .trees import remove_tree

RESERVED_BYTES = 4096


class Record:
    """Names and small files of one sandbox."""

    def __init__(self, home: Path, sandbox_id: str) -> None:
        check_id(sandbox_id)
        self.id = sandbox_id
        self.home = home
        self.folder = home / "sandboxes" / sandbox_id
        self.run = self.folder / "run"
        self.root = self.folder / "root"
        self.upper = self.folder / "upper"
        self.bundle = self.folder / "bundle"
        self.runc_state = self.folder / "runc"
        self.log = self.folder / "witness.log"

    @property
    def unique_name(self) -> str:
        """A name that two homes on one machine do not share."""
        import hashlib

        home = hashlib.sha256(str(self.home.resolve()).encode()).hexdigest()[:8]
        return f"gemini-{home}-{self.id}"

    def cgroup_path(self) -> str | None:
        """The cgroup of this sandbox; None where limits cannot be set."""
        order = self.read("spec")
        parent = None if order is None else order["host"]["cgroup_parent"]
        return None if parent is None else os.path.join(parent, self.unique_name)

    def exists(self) -> bool:
        """Whether anything is known of this sandbox."""
        return self.folder.is_dir()

    def read(self, name: str) -> dict[str, Any] | None:
        """`<name>.json`, or None when it is not there or half written by a crash of the machine."""
        try:
            value = json.loads((self.folder / f"{name}.json").read_text())
        except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
            return None
        return value if isinstance(value, dict) else None

    def write(self, name: str, value: dict[str, Any]) -> None:
        """Write `<name>.json` so that a reader sees the old or the new, whole, even after a power cut."""
        fd = os.open(self._partial(name), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            # What `reserve` kept is written over, not given back: on a full disk others would take it.
            file.write(json.dumps(value).encode().ljust(os.fstat(fd).st_size))
            file.flush()
            os.fsync(fd)
        os.replace(self._partial(name), self.folder / f"{name}.json")

    def reserve(self, name: str) -> None:
        """Keep room for `<name>.json`, so that this process can write it when the disk is full."""
        self._partial(name).write_bytes(b" " * RESERVED_BYTES)

    def _partial(self, name: str) -> Path:
        return self.folder / f".{name}.json.{os.getpid()}"

    def identity(self, name: str) -> ProcessIdentity | None:
        """The process that `<name>.json` names."""
        fields = self.read(name)
        return None if fields is None else ProcessIdentity.from_json(fields)

    def mark_seen(self) -> None:
        """Process 1 was seen to run now; a disk that does not take that is no reason to end."""
        with contextlib.suppress(OSError):
            (self.folder / "seen").touch()

    def last_seen(self) -> float | None:
        """When process 1 was last seen to run, in Unix seconds."""
        try:
            return (self.folder / "seen").stat().st_mtime
        except FileNotFoundError:
            return None

    def last_log_lines(self, count: int = 12) -> str:
        """The end of what the witness, runc and pasta said."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])
        except FileNotFoundError:
            return ""

    def make_folders(self, owner: int) -> None:
        """Make the folder of a new sandbox; `owner` is root inside."""
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        for path in (self.upper, self.bundle, self.runc_state):
            path.mkdir(mode=0o700, exist_ok=True)
        for path in (self.run, self.root):
            path.mkdir(mode=0o755, exist_ok=True)
            path.chmod(0o755)
            os.chown(path, owner, owner)

    def forget(self) -> None:
        """Remove everything."""
        remove_tree(self.folder)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One caller at a time changes this sandbox, among all processes of the platform."""
        locks = self.folder.parent / ".locks"
        locks.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = locks / self.id
        while True:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(fd, fcntl.LOCK_EX)
            if _same_file(fd, path):
                break
            os.close(fd)
        try:
            yield
        finally:
            # Only with the lock held: who waited for it sees that its file is no longer this one.
            path.unlink()
            os.close(fd)


def _same_file(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


def known_ids(home: Path) -> tuple[str, ...]:
    """The ids of all sandboxes that have a folder."""
    try:
        names = os.listdir(home / "sandboxes")
    except FileNotFoundError:
        return ()
    return tuple(sorted(name for name in names if not name.startswith(".")))
