"""Removing what people have filled: trees of any depth and any mode, with no link followed."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_tree(path: Path) -> None:
    """Remove a tree; nothing where there is none. Raises OSError when something stays.

    A script that makes a folder in a folder for ever is no reason to fail: what lies deeper is first moved to the
    top, so that neither the interpreter's stack nor the number of descriptors is a limit.
    """
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    path.chmod(0o700)
    top = os.open(path, _FOLDER)
    try:
        while names := os.listdir(top):
            for name in names:
                with suppress(FileNotFoundError):
                    _remove(name, top)
    finally:
        os.close(top)
    path.rmdir()


def _remove(name: str, top: int) -> None:
    if not _is_folder(name, top):
        os.unlink(name, dir_fd=top)
        return
    os.chmod(name, 0o700, dir_fd=top)
    fd = os.open(name, _FOLDER, dir_fd=top)
    try:
        for below in os.listdir(fd):
            if _is_folder(below, fd):
                # A folder is moved by writing its `..`, which its own mode must allow.
                os.chmod(below, 0o700, dir_fd=fd)
                os.rename(below, f".removed-{secrets.token_hex(8)}", src_dir_fd=fd, dst_dir_fd=top)
            else:
                os.unlink(below, dir_fd=fd)
    finally:
        os.close(fd)
    os.rmdir(name, dir_fd=top)


def _is_folder(name: str, fd: int) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode)
