"""The client of a cluster's API, on a real one."""

from __future__ import annotations

import asyncio
import secrets

import pytest
from cluster_fixture import CONFIG_MAPS, Wire
from gemini_control.backends.kubernetes.api import (
    JOBSETS,
    OURS,
    PODS,
    Absent,
    Cluster,
    Exists,
    Foreign,
    Kind,
    Object,
    Refused,
    Unreachable,
)

pytestmark = pytest.mark.cluster


@pytest.fixture
def name() -> str:
    """Of one try of a test alone."""
    return f"test-{secrets.token_hex(4)}"


def settings(name: str, labels: dict[str, str] | None = None, **data: str) -> Object:
    """A ConfigMap: the plainest of objects."""
    return {"metadata": {"name": name, "labels": OURS if labels is None else labels}, "data": data}


async def test_an_object_is_made_once_and_what_is_there_is_answered(cluster: Cluster, name: str) -> None:
    """Covers: TRAIN-12."""
    made = await cluster.ensure(CONFIG_MAPS, settings(name, a="1"))
    again = await cluster.ensure(CONFIG_MAPS, settings(name, a="2"))
    assert again["metadata"]["uid"] == made["metadata"]["uid"]
    assert again["data"] == {"a": "1"}
    with pytest.raises(Exists):
        await cluster.create(CONFIG_MAPS, settings(name))


async def test_what_someone_changed_is_put_right_and_what_they_added_stays(cluster: Cluster, name: str) -> None:
    """Covers: RES-4."""
    await cluster.apply(CONFIG_MAPS, settings(name, a="1", b="1"))
    await cluster.patch(CONFIG_MAPS, name, {"data": {"a": "9", "theirs": "1"}})
    right = await cluster.apply(CONFIG_MAPS, settings(name, a="1"))
    assert right["data"] == {"a": "1", "theirs": "1"}, "b is no longer ours, theirs never was"


async def test_a_foreign_object_of_the_same_name_is_named_and_not_touched(cluster: Cluster, name: str) -> None:
    """Covers: TRAIN-12."""
    theirs = await cluster.create(CONFIG_MAPS, settings(name, {}, a="theirs"))
    for write in (cluster.ensure, cluster.apply):
        with pytest.raises(Foreign, match=f"ConfigMap {name}"):
            await write(CONFIG_MAPS, settings(name, a="ours"))
    assert await cluster.get(CONFIG_MAPS, name) == theirs


async def test_a_deletion_can_be_repeated_and_spares_a_successor(cluster: Cluster, name: str) -> None:
    """Covers: TRAIN-12."""
    first = await cluster.create(CONFIG_MAPS, settings(name))
    assert await cluster.delete(CONFIG_MAPS, name)
    async with asyncio.timeout(60):
        while await cluster.get(CONFIG_MAPS, name) is not None:  # what it owns goes first
            await asyncio.sleep(0.05)
    assert not await cluster.delete(CONFIG_MAPS, name)
    second = await cluster.create(CONFIG_MAPS, settings(name))
    assert not await cluster.delete(CONFIG_MAPS, name, uid=first["metadata"]["uid"])
    found = await cluster.get(CONFIG_MAPS, name)
    assert found is not None and found["metadata"]["uid"] == second["metadata"]["uid"]


async def test_a_long_list_comes_whole(cluster: Cluster, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: TRAIN-12."""
    monkeypatch.setattr("gemini_control.backends.kubernetes.api.PAGE", 3)
    for number in range(7):
        await cluster.create(CONFIG_MAPS, settings(f"{name}-{number}", {"many": name}))
    found, version = await cluster.list(CONFIG_MAPS, f"many={name}")
    assert sorted(one["metadata"]["name"] for one in found) == [f"{name}-{number}" for number in range(7)]
    assert version.isdigit()


async def test_what_the_api_refuses_says_why(cluster: Cluster) -> None:
    """Covers: TRAIN-9."""
    with pytest.raises(Refused, match=r"spec\.containers"):
        await cluster.create(PODS, {"metadata": {"name": "empty"}, "spec": {"containers": []}})
    with pytest.raises(Refused):
        await cluster.create(JOBSETS, {"metadata": {"name": "no-such-field"}, "spec": {"replicatedJobs": "many"}})
    with pytest.raises(Absent):
        await cluster.list(Kind("gemini.io/v1", "nothings", "Nothing"))
    assert await cluster.get(PODS, "nobody") is None


async def test_an_api_that_is_away_is_told_from_one_that_refuses(wire: Wire, cluster_namespace: str) -> None:
    """Covers: TRAIN-12."""
    client = Cluster(cluster_namespace, wire.kubeconfig)
    try:
        assert await client.get(PODS, "nobody") is None
        wire.cut()
        with pytest.raises(Unreachable):
            await client.get(PODS, "nobody")
        wire.mend()
        assert await client.get(PODS, "nobody") is None
    finally:
        await client.close()
