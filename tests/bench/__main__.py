"""`make bench`: all subjects, or those that `BENCH=lists,logs` names. `BENCH_SMALL=1` tries them with small sizes.

A run at full size writes the result files, of the subjects that it measured. The exit code is 1 where a bound was
missed or a subject could not be measured.
"""

from __future__ import annotations

import os
import sys

from bench.place import SMALL, Place, Sizes
from bench.results import PLATFORM
from bench.running import Program, main

SUBJECTS = ("machine", "start", "lists", "creation", "first_line", "logs", "lab", "requests", "spawn")

if __name__ == "__main__":
    small = bool(os.environ.get("BENCH_SMALL"))
    place = Place(SMALL if small else Sizes(), lambda said: print(f"  … {said}", flush=True))
    sys.exit(main(Program("bench", SUBJECTS, PLATFORM), place, small=small))
