"""What operators are told of a real cluster's parts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cluster_fixture import Wire
from gemini_control.backends.kubernetes.api import JOBSETS, LOCAL_QUEUES, NODES, Cluster
from gemini_control.backends.kubernetes.informer import Informer
from gemini_control.probes.cluster import ExtensionProbe, KubernetesProbe, NodesProbe
from gemini_core.health import Health

pytestmark = pytest.mark.cluster


async def test_a_cluster_that_is_well(cluster: Cluster) -> None:
    """Covers: ADM-1. Its version, its nodes, Kueue and JobSet."""
    informer = Informer(cluster, NODES)
    nodes = NodesProbe(informer)
    assert (await nodes.find()).verdict.name == "nodes-unseen"
    await informer.start()
    await informer.wait(60)
    try:
        found = [
            await probe.find()
            for probe in (
                KubernetesProbe(cluster),
                ExtensionProbe("kueue", cluster, LOCAL_QUEUES),
                ExtensionProbe("jobset", cluster, JOBSETS),
            )
        ]
        assert [one.verdict.state for one in found] == [Health.OK] * 3
        assert found[0].facts[0].value.startswith("v1.")
        seen = await nodes.find()
        assert seen.verdict.name in ("nodes-ok", "nodes-some") and int(seen.facts[0].value) >= 1
    finally:
        await informer.stop()


async def test_what_is_missing_is_named(cluster: Cluster) -> None:
    """Covers: ADM-1. A kind that nobody serves: the extension is not installed."""
    found = await ExtensionProbe("kueue", cluster, replace(LOCAL_QUEUES, version="kueue.example/v1")).find()
    assert (found.verdict.state, found.verdict.name) == (Health.FAILED, "extension-missing")
    assert found.verdict.params == {"kind": "LocalQueue"}


async def test_an_api_that_does_not_answer(wire: Wire, cluster_namespace: str) -> None:
    """Covers: ADM-1. Said as such, and no guess of what is behind it; well again as soon as it answers."""
    cluster = Cluster(cluster_namespace, wire.kubeconfig)
    try:
        wire.cut()
        assert (await KubernetesProbe(cluster).find()).verdict.name == "kubernetes-silent"
        assert (await ExtensionProbe("jobset", cluster, JOBSETS).find()).verdict.name == "extension-silent"
        wire.mend()
        assert (await KubernetesProbe(cluster).find()).verdict.name == "kubernetes-ok"
    finally:
        await cluster.close()
