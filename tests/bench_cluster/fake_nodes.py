"""Nodes that only pretend to run pods (kwok), made by the program that `GEMINI_FAKE_NODES` names, and their pods' ends.

The program takes a number, and resources as `NAME=COUNT`; 0 takes all of them away.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from gemini_control.backends.kubernetes.api import PODS, Cluster, ClusterError, Object

from bench_cluster.watching import Seen
from bench_cluster.world import CARD, make_zone

VARIABLE = "GEMINI_FAKE_NODES"
RESOURCE = "bench.gemini.io/card"
CARDS = 8
TOLERATION = {"key": "kwok.x-k8s.io/node", "operator": "Exists", "effect": "NoSchedule"}
LABELS = {"type": "fake"}
AT_ONCE = 8


def program() -> str | None:
    """The program; None where nobody named one."""
    return os.environ.get(VARIABLE)


@contextmanager
def made(count: int) -> Iterator[dict[str, Any]]:
    """So many nodes with cards; the zone of them."""
    command = program()
    assert command is not None
    subprocess.run([command, str(count), f"{RESOURCE}={CARDS}"], check=True, capture_output=True)
    try:
        card = {"type": CARD, "memoryGb": 80, "resource": RESOURCE}
        yield make_zone(nodeLabels=LABELS, tolerations=[TOLERATION], cards=[card])
    finally:
        subprocess.run([command, "0"], check=True, capture_output=True)


class Ends:
    """Ends pods, as their node would: they succeeded."""

    def __init__(self, cluster: Cluster, pods: Seen) -> None:
        self.cluster = cluster
        self.pods = pods
        self._ended: set[str] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)

    def running(self) -> list[str]:
        """Pods that run and were not ended."""
        found = self.pods.there.items()
        return [name for name, pod in found if name not in self._ended and pod["status"].get("phase") == "Running"]

    async def end_all(self) -> None:
        """End those that run, and each that comes to run, until this is cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                for name in self.running():
                    self._ended.add(name)
                    group.create_task(self._end(name))
                await asyncio.sleep(0.2)

    async def _end(self, name: str) -> None:
        async with self._slots:
            pod = self.pods.there.get(name)
            try:
                if pod is not None:
                    await self.cluster.patch(PODS, name, {"status": _succeeded(pod)}, "status")
            except ClusterError:
                self._ended.discard(name)  # it is seen running still, and ended again


def _succeeded(pod: Object) -> Object:
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    began = pod["status"].get("startTime", at)
    state = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": began, "finishedAt": at}}
    said = [{**one, "ready": False, "started": False, "state": state} for one in pod["status"]["containerStatuses"]]
    return {"phase": "Succeeded", "containerStatuses": said}
