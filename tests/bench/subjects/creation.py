"""Submitting a task: the answer comes when it is durable."""

from __future__ import annotations

import time
from statistics import median

import httpx

from bench.figures import Figure, figure
from bench.place import OWNER, Place
from bench.spreads import percentile

SUBJECT = "creation"
RATE = 5.0


def measure(place: Place) -> list[Figure]:
    """So many submissions at a steady rate; what they start runs meanwhile."""
    body = place.training("bench", "true")
    headers = {"Authorization": f"token {place.platform.token(OWNER)}"}
    taken: list[float] = []
    with httpx.Client(base_url=place.platform.api_url, headers=headers, timeout=60) as client:
        began = time.monotonic()
        for number in range(place.sizes.creations):
            time.sleep(max(0.0, began + number / RATE - time.monotonic()))
            sent = time.perf_counter()
            answer = client.post("/training-tasks", json={**body, "taskName": f"bench {number}"})
            taken.append(1000 * (time.perf_counter() - sent))
            assert answer.status_code == 200, answer.text
    of = f"a task submitted, durable, {RATE:g} a second"
    return [
        figure(SUBJECT, f"{of}: median", "ms", [median(taken)]),
        figure(SUBJECT, f"{of}: p99 of {len(taken)}", "ms", [percentile(taken, 0.99)], "<", 300),
    ]
