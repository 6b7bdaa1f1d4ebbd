"""Whether folders are those that they were meant to be: what a node mounted may have been put there meanwhile."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping

LAST_WORD = "/dev/termination-log"
"""Where a pod's container says why it ended."""
REPLACED = "gemini: replaced"


def replaced(same: Mapping[str, str]) -> str | None:
    """The first folder of `same` that is not the one at the path it stands with (no link there is followed)."""
    return next((folder for folder, path in same.items() if not _is_same(folder, path)), None)


def _is_same(folder: str, path: str) -> bool:
    try:
        return os.path.samestat(os.stat(folder), os.lstat(path))
    except OSError:
        return False


def tell_replaced() -> None:
    """Tell the cluster that it ended for that, where there is one."""
    with contextlib.suppress(OSError):
        descriptor = os.open(LAST_WORD, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, REPLACED.encode())
        finally:
            os.close(descriptor)
