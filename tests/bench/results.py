"""The result: a file for machines, a page for people, a table for who runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.figures import Figure
from bench.machine import describe

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"


@dataclass(frozen=True)
class Report:
    """Where results of some subjects go: the file for machines, the page for people, with its head.

    `notes` say of a subject how it is measured, where the rows do not.
    """

    file: Path
    page: Path
    head: str
    subjects: Mapping[str, str]
    notes: Mapping[str, str]


_HEAD = """# Speed

Measured by `make bench`, which anybody can run: the platform and what one would otherwise use are measured **in turn
on the same machine in the same run**, at least five times. A row gives the median, the least and the most; a bound is
held by the median. Absolute numbers are this machine's, ratios travel better.

This file is written by `make bench`; the numbers are in `tests/bench/results.json`, too.
"""
_SUBJECTS = {
    "machine": "The machine's own limits",
    "lists": "Lists",
    "creation": "Submitting a task",
    "first_line": "From submitting to the first line of the log",
    "lab": "JupyterLab with our extension",
    "logs": "Following a log",
    "start": "The platform's second start",
    "requests": "Requests to the hub",
    "spawn": "Starting an environment",
}
_NOTES = {
    "lists": "The comparison: pages one after the other on one connection, what answers on one core, what asks on the "
    "other. As long as nothing in the database changes, a page that was asked for before is answered from memory; the "
    "last row is where each has to be read.",
    "start": "Both have been started before, and both start a proxy of their own.",
    "requests": "Eight connections, asked by a person who has no server; a hub and its proxy share one core, the load "
    "has the other. Processor time is that of hub and proxy together.",
}
PLATFORM = Report(HERE / "results.json", DOCS / "speed.md", _HEAD, _SUBJECTS, _NOTES)
"""Of one machine."""


def as_json(figures: Sequence[Figure]) -> dict[str, Any]:
    """What is kept of a run."""
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    return {"date": when, "machine": describe(), "figures": [one.wire() for one in figures]}


def read(file: Path) -> dict[str, Any]:
    """A result that was kept."""
    kept: dict[str, Any] = json.loads(file.read_text())
    return kept


def write(figures: Sequence[Figure], report: Report) -> None:
    """Writes both files. What was measured replaces what is known of its subjects; the others stay as they were."""
    result = as_json(figures)
    measured = {one.subject for one in figures}
    kept = read(report.file)["figures"] if report.file.exists() else []
    result["figures"] += [one for one in kept if one["subject"] not in measured]
    report.file.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    report.page.write_text(as_page(read(report.file), report))


def as_page(result: dict[str, Any], report: Report) -> str:
    """The page for people."""
    machine = result["machine"]
    said = (
        f"The machine of the run of {result['date']}: {machine['cores']} cores ({machine['architecture']}), "
        f"{machine['memoryGiB']} GiB of memory, {machine['kernel']}, Python {machine['python']}. "
        "The controls say what its disk and its loopback do at best."
    )
    parts = [report.head, said, ""]
    for subject, title in report.subjects.items():
        lines = [one for one in result["figures"] if one["subject"] == subject]
        if lines:
            parts += [f"## {title}", "", *([report.notes[subject], ""] if subject in report.notes else [])]
            parts += ["| | median | least | most | bound | |", "|---|---:|---:|---:|---:|---|"]
            parts += [f"| {' | '.join(_cells(one))} |" for one in lines]
            parts.append("")
    return "\n".join(parts)


def as_table(figures: Sequence[Figure]) -> str:
    """Columns for a terminal."""
    rows = [(one.subject, *_cells(one.wire())) for one in figures]
    head = ("subject", "what", "median", "least", "most", "bound", "")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return "\n".join(_line(row, widths) for row in (head, *rows))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    left, right = list(zip(row, widths, strict=True))[:2], list(zip(row, widths, strict=True))[2:]
    return "  ".join(
        [*(cell.ljust(width) for cell, width in left), *(cell.rjust(width) for cell, width in right)]
    ).rstrip()


def _cells(one: dict[str, Any]) -> tuple[str, ...]:
    value, unit, gate = one["value"], one["unit"], one["gate"]
    bound = "" if gate is None else f"{gate['relation']} {number(gate['bound'])} {unit}".rstrip()
    verdict = {None: "", True: "kept", False: "MISSED"}[one["passed"]]
    shown = [f"{number(value[key])} {unit}".rstrip() for key in ("median", "least", "most")]
    return (one["of"], *shown, bound, verdict)


def number(value: float) -> str:
    """Three figures that mean something; thousands apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 or value == 0 else f"{value:.1e}"
