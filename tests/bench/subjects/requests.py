"""Requests to the hub that we configure, beside the hub that nobody configures, by wrk with cores apart."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

from bench.figures import Figure, Names, compared
from bench.machine import pinned
from bench.place import OWNER, Place
from bench.spreads import in_turn

SUBJECT = "requests"
CONNECTIONS = 8
PATHS = ("/hub/api/user", "/hub/health")


def measure(place: Place) -> list[Figure]:
    """Each path with a person's own token."""
    platform, hub = place.platform, place.plain_hub
    tokens = platform.token(OWNER), hub.person_token()
    figures: list[Figure] = []
    with pinned(platform.pid("hub"), platform.pid("proxy"), hub.pid, hub.proxy_pid) as core:
        for path in PATHS:
            addresses = f"{platform.url}{path}", f"{hub.url}{path}"
            wrk = [load(place, core, *pair) for pair in zip(addresses, tokens, strict=True)]
            pairs = in_turn(place.sizes.rounds, *wrk)
            names = Names(f"{path}, hub with us", f"{path}, bare hub", f"{path}: with us / bare")
            figures += compared(SUBJECT, names, "requests/s", pairs, "≥", 0.95)
    return figures


def load(place: Place, core: int | None, address: str, token: str) -> Callable[[], float]:
    """Measures requests a second of one address; wrk runs on `core`."""
    apart = [] if core is None else ["taskset", "-c", str(core)]
    wrk = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{place.sizes.wrk_seconds}s"]
    argv = [*apart, *wrk, "-H", f"Authorization: token {token}", address]

    def measured() -> float:
        said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        assert "Non-2xx" not in said, said
        found = re.search(r"Requests/sec:\s+([0-9.]+)", said)
        assert found, said
        return float(found[1])

    return measured
