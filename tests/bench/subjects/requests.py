"""Requests to the hub that we configure, beside the hub that nobody configures, by wrk with cores apart.

Both are asked by somebody who has no server, in short turns: what else the machine does then falls on both. The
processor time that hub and proxy take is told beside it, since it hardly depends on what else runs.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field

import psutil

from bench.figures import Figure, Names, compared, figure
from bench.machine import pinned
from bench.place import MEMBER, Place
from bench.spreads import in_turn

SUBJECT = "requests"
CONNECTIONS = 8
TURNS = 5
"""Pairs a round."""
PATHS = ("/hub/api/user", "/hub/health")


@dataclass
class Side:
    """A hub and its proxy (`pids`), asked with `token`; `cost` collects µs of processor time of both a request."""

    url: str
    token: str
    pids: tuple[int, int]
    cost: list[float] = field(default_factory=list)

    def load(self, path: str, seconds: int, core: int | None) -> float:
        """Requests a second of one path; wrk runs on `core`."""
        apart = [] if core is None else ["taskset", "-c", str(core)]
        wrk = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s"]
        argv = [*apart, *wrk, "-H", f"Authorization: token {self.token}", self.url + path]
        before = self._processor_seconds()
        said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        assert "Non-2xx" not in said, said
        count, rate = re.search(r"(\d+) requests in", said), re.search(r"Requests/sec:\s+([0-9.]+)", said)
        assert count and rate, said
        self.cost.append(1_000_000 * (self._processor_seconds() - before) / int(count[1]))
        return float(rate[1])

    def _processor_seconds(self) -> float:
        return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in self.pids)


def measure(place: Place) -> list[Figure]:
    """Each path with a person's own token."""
    platform, hub = place.platform, place.plain_hub
    ours = Side(platform.url, platform.token(MEMBER), (platform.pid("hub"), platform.pid("proxy")))
    theirs = Side(hub.url, hub.person_token(), (hub.pid, hub.proxy.pid))
    with pinned(*ours.pids, *theirs.pids) as core:
        return [one for path in PATHS for one in _compare(place, ours, theirs, path, core)]


def _compare(place: Place, ours: Side, theirs: Side, path: str, core: int | None) -> list[Figure]:
    seconds = place.sizes.wrk_seconds
    for side in (ours, theirs):
        side.load(path, seconds, core)  # warm
        side.cost.clear()
    turns = [lambda side=side: side.load(path, seconds, core) for side in (ours, theirs)]
    pairs = in_turn(TURNS * place.sizes.rounds, *turns)
    names = Names(f"{path}, hub with us", f"{path}, bare hub", f"{path}: with us / bare")
    costs = [one / other for one, other in zip(ours.cost, theirs.cost, strict=True)]
    return [
        *compared(SUBJECT, names, "requests/s", pairs, "≥", 0.95),
        figure(SUBJECT, f"{path}, hub with us: processor time", "µs", list(ours.cost)),
        figure(SUBJECT, f"{path}: processor time with us / bare", "×", costs),
    ]
