"""Live copies of a cluster's objects: nothing is missed, whatever happens to the watch."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from cluster_fixture import CONFIG_MAPS, Wire
from gemini_control.backends.kubernetes import api, informer
from gemini_control.backends.kubernetes.api import Cluster, Kind, Unreachable
from gemini_control.backends.kubernetes.informer import Informer

pytestmark = pytest.mark.cluster


@pytest.fixture
def label() -> str:
    """Of the objects of one try of a test alone."""
    return f"test-{secrets.token_hex(4)}"


async def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Return when it is so."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def watching(cluster: Cluster, label: str, kind: Kind = CONFIG_MAPS) -> AsyncIterator[Informer]:
    """An informer of the objects of one test."""
    one = Informer(cluster, kind, labels=f"test={label}")
    await one.start()
    try:
        await one.wait(20)
        yield one
    finally:
        await one.stop()


async def put(cluster: Cluster, label: str, name: str, value: str = "1") -> None:
    """Make or change one."""
    labels = {**api.OURS, "test": label}
    await cluster.apply(CONFIG_MAPS, {"metadata": {"name": f"{label}-{name}", "labels": labels}, "data": {"v": value}})


async def put_queue(cluster: Cluster, label: str, name: str) -> None:
    """Make a queue that leads nowhere."""
    metadata = {"name": name, "labels": {**api.OURS, "test": label}}
    await cluster.apply(api.LOCAL_QUEUES, {"metadata": metadata, "spec": {"clusterQueue": "nowhere"}})


async def test_what_is_there_and_what_changes_is_told_once(cluster: Cluster, label: str) -> None:
    """Covers: TRAIN-12."""
    first, second = f"{label}-a", f"{label}-b"
    await put(cluster, label, "a")
    await put(cluster, f"{label}-else", "a")
    async with watching(cluster, label) as one:
        assert set(one.all()) == {first}
        told: list[str] = []
        end = one.subscribe(told.append)
        await put(cluster, label, "b")
        await until(lambda: one.get(second) is not None)
        await put(cluster, label, "b", "2")
        await until(lambda: (one.get(second) or {})["data"] == {"v": "2"})
        await put(cluster, label, "b", "2")
        await cluster.delete(CONFIG_MAPS, first)
        await until(lambda: one.get(first) is None)
        assert told == [second, second, first, first], "a deletion begins and ends"
        end()
        await put(cluster, label, "c")
        await until(lambda: one.get(f"{label}-c") is not None)
        assert len(told) == 4
        assert "managedFields" not in one.all()[second]["metadata"]


async def test_a_watch_that_breaks_goes_on_without_a_gap(wire: Wire, cluster: Cluster, label: str) -> None:
    """Covers: TRAIN-12."""
    first, second = f"{label}-a", f"{label}-b"
    client = Cluster(cluster.namespace, wire.kubeconfig)
    lists = count_lists(client)
    try:
        async with watching(client, label) as one:
            gone: list[str] = []
            one.subscribe_objects(lambda name, found, away: gone.append(name) if away else None)
            await put(cluster, label, "a")
            await until(lambda: one.get(first) is not None)
            wire.cut()
            await until(lambda: one.last_error is not None)
            assert not one.live and one.get(first) is not None
            await cluster.delete(CONFIG_MAPS, first)
            await put(cluster, label, "b")
            wire.mend()
            await until(lambda: one.live and one.get(second) is not None and gone == [first])
            assert len(lists) == 1, "it went on where it was"
    finally:
        await client.close()


async def test_what_the_cluster_forgot_is_listed_again(wire: Wire, cluster: Cluster, label: str) -> None:
    """Covers: TRAIN-12."""
    first, second = f"{label}-a", f"{label}-b"
    client = Cluster(cluster.namespace, wire.kubeconfig)
    try:
        async with watching(client, label, api.LOCAL_QUEUES) as one:
            await put_queue(cluster, label, first)
            await until(lambda: one.get(first) is not None)
            wire.cut()
            await until(lambda: one.last_error is not None)
            lists = count_lists(client)
            # As after hours without a connection. A new cluster may know its first moment still, but not of a kind
            # that was not there then.
            one._version = "1"
            await put_queue(cluster, label, second)
            wire.mend()
            await until(lambda: one.live and one.get(second) is not None)
            assert len(lists) == 1
            assert set(one.all()) == {first, second}
    finally:
        await client.close()


async def test_an_api_that_is_away_is_asked_ever_more_rarely(
    wire: Wire, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Covers: TRAIN-12."""
    monkeypatch.setattr(informer, "LONGEST_PAUSE", 1.0)
    client = Cluster(cluster.namespace, wire.kubeconfig)
    try:
        async with watching(client, "away") as one:
            wire.cut()
            await until(lambda: one.last_error is not None)
            before, began = wire.connections, time.monotonic()
            await until(lambda: wire.connections - before >= 6, 60)
            assert time.monotonic() - began > 2, "slower than six at once: pauses that grow to a second"
            wire.mend()
            await until(lambda: one.live)
    finally:
        await client.close()


async def test_a_kind_that_is_not_there_is_said_and_not_waited_for(cluster: Cluster) -> None:
    """Covers: TRAIN-12."""
    one = Informer(cluster, Kind("gemini.io/v1", "nothings", "Nothing"))
    await one.start()
    try:
        await until(lambda: one.last_error is not None)
        with pytest.raises(Unreachable, match="not found"):
            await one.wait(1)
        assert not one.synced
    finally:
        await one.stop()


def count_lists(cluster: Cluster) -> list[str]:
    """The lists that a client makes from now on."""
    lists: list[str] = []
    real = cluster.list

    async def counted(kind: Kind, *rest: str | None) -> object:
        lists.append(kind.plural)
        return await real(kind, *rest)  # type: ignore[arg-type]

    cluster.list = counted  # type: ignore[assignment, method-assign]
    return lists


async def test_a_watch_that_begins_again_waits_for_what_is_now(cluster: Cluster, label: str) -> None:
    """A replica that leads once more must not act on what it saw when it led before. Covers: TRAIN-12."""
    first, second = f"{label}-a", f"{label}-b"
    await put(cluster, label, "a")
    async with watching(cluster, label) as one:
        await one.stop()
        await cluster.delete(CONFIG_MAPS, first)
        async with asyncio.timeout(60):
            while await cluster.get(CONFIG_MAPS, first) is not None:
                await asyncio.sleep(0.05)
        await put(cluster, label, "b")
        await one.start()
        assert not one.synced
        await one.wait(20)
        assert second in one.all() and first not in one.all()
