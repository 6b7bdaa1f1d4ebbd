"""How far a task is, where its log truly says so. Nothing is guessed: no number in the log, no bar."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

LINES_BACK = 40
"""A number that was said longer ago says nothing of now."""
_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_EPOCH = re.compile(r"\bepochs?\b[\s:=#\[(]*(\d{1,6})\s*(?:/|of)\s*(\d{1,6})\b", re.IGNORECASE)
# A percentage is progress only where it is drawn as such (tqdm, pip, keras: a bar behind it), or named so.
_PERCENT = re.compile(
    r"(?<![\d.])(\d{1,3}(?:\.\d+)?)\s*%\s*[|▏▎▍▌▋▊▉█━#\[]|\bprogress\b\W{0,3}(\d{1,3}(?:\.\d+)?)\s*%", re.I
)


@dataclass(frozen=True)
class Progress:
    """`part` of the whole from 0 to 1; the epoch that the log names, `epoch` of `epochs`, where it does."""

    part: float
    epoch: int | None = None
    epochs: int | None = None


def progress_of(lines: Sequence[str]) -> Progress | None:
    """What the last of these lines say; None where they say nothing of progress."""
    percent: float | None = None
    for line in reversed(lines[-LINES_BACK:]):
        epoch, here = _epoch(line), _percent(line)
        if epoch is not None:
            now, whole = epoch
            return Progress((now - 1 + here if here is not None and now else now) / whole, now, whole)
        percent = here if percent is None else percent
    return None if percent is None else Progress(percent)


def _epoch(line: str) -> tuple[int, int] | None:
    found = _EPOCH.search(line)
    if not found or not 0 <= int(found[1]) <= int(found[2]) or int(found[2]) == 0:
        return None
    return int(found[1]), int(found[2])


def _percent(line: str) -> float | None:
    found = [float(match[1] or match[2]) for match in _PERCENT.finditer(line)]
    return found[-1] / 100 if found and found[-1] <= 100 else None


def readable(log: str) -> list[str]:
    """The lines of the end of a log as a terminal would leave them: no escapes, what was overwritten is gone."""
    lines = _ESCAPE.sub("", log).replace("\r\n", "\n").split("\n")
    kept = [line.rstrip("\r").rsplit("\r", 1)[-1].rstrip() for line in lines]
    return ["".join(char for char in line if char == "\t" or char.isprintable()) for line in kept if line]
