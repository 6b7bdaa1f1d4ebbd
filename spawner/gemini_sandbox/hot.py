"""Mounts into a running sandbox, from a process of their own: joining a mount namespace needs a single thread."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from . import syscalls
from .errors import SandboxError
from .process import ProcessIdentity
from .record import Record
from .rootfs import open_target
from .spec import RUN_TARGET, check_target

_READ_ONLY = syscalls.MOUNT_ATTR_RDONLY | syscalls.MOUNT_ATTR_NOSUID | syscalls.MOUNT_ATTR_NODEV
_UMOUNT_NOFOLLOW = 8


def add(record: Record, source: Path, target: str) -> None:
    """Mount `source` read-only at `target`; a target that is already a mount stays as it is."""
    check_target(target)
    if not source.exists():
        raise SandboxError(f"{source} is not there")
    host = _host(record)
    if host["mode"] == "plain":
        _plain_link(record, target, source)
        return
    process = _process(record)
    user_fd = os.open(f"/proc/{process.pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    is_folder = source.is_dir()
    tree = syscalls.open_tree_without_links(str(source))
    try:
        if host["mode"] != "root":
            raise OSError(0, "only root maps ids")
        syscalls.mount_setattr(tree, _READ_ONLY | syscalls.MOUNT_ATTR_IDMAP, user_fd)
    except OSError:
        syscalls.mount_setattr(tree, _READ_ONLY)
    owner = _owner(process)
    place = open_target(_enter(process), target, is_folder, owner)
    if not _is_mount(place, target):
        syscalls.move_mount(tree, place)


def remove(record: Record, target: str) -> None:
    """Unmount what `add` mounted and remove its place."""
    check_target(target)
    if _host(record)["mode"] == "plain":
        _plain_link(record, target, None)
        return
    process = _process(record)
    parent, name = os.path.split(target)
    owner = _owner(process)
    root = _enter(process)
    folder = root if parent == "/" else open_target(root, parent, True, owner)
    os.fchdir(folder)
    try:
        syscalls.unmount(name, syscalls.MNT_DETACH | _UMOUNT_NOFOLLOW)
    except FileNotFoundError:
        return
    except OSError as error:
        raise SandboxError(f"{target} is not a mount that was added later") from error
    with contextlib.suppress(OSError):
        os.rmdir(name)


def _host(record: Record) -> dict[str, str]:
    order = record.read("spec")
    if order is None:
        raise SandboxError(f"{record.id} is not known")
    host: dict[str, str] = order["host"]
    return host


def _process(record: Record) -> ProcessIdentity:
    process = record.identity("process")
    if process is None or not process.alive():
        raise SandboxError(f"{record.id} does not run")
    return process


def _owner(process: ProcessIdentity) -> int:
    """The id behind root inside."""
    return int(Path(f"/proc/{process.pid}/uid_map").read_text().split()[1])


def _enter(process: ProcessIdentity) -> int:
    """Join the sandbox's mounts (not its ids, not its processes); its root folder."""
    process_fd = process.open()
    if process_fd is None:
        raise SandboxError("the sandbox has just ended")
    syscalls.setns(process_fd, syscalls.CLONE_NEWNS)
    return os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def _is_mount(place: int, target: str) -> bool:
    """Whether the place is the root of a mount of its own: its device differs from that of its folder."""
    parent = os.stat(os.path.dirname(target), follow_symlinks=False)
    flags = os.fstatvfs(place).f_flag
    return os.fstat(place).st_dev != parent.st_dev or bool(flags & os.ST_RDONLY)


def _plain_link(record: Record, target: str, source: Path | None) -> None:
    """Without a sandbox only the run folder can change: a link in it stands for the mount."""
    if not target.startswith(f"{RUN_TARGET}/"):
        raise SandboxError(f"{target}: without a sandbox a mount needs a restart")
    link = record.run / target[len(RUN_TARGET) + 1 :]
    link.unlink(missing_ok=True)
    if source is not None:
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(source)
