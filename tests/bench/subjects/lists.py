"""Long lists: pages of environments and zones under a steady load, and one item beside one of the hub's own list."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from statistics import median

import httpx

from bench import seeds
from bench.figures import Figure, Names, compared, figure
from bench.loads import at_rate, one_by_one
from bench.machine import loading_from, pinned
from bench.place import MEMBER, Place
from bench.spreads import in_turn, percentile

SUBJECT = "lists"
RATE = 20.0
PAGE, LARGEST = 50, 200
PAGES, TURNS = 10, 5
"""Of the comparison: pages a measurement, pairs of measurements a round."""


def measure(place: Place) -> list[Figure]:
    """Environments, zones, and the comparison."""
    platform = place.crowded
    headers = {"Authorization": f"token {platform.token(MEMBER)}"}
    base = f"{platform.url}/services/gemini/api/v1"
    with httpx.Client(base_url=base, headers=headers, timeout=60) as client:
        pages = cursors(client, PAGE, 40)
    addresses = cycle([f"{base}/dev-environments?limit={PAGE}{one}" for one in pages])
    listed = f"environments, pages of {PAGE} of {place.sizes.environments:,}, {RATE:g} a second"
    return [
        *_latencies(place, listed, addresses, headers, 100),
        *_latencies(place, f"zones, {RATE:g} a second", cycle([f"{base}/availability-zones"]), headers, 50),
        *_beside_the_hub(place, base, headers),
    ]


def cursors(client: httpx.Client, limit: int, most: int) -> list[str]:
    """The cursors of the first pages as they stand in an address, the first page's (none) included."""
    found, cursor = [""], None
    while len(found) < most:
        given = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        cursor = client.get("/dev-environments", params=given).raise_for_status().json()["page"]["next"]
        if cursor is None:
            break
        found.append(f"&cursor={cursor}")
    return found


def _latencies(
    place: Place, of: str, addresses: Iterator[str], headers: dict[str, str], milliseconds: float
) -> list[Figure]:
    rounds = [at_rate(addresses, headers, RATE, place.sizes.requests) for _ in range(place.sizes.rounds)]
    every = [1000 * one for taken in rounds for one in taken]
    return [
        figure(SUBJECT, f"{of}: median", "ms", [1000 * median(taken) for taken in rounds]),
        figure(SUBJECT, f"{of}: p99 of {len(every)}", "ms", [percentile(every, 0.99)], "<", milliseconds),
    ]


def _beside_the_hub(place: Place, base: str, headers: dict[str, str]) -> list[Figure]:
    platform, hub = place.platform, place.hub
    with httpx.Client(base_url=base, headers=headers, timeout=60) as client:
        pages = [f"/dev-environments?limit={LARGEST}{one}" for one in cursors(client, LARGEST, PAGES)]
    lists = [f"/users?limit={LARGEST}&offset={number * LARGEST}" for number in range(len(pages))]
    per = 1_000_000 / LARGEST / len(pages)

    def ours() -> float:
        return per * sum(one_by_one(base, headers, pages))

    def theirs() -> float:
        return per * sum(one_by_one(f"{hub.url}/hub/api", hub.headers, lists))

    with (
        pinned(platform.pid("control"), platform.pid("proxy"), hub.pid, hub.proxy.pid) as core,
        loading_from(core),
    ):
        for warm_up in (ours, theirs):
            warm_up()
        pairs = in_turn(TURNS * place.sizes.rounds, ours, theirs)
        changed = [per * sum(_each_after_a_change(place, base, headers, pages)) for _ in range(place.sizes.rounds)]
    names = Names(
        f"one environment in a page of {LARGEST}",
        f"one person in the hub's /users, page of {LARGEST} of as many",
        "environment in our list / person in the hub's",
    )
    return [
        *compared(SUBJECT, names, "µs", pairs, "≤", 0.1),
        figure(SUBJECT, "one environment, where something was changed before each page", "µs", changed),
    ]


def _each_after_a_change(place: Place, base: str, headers: dict[str, str], pages: list[str]) -> list[float]:
    """Seconds of each page, none of which can come from memory: a row was written before."""
    taken = []
    for page in pages:
        seeds.touch(place.platform.home, str(place.environment["id"]))
        taken += one_by_one(base, headers, [page])
    return taken
