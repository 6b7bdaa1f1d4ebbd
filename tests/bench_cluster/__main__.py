"""`make bench-cluster`: all subjects, or those that `BENCH=queue` names. `BENCH_SMALL=1` tries them with small sizes.

On the cluster that KUBECONFIG names. A run at full size writes the result files, of the subjects that it measured.
"""

from __future__ import annotations

import os
import sys

from bench.running import Program, main

from bench_cluster.place import SMALL, Place, Sizes
from bench_cluster.report import CLUSTER

SUBJECTS = ("machine", "spawner", "submission", "queue")

if __name__ == "__main__":
    if not os.environ.get("KUBECONFIG"):
        sys.exit("KUBECONFIG names no cluster.")
    small = bool(os.environ.get("BENCH_SMALL"))
    place = Place(SMALL if small else Sizes(), lambda said: print(f"  … {said}", flush=True))
    sys.exit(main(Program("bench_cluster", SUBJECTS, CLUSTER), place, small=small))
