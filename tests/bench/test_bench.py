"""The measurements measure: tried with small sizes, on real parts."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import cycle
from pathlib import Path

import httpx
import psutil
import pytest
from bench_cluster.report import CLUSTER
from control_plane.conftest import engine, fresh_database, home, hub, lab, platform, world
from control_plane.world import DATASET, Lab

from bench import machine, results, seeds
from bench.figures import Names, compared, figure
from bench.loads import at_rate, one_by_one
from bench.peers import BareHub
from bench.spreads import Pairs, in_turn, percentile
from bench.subjects.lists import cursors
from bench.viewers import Stream, stalled, watching

__all__ = ["engine", "fresh_database", "home", "hub", "lab", "platform", "world"]
HERE = Path(__file__).parent


def test_pairs_are_measured_in_turn() -> None:
    """Neither of two things is always the second."""
    order: list[str] = []
    pairs = in_turn(4, lambda: order.append("a") or 2.0, lambda: order.append("b") or 4.0)
    assert "".join(order) == "abbaabba"
    assert pairs.ratios == [0.5] * 4
    assert percentile([float(one) for one in range(1, 101)], 0.99) == 100


def test_the_median_decides_and_the_page_says_it() -> None:
    """A bound is kept or missed by the median; the table and the page say which."""
    names = Names("ours", "theirs", "ours / theirs")
    figures = compared("lists", names, "ms", Pairs([1, 2, 30], [10, 10, 10]), "≤", 0.1)
    figures.append(figure("lists", "kept", "ms", [1, 2, 30], "<", 3))
    assert [one.passed for one in figures] == [None, None, False, True]
    page, table = results.as_page(results.as_json(figures), results.PLATFORM), results.as_table(figures)
    assert "| ours / theirs | 0.2 × | 0.1 × | 3 × | ≤ 0.1 × | MISSED |" in page
    assert table.splitlines()[-1].split()[-4:] == ["<", "3", "ms", "kept"]


@pytest.mark.parametrize("report", [results.PLATFORM, CLUSTER], ids=["one machine", "a cluster"])
def test_the_page_is_of_the_result(report: results.Report) -> None:
    """What people read and what machines read is one run."""
    result = results.read(report.file)
    assert results.as_page(result, report) == report.page.read_text()
    assert {one["subject"] for one in result["figures"]} <= set(report.subjects)


def test_the_controls(tmp_path: Path) -> None:
    """Disk and loopback."""
    assert len(machine.durable_writes(tmp_path, 5)) == 5
    assert machine.sequential_write(tmp_path, 2) > 0
    assert all(0 < one < 1 for one in machine.round_trips(10))
    assert list(tmp_path.iterdir()) == []


def test_a_bare_hub_takes_its_proxy_with_it(tmp_path: Path) -> None:
    """Each start starts a proxy of its own, also after a stop that came at once: else an old one would answer."""
    hub = BareHub(tmp_path)
    try:
        hub.start()
        first = hub.proxy.pid
        hub.stop()
        assert not psutil.pid_exists(first)
        assert hub.start() > 0
        assert hub.proxy.pid != first
    finally:
        hub.stop()


async def test_what_is_touched_has_changed(world: Lab) -> None:
    """Covers: API-5. What readers remember is forgotten after it."""
    environment = (await world.running())["id"]
    with closing(sqlite3.connect(world.platform.home / "control.sqlite")) as reader:
        (before,) = reader.execute("PRAGMA data_version").fetchone()
        await asyncio.to_thread(seeds.touch, world.platform.home, environment)
        (after,) = reader.execute("PRAGMA data_version").fetchone()
    assert before != after


async def test_many_environments_are_listed_under_load(world: Lab) -> None:
    """Covers: API-5. What was written through the real store is listed, each once, by pages and by a steady load."""
    template = (await world.running(datasets=[{"datasetId": DATASET}]))["id"]
    await asyncio.to_thread(seeds.environments, world.platform.home, template, "colleague", 120)
    headers = {"Authorization": "token token-of-colleague"}
    base = world.platform.url("").rstrip("/") + "/api/v1"

    def measured() -> tuple[list[str], list[float], list[float]]:
        with httpx.Client(base_url=base, headers=headers) as client:
            pages = [f"/dev-environments?limit=50{one}" for one in cursors(client, 50, 10)]
            addresses: Iterator[str] = cycle([base + one for one in pages])
            return pages, at_rate(addresses, headers, 50, 20), one_by_one(base, headers, pages)

    pages, steady, each = await asyncio.to_thread(measured)
    assert (len(pages), len(steady), len(each)) == (3, 20, 3)
    found = (await world.platform.ask("GET", "/dev-environments?limit=200", "colleague")).json
    assert found["page"] == {"next": None, "total": 120}
    assert len({one["id"] for one in found["data"]}) == 120
    assert {one["mounts"][0]["assetName"] for one in found["data"]} == {"digits"}


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside one that reads nothing"])
async def test_viewers_count_lines(tmp_path: Path, beside: bool) -> None:
    """Covers: TRAIN-8. All lines of a stream are seen by all."""
    (tmp_path / "log").write_text("one line\n" * 5000)
    argv = [sys.executable, str(HERE / "plain_stream.py"), str(tmp_path / "log")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        stream = Stream(f"http://127.0.0.1:{int(process.stdout.readline())}/", "nobody")
        async with asyncio.timeout(60), watching(stream, 2) as viewers:
            if beside:
                async with stalled(stream):
                    await asyncio.gather(*(one.see(5000) for one in viewers))
            else:
                await asyncio.gather(*(one.see(5000) for one in viewers))
        process.terminate()
    assert [one.seen for one in viewers] == [5000, 5000]
