"""One run of measurements: which subjects, what is printed, what is written."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

from bench import results
from bench.figures import Figure
from bench.results import Report


class NotHere(Exception):
    """What a subject needs is not here; the text says what."""


class Place(Protocol):
    """What the subjects measure on; `ends` closes it."""

    ends: ExitStack


@dataclass(frozen=True)
class Program:
    """A package of subjects, each a module with `measure(place)`, in the order in which they are measured."""

    package: str
    subjects: Sequence[str]
    report: Report


def main(program: Program, place: Place, *, small: bool) -> int:
    """Measures the subjects, or those that `BENCH` names; prints; writes what was measured at full size.

    The exit code is 1 where a bound was missed or a subject could not be measured.
    """
    wanted = tuple(one for one in os.environ.get("BENCH", "").split(",") if one) or program.subjects
    if unknown := set(wanted) - set(program.subjects):
        print(f"No such subject: {', '.join(sorted(unknown))}. There are {', '.join(program.subjects)}.")
        return 2
    # What was started is ended by whoever ends this, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    figures, broken = _measure(program, wanted, place)
    print("\n" + results.as_table(figures))
    missed = [one for one in figures if one.passed is False]
    print(f"\n{len(figures)} figures in {time.monotonic() - began:.0f} s; bounds missed: {len(missed)}")
    if broken:
        print(f"Not measured: {', '.join(broken)}")
    elif figures and not small:
        results.write(figures, program.report)
        print(f"Written: {program.report.file.name}, {program.report.page.name}")
    return 1 if missed or broken else 0


def _measure(program: Program, wanted: Sequence[str], place: Place) -> tuple[list[Figure], list[str]]:
    """The figures of these subjects, and the subjects that failed (their traceback is printed)."""
    figures: list[Figure] = []
    broken: list[str] = []
    with place.ends:
        for name in (one for one in program.subjects if one in wanted):
            began = time.monotonic()
            print(f"{name} …", flush=True)
            try:
                figures += importlib.import_module(f"{program.package}.subjects.{name}").measure(place)
            except NotHere as missing:
                print(f"{name} is left out: {missing}")
                continue
            except Exception:  # noqa: BLE001 - the top of the loop: one subject must not take the others with it
                traceback.print_exc()
                broken.append(name)
            print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    return figures, broken
