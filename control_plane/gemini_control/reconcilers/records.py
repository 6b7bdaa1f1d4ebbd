"""What lies in a task's folder. Root inside writes it, so it is opened without following anything and read in part."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from gemini_core.errors import Conflict, NotFound
from gemini_core.logs import last_lines
from gemini_core.observations import Record, read_record, together
from gemini_core.ranks import Role

from gemini_control.files import confined

LARGEST_RECORD = 1 << 20
TAIL = 32 * 1024


def parts(folder: str, name: str) -> tuple[str, ...]:
    """The parts of a file's path below the store."""
    return (*folder.split("/"), name)


def read(store: Path, folder: str, roles: Sequence[Role] = ()) -> Record | None:
    """The record of a task; None where there is none that can be read.

    Ranks in pods of their own have a file each: with `roles` these are read where there is none of all.
    """
    return _read(store, folder, "state.json") or (_read_ranks(store, folder, roles) if roles else None)


def forget(store: Path, folder: str, roles: Sequence[Role]) -> None:
    """Take the records of a task away, so that it can be started anew; its logs stay and are written on."""
    names = [f"{role.name}-{index}.json" for role in roles for index in range(role.instances)]
    for name in ("state.json", *names):
        with contextlib.suppress(NotFound, Conflict):
            confined.remove_file(store, parts(folder, name))


def _read_ranks(store: Path, folder: str, roles: Sequence[Role]) -> Record | None:
    names = [f"{role.name}-{index}.json" for role in roles for index in range(role.instances)]
    found = [_read(store, folder, name) for name in names]
    return together([record for record in found if record is not None], len(names))


def _read(store: Path, folder: str, name: str) -> Record | None:
    try:
        file = confined.open_file(store, parts(folder, name))
    except (NotFound, Conflict, OSError):
        return None
    with os.fdopen(file, "rb") as reader:
        try:
            return read_record(json.loads(reader.read(LARGEST_RECORD)))
        except (ValueError, RecursionError, OSError):
            return None


def tail(store: Path, folder: str, roles: Sequence[Role], record: Record | None) -> tuple[str, ...]:
    """The last lines of the log of the rank that failed first, else of the first; empty where there is none."""
    failed = record.first_failed if record else None
    number = failed.rank if failed else 0
    name = next((role.name for role in roles if failed and role.name == failed.role), roles[0].name)
    try:
        file = confined.open_file(store, parts(folder, f"{name}-{number}.log"))
    except (NotFound, Conflict, OSError):
        return ()
    with os.fdopen(file, "rb") as reader:
        size = os.fstat(reader.fileno()).st_size
        reader.seek(max(0, size - TAIL))
        return last_lines(reader.read(TAIL))
