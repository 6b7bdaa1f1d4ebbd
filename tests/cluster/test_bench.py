"""What `make bench-cluster` measures with, tried on a real cluster; its spawners are in `test_spawner`."""

from __future__ import annotations

import asyncio
import os

import pytest
from bench_cluster.process import observed
from bench_cluster.watching import watching
from cluster_fixture import CONFIG_MAPS
from gemini_control.backends.kubernetes.api import Cluster

pytestmark = pytest.mark.cluster


async def test_what_comes_and_goes_is_seen(cluster: Cluster) -> None:
    """An object's moment is that of its coming, not of a change; one that never comes is named. Covers: PERF-2."""
    async with watching(cluster, CONFIG_MAPS) as seen:
        await cluster.create(CONFIG_MAPS, {"metadata": {"name": "one"}})
        await seen.until(lambda: "one" in seen.there, "it came", 10)
        came = seen.came["one"]
        await cluster.patch(CONFIG_MAPS, "one", {"data": {"a": "b"}})
        await seen.until(lambda: "data" in seen.there["one"], "it changed", 10)
        assert seen.came["one"] == came
        await cluster.delete(CONFIG_MAPS, "one")
        await seen.until(lambda: "one" not in seen.there, "it went", 10)
        with pytest.raises(TimeoutError, match="another came; seen"):
            await seen.until(lambda: "two" in seen.there, "another came", 0.1)


async def test_a_process_is_seen_from_outside() -> None:
    """Its most memory is kept."""
    async with observed(os.getpid(), 0.01) as process:
        before = process.memory()
        much = bytearray(64 * 2**20)
        await asyncio.sleep(0.1)
        del much
    assert process.most >= before + 60
