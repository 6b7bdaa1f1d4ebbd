"""Whether a folder's file system can do what the store needs: each deed is tried for real and named where it fails."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gemini_control.files import confined

WRITERS = 4
LINES = 200
OTHER_ID = 65534
# A second process asks for a lock that the first one holds: 0 where it is told to wait, as it should be.
ASKS_FOR_LOCK = """
import fcntl, sys
with open(sys.argv[1], "a") as file:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(0)
    sys.exit("a second process was given a lock that another holds")
"""
APPENDS = """
import os, sys
file = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
for number in range(int(sys.argv[3])):
    os.write(file, f"{sys.argv[2]} {number}\\n".encode())
"""


class Unfit(Exception):
    """The file system did something else than it was asked; the text says what."""


@dataclass(frozen=True)
class Trial:
    """A deed by its name; `said` is why it failed, None where it was done."""

    name: str
    said: str | None


def try_folder(folder: Path) -> Iterator[Trial]:
    """Tries every deed in a folder of its own, which is taken away at the end.

    Raises:
        OSError: not even a folder can be made there.
    """
    place = Path(tempfile.mkdtemp(prefix=".trial-", dir=folder))
    try:
        for deed in DEEDS:
            yield Trial(deed.__name__, _said(deed, place))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _said(deed: Callable[[Path], None], place: Path) -> str | None:
    try:
        deed(place)
    except (Unfit, OSError) as error:
        return str(error)
    return None


def chown(place: Path) -> None:
    """A file can be given to another account, and is that account's then."""
    path = place / "owned"
    path.touch()
    os.chown(path, OTHER_ID, OTHER_ID)
    if path.stat().st_uid != OTHER_ID:
        raise Unfit("the owner of a file stayed the same")


def chmod(place: Path) -> None:
    """A file keeps the mode and the time it is given: versions are read-only and their times are fixed."""
    path = place / "sealed"
    path.touch()
    path.chmod(0o555)
    os.utime(path, (1, 1))
    if path.stat().st_mode & 0o777 != 0o555 or path.stat().st_mtime != 1:
        raise Unfit("mode or time of a file stayed the same")


def link(place: Path) -> None:
    """One file can have two names, and get one while it is open: versions share the files that they have in common."""
    path = place / "first"
    path.write_text("shared")
    os.link(path, place / "second")
    with path.open() as still_open:
        path.unlink()
        confined.link_open(still_open.fileno(), place / "third")
    if not (place / "second").samefile(place / "third") or (place / "third").stat().st_nlink != 2:
        raise Unfit("a hard link became another file")


def rename(place: Path) -> None:
    """A name goes over to another file, and a folder to another name, in one step."""
    for name in ("old", "new"):
        (place / name).write_text(name)
    with (place / "old").open() as still_open:
        os.rename(place / "new", place / "old")
        if still_open.read() != "old" or (place / "old").read_text() != "new":
            raise Unfit("a file that is open was lost when another took its name")
    (place / "half").mkdir()
    (place / "half" / "inside").touch()
    os.rename(place / "half", place / "whole")
    if not (place / "whole" / "inside").exists():
        raise Unfit("a folder lost what was in it")


def append(place: Path) -> None:
    """Lines of several processes that append to one file stay whole: logs are written so."""
    path = place / "log"
    # Started with nothing of ours, so that only the file system is what they share.
    writers = [_python(APPENDS, path, str(one), str(LINES)) for one in range(WRITERS)]
    for writer in writers:
        if writer.wait():
            raise Unfit("a process could not append")
    expected = sorted(f"{one} {number}" for one in range(WRITERS) for number in range(LINES))
    if sorted(path.read_text().splitlines()) != expected:
        raise Unfit(f"of {len(expected)} lines that {WRITERS} processes appended some are lost or torn")


def flock(place: Path) -> None:
    """A lock that one process holds is held for all."""
    path = place / "lock"
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _, said = (asking := _python(ASKS_FOR_LOCK, path)).communicate()
    if asking.returncode:
        raise Unfit(said.strip().splitlines()[-1])


def symlink(place: Path) -> None:
    """A name can point at another: data may hold such names."""
    os.symlink("nowhere", place / "pointer")
    if os.readlink(place / "pointer") != "nowhere":
        raise Unfit("a symbolic link points elsewhere")


def sync(place: Path) -> None:
    """What was written can be told to be safe, a folder's names too."""
    for path, flags in ((place / "safe", os.O_WRONLY | os.O_CREAT), (place, os.O_RDONLY | os.O_DIRECTORY)):
        file = os.open(path, flags, 0o600)
        try:
            os.fsync(file)
        finally:
            os.close(file)


DEEDS: tuple[Callable[[Path], None], ...] = (chown, chmod, link, symlink, rename, append, flock, sync)


def _python(program: str, *arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-I", "-S", "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
