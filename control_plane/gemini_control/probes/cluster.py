"""What of a cluster the platform works with: its API, its nodes, Kueue and JobSet."""

from __future__ import annotations

import time

from gemini_core.health import Health, Verdict, of_api, of_extension, of_nodes

from gemini_control.backends.kubernetes.api import JOBSETS, LOCAL_QUEUES, Cluster, ClusterError, Kind, Object
from gemini_control.backends.kubernetes.backend import KubernetesBackend
from gemini_control.backends.kubernetes.informer import Informer
from gemini_control.probes.base import Fact, Finding, Probe, milliseconds

OK = 200
SILENT = Verdict(Health.FAILED, "kubernetes-silent")


class KubernetesProbe:
    """Its version, asked as everything is asked of it."""

    part = "kubernetes"
    overdue = SILENT

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    async def find(self) -> Finding:
        """Ask."""
        began = time.monotonic()
        try:
            version = (await self.cluster.read("/version")).get("gitVersion", "–")
        except ClusterError as error:
            return Finding(of_api(error.status, str(error)))
        took = milliseconds(time.monotonic() - began)
        facts = (Fact("version", str(version)), Fact("namespace", self.cluster.namespace), took)
        return Finding(of_api(OK, ""), facts)


class NodesProbe:
    """The nodes, as the watch has them."""

    part = "nodes"
    overdue = Verdict(Health.UNKNOWN, "nodes-unseen")

    def __init__(self, nodes: Informer) -> None:
        self.nodes = nodes

    async def find(self) -> Finding:
        """Count."""
        if not self.nodes.synced:
            return Finding(Verdict(Health.UNKNOWN, "nodes-unseen", detail=self.nodes.last_error))
        found = self.nodes.all()
        away = sorted(name for name, node in found.items() if not _is_ready(node))
        ready = len(found) - len(away)
        facts = [Fact("ready-nodes", str(ready))]
        facts += [Fact("not-ready", ", ".join(away[:5]) + (" …" if len(away) > 5 else ""))] if away else []
        return Finding(of_nodes(ready, len(found)), tuple(facts))


class ExtensionProbe:
    """Kueue or JobSet, by one kind of it in our namespace."""

    def __init__(self, part: str, cluster: Cluster, kind: Kind) -> None:
        self.part = part
        self.overdue = SILENT
        self.cluster = cluster
        self.kind = kind

    async def find(self) -> Finding:
        """List it."""
        try:
            items, _ = await self.cluster.list(self.kind)
        except ClusterError as error:
            return Finding(of_extension(error.status, self.kind.name, str(error)))
        facts = (Fact("kind", f"{self.kind.name} ({self.kind.version})"), Fact("there", str(len(items))))
        return Finding(of_extension(OK, self.kind.name, ""), facts)


def probes_of(backend: KubernetesBackend) -> tuple[Probe, ...]:
    """One for each part of the cluster."""
    return (
        KubernetesProbe(backend.api),
        NodesProbe(backend.nodes.informer),
        ExtensionProbe("kueue", backend.api, LOCAL_QUEUES),
        ExtensionProbe("jobset", backend.api, JOBSETS),
    )


def _is_ready(node: Object) -> bool:
    conditions = (node.get("status") or {}).get("conditions") or ()
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)
