"""Where the results of a cluster go."""

from __future__ import annotations

from pathlib import Path

from bench.results import DOCS, Report

_HEAD = """# Speed on a cluster

Measured by `make bench-cluster` on the cluster that `KUBECONFIG` names, with a control plane and a PostgreSQL of its
own beside it. A row gives the median, the least and the most; a bound is held by the median of a row.

Here the cluster, the control plane, the database and what measures all shared the cores of one machine, so that times
in which the cluster works are mostly the cluster's. This file is written by `make bench-cluster`; the numbers are in
`tests/bench_cluster/results.json`, too.
"""
_SUBJECTS = {
    "machine": "The machine's own limits",
    "spawner": "Starting an environment's pod",
    "submission": "Submitting a task",
    "queue": "Many tasks in the queue",
}
_NOTES = {
    "spawner": "From `start()` to the request that makes the pod, of the same pod, in turn: our spawner, which asks a "
    "control plane for the launch plan over HTTP, and KubeSpawner, which has the same as configuration.",
    "submission": "Over HTTP; the moment at which the JobSet is there is told by a watch of the measurement's own. All "
    "tasks wait behind an environment that holds its person's whole quota, so no pod is made meanwhile.",
    "queue": "Each task takes a whole node of eight cards. The nodes are kwok's, which only pretend to run pods, and "
    "the measurement ends the pods; API server, scheduler, Kueue and JobSet are real. Most of the time goes to "
    "Kueue, JobSet and the job controller, whose requests are throttled as they come. A first round with fewer tasks "
    "is the warm-up, then memory at rest is compared: before the many came, and after all of them have ended.",
}
CLUSTER = Report(Path(__file__).parent / "results.json", DOCS / "speed-cluster.md", _HEAD, _SUBJECTS, _NOTES)
