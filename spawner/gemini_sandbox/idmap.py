"""Ranges of user ids: which ids of the host stand behind the ids inside a sandbox.

Started by root, every workspace has 65,536 ids of its own, so that its sandboxes share files with each other
and with nobody else. The ranges begin at 1,879,048,192: above the people, the subordinate ids that distributions
give out (from 100,000) and systemd's containers (to 1,879,048,191), and below 2^31, where old programs fail.
Started by a person there is one range, the outer user namespace's: root inside is the person.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from . import syscalls
from .spec import WORKSPACE_RANGES, Mode

RANGE_SIZE = 65536
FIRST_ID = 0x70000000


@dataclass(frozen=True)
class IdRange:
    """The ids behind 0.. inside: extents of (first inside, first in the surrounding namespace, how many)."""

    extents: tuple[tuple[int, int, int], ...]

    @property
    def base(self) -> int:
        """What root inside is, seen from around."""
        return self.extents[0][1]

    @property
    def map_text(self) -> str:
        """As the kernel's uid_map and gid_map want it."""
        return "".join("{} {} {}\n".format(*extent) for extent in self.extents)


def range_of(mode: Mode, workspace_index: int) -> IdRange:
    """The range of a workspace in this mode."""
    assert 0 <= workspace_index < WORKSPACE_RANGES
    if mode == "root":
        return IdRange(((0, FIRST_ID + RANGE_SIZE * workspace_index, RANGE_SIZE),))
    # The kernel wants each extent to lie in one of the outer namespace's: the person, and the subordinate ids.
    return IdRange(((0, 0, 1), (1, 1, RANGE_SIZE - 1)))


def make_namespaces(ids: IdRange, user_file: str, net_file: str) -> None:
    """Make a user namespace with the range and a network namespace of it, held by the two files (bind mounts)."""
    ready_read, ready_write = os.pipe()
    done_read, done_write = os.pipe()
    child = os.fork()
    if child == 0:
        _hold_namespaces(ready_write, done_read, (ready_read, done_write))
    os.close(ready_write)
    os.close(done_read)
    try:
        if os.read(ready_read, 1) != b"1":
            raise OSError("the kernel refused a new user namespace")
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{child}/{name}").write_text(ids.map_text)
        for kind, held in (("user", user_file), ("net", net_file)):
            Path(held).touch()
            syscalls.mount(f"/proc/{child}/ns/{kind}", held, None, syscalls.MS_BIND)
    finally:
        os.close(done_write)
        os.close(ready_read)
        os.waitpid(child, 0)


def _hold_namespaces(ready: int, done: int, others: tuple[int, int]) -> None:
    """In the child: make the namespaces and stay until the parent has bound them."""
    try:
        for fd in others:
            os.close(fd)
        syscalls.unshare(syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNET)
        os.write(ready, b"1")
        os.read(done, 1)
    finally:
        os._exit(0)


def give(path: Path, owner: int) -> None:
    """Make `owner` the owner of a tree; links are changed themselves, never followed.

    The top comes last and says that all is done: what its owner has made below since is not walked again, however
    deep it is.
    """
    status = os.lstat(path)
    if status.st_uid == owner:
        return
    if stat.S_ISDIR(status.st_mode):
        _give_below(path, owner)
    os.chown(path, owner, owner, follow_symlinks=False)


def _give_below(path: Path, owner: int) -> None:
    for _folder, folders, files, folder_fd in os.fwalk(path, follow_symlinks=False):
        for name in (*folders, *files):
            if os.stat(name, dir_fd=folder_fd, follow_symlinks=False).st_uid != owner:
                os.chown(name, owner, owner, dir_fd=folder_fd, follow_symlinks=False)
