"""Told by the kernel when files in a folder change (inotify, by ctypes), on the event loop."""

from __future__ import annotations

import asyncio
import ctypes
import os
import struct
from collections.abc import Callable
from pathlib import Path

_MODIFY, _CLOSE_WRITE, _MOVED_TO, _CREATE = 0x2, 0x8, 0x80, 0x100
_ONLYDIR, _DONT_FOLLOW = 0x0100_0000, 0x0200_0000
_MASK = _MODIFY | _CLOSE_WRITE | _MOVED_TO | _CREATE | _ONLYDIR | _DONT_FOLLOW
_NONBLOCK, _CLOEXEC = 0x800, 0x80000
_IGNORED = 0x8000
_EVENT = struct.Struct("iIII")


class Watch:
    """Calls `changed(key)` when anything in the folder watched under `key` changed.

    A folder that cannot be watched (it is not there yet, the kernel's limit is reached) is not: `add` says so, and
    the caller looks from time to time instead.
    """

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.inotify_init1(_NONBLOCK | _CLOEXEC)
        self._keys: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        if self._fd >= 0:
            asyncio.get_running_loop().add_reader(self._fd, self._read)

    def add(self, key: str, folder: Path) -> bool:
        """Watch a folder; True where it is watched now."""
        if key in self._numbers:
            return True
        if self._fd < 0:
            return False
        number = self._libc.inotify_add_watch(self._fd, os.fsencode(folder), _MASK)
        if number < 0:
            return False
        self._numbers[key] = number
        self._keys[number] = key
        return True

    def remove(self, key: str) -> None:
        """Watch it no more; safe to repeat."""
        number = self._numbers.pop(key, None)
        if number is not None and self._keys.pop(number, None) is not None:
            self._libc.inotify_rm_watch(self._fd, number)

    def close(self) -> None:
        """Watch nothing more."""
        if self._fd >= 0:
            asyncio.get_running_loop().remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _read(self) -> None:
        try:
            data = os.read(self._fd, 65536)
        except BlockingIOError:
            return
        changed: set[str] = set()
        while len(data) >= _EVENT.size:
            number, mask, _, length = _EVENT.unpack_from(data)
            data = data[_EVENT.size + length :]
            if number in self._keys:
                changed.add(self._keys[number])
            if mask & _IGNORED:
                # The folder is gone; one of that name may come again.
                self._numbers.pop(self._keys.pop(number, ""), None)
        for key in changed:
            self._changed(key)
