"""What `make bench-cluster` measures with, tried on a real cluster; its spawners are in `test_spawner`."""

from __future__ import annotations

import asyncio
import os
import secrets

import pytest
from bench_cluster.process import observed
from bench_cluster.watching import watching
from cluster_fixture import CONFIG_MAPS
from gemini_control.backends.kubernetes.api import Cluster

pytestmark = pytest.mark.cluster


async def test_what_comes_and_goes_is_seen(cluster: Cluster) -> None:
    """An object's moment is that of its coming, not of a change; one that never comes is named. Covers: PERF-2."""
    name = f"one-{secrets.token_hex(2)}"
    async with watching(cluster, CONFIG_MAPS) as seen:
        await cluster.create(CONFIG_MAPS, {"metadata": {"name": name}})
        await seen.until(lambda: name in seen.there, "it came", 60)
        came = seen.came[name]
        await cluster.patch(CONFIG_MAPS, name, {"data": {"a": "b"}})
        await seen.until(lambda: "data" in seen.there[name], "it changed", 60)
        assert seen.came[name] == came
        await cluster.delete(CONFIG_MAPS, name)
        await seen.until(lambda: name not in seen.there, "it went", 60)
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
