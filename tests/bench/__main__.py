"""`make bench`: all subjects, or those that `BENCH=lists,logs` names. `BENCH_SMALL=1` tries them with small sizes.

A run at full size writes the result files, of the subjects that it measured. The exit code is 1 where a bound was
missed or a subject could not be measured.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
import traceback

from bench import results
from bench.figures import Figure
from bench.place import SMALL, Place, Sizes

SUBJECTS = ("machine", "start", "lists", "creation", "first_line", "logs", "lab", "requests", "spawn")


def main() -> int:
    """Measures, prints, writes."""
    wanted = tuple(one for one in os.environ.get("BENCH", "").split(",") if one) or SUBJECTS
    small = bool(os.environ.get("BENCH_SMALL"))
    if unknown := set(wanted) - set(SUBJECTS):
        print(f"No such subject: {', '.join(sorted(unknown))}. There are {', '.join(SUBJECTS)}.")
        return 2
    # What was started is ended by whoever ends this, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    figures, broken = measure(wanted, SMALL if small else Sizes())
    print("\n" + results.as_table(figures))
    missed = [one for one in figures if one.passed is False]
    print(f"\n{len(figures)} figures in {time.monotonic() - began:.0f} s; bounds missed: {len(missed)}")
    if broken:
        print(f"Not measured: {', '.join(broken)}")
    elif not small:
        results.write(figures)
        print(f"Written: {results.FILE.name}, {results.PAGE.name}")
    return 1 if missed or broken else 0


def measure(wanted: tuple[str, ...], sizes: Sizes) -> tuple[list[Figure], list[str]]:
    """The figures of these subjects, and the subjects that failed (their traceback is printed)."""
    figures: list[Figure] = []
    broken: list[str] = []
    place = Place(sizes, lambda said: print(f"  … {said}", flush=True))
    with place.ends:
        for name in (one for one in SUBJECTS if one in wanted):
            began = time.monotonic()
            print(f"{name} …", flush=True)
            try:
                figures += importlib.import_module(f"bench.subjects.{name}").measure(place)
            except Exception:  # noqa: BLE001 - the top of the loop: one subject must not take the others with it
                traceback.print_exc()
                broken.append(name)
            print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    return figures, broken


if __name__ == "__main__":
    sys.exit(main())
