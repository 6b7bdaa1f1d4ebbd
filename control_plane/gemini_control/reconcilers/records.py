"""What lies in a task's folder. Root inside writes it, so it is opened without following anything and read in part."""

from __future__ import annotations

import json
import os
from pathlib import Path

from gemini_core.errors import Conflict, NotFound
from gemini_core.logs import last_lines
from gemini_core.observations import Record, read_record

from gemini_control.files import confined

LARGEST_RECORD = 1 << 20
TAIL = 32 * 1024


def parts(folder: str, name: str) -> tuple[str, ...]:
    """The parts of a file's path below the store."""
    return (*folder.split("/"), name)


def read(store: Path, folder: str) -> Record | None:
    """The record of a task; None where there is none that can be read."""
    try:
        file = confined.open_file(store, parts(folder, "state.json"))
    except (NotFound, Conflict, OSError):
        return None
    with os.fdopen(file, "rb") as reader:
        try:
            return read_record(json.loads(reader.read(LARGEST_RECORD)))
        except (ValueError, RecursionError, OSError):
            return None


def tail(store: Path, folder: str, role: str = "main", rank: int = 0) -> tuple[str, ...]:
    """The last lines of a log; empty where there is none."""
    try:
        file = confined.open_file(store, parts(folder, f"{role}-{rank}.log"))
    except (NotFound, Conflict, OSError):
        return ()
    with os.fdopen(file, "rb") as reader:
        size = os.fstat(reader.fileno()).st_size
        reader.seek(max(0, size - TAIL))
        return last_lines(reader.read(TAIL))
