"""What the nodes of a cluster have, kept true by a watch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from gemini_core.cluster_plan import ClusterPlan
from gemini_core.inventory import Inventory, count, used_by
from gemini_core.queueing import Capacity

from gemini_control.backends.kubernetes.api import NODES, PODS, Cluster, ClusterError, Object, Refused
from gemini_control.backends.kubernetes.informer import Informer
from gemini_control.background import Loops

OTHERS = "!gemini.io/environment,!gemini.io/task"
NEIGHBOURS = "gemini.io/workspace"
"""People's work; elsewhere than in our namespace it is another installation's."""
ALIVE = "status.phase!=Succeeded,status.phase!=Failed,spec.nodeName!="
FIRST_SIGHT = 10.0
ASK_AGAIN = 300.0
"""How often (seconds) it is looked at what pods that are not ours use of the nodes."""
_ALL_PODS = replace(PODS, namespaced=False)
log = logging.getLogger("gemini.nodes")


class Nodes:
    """The inventory by zone. One of the platform's background works (`background.Background`)."""

    def __init__(self, cluster: Cluster, plan: ClusterPlan) -> None:
        self.cluster = cluster
        self.plan = plan
        self.informer = Informer(cluster, NODES, keep=_kept)
        self.inventory = Inventory()
        self._others: dict[str, Capacity] = {}
        self._blind = False
        self._asked = False
        self._listeners: list[Callable[[], None]] = []
        self._moved = asyncio.Event()
        self._loops = Loops()

    async def start(self) -> None:
        """Begin to watch; returns when the nodes were seen once, or cannot be seen now."""
        watched = self.informer.subscribe(lambda _: self._moved.set())
        await self.informer.start()
        try:
            await self.informer.wait(FIRST_SIGHT)
            await self._look()
        except ClusterError as error:
            log.warning("The nodes cannot be seen yet: %s", error)
        self._count()
        self._loops.begin(self._follow, self._ask, undo=[watched])

    async def stop(self) -> None:
        """End the watch."""
        await self._loops.end()
        await self.informer.stop()

    def subscribe(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` when the inventory has; the answer ends that."""
        self._listeners.append(changed)
        return lambda: self._listeners.remove(changed)

    async def _follow(self) -> None:
        while True:
            await self._moved.wait()
            self._moved.clear()
            self._count()

    async def _ask(self) -> None:
        while True:
            await asyncio.sleep(ASK_AGAIN if self._asked else FIRST_SIGHT)
            await self._look()
            self._count()

    def _count(self) -> None:
        if not self.informer.synced:
            return
        found = count(self.plan, self.informer.all().values(), self._others)
        if found != self.inventory:
            self.inventory = found
            log.info("The cluster has %s", dict(found.zones))
            for listener in tuple(self._listeners):
                listener()

    async def _look(self) -> None:
        try:
            pods, _ = await self.cluster.list(_ALL_PODS, OTHERS, ALIVE, keep=_asking)
            elsewhere = f"{ALIVE},metadata.namespace!={self.plan.namespace}"
            neighbours, _ = await self.cluster.list(_ALL_PODS, NEIGHBOURS, elsewhere, keep=_asking)
        except Refused as refused:
            # Without that right all of a node is counted: what is admitted then may wait for one.
            if not self._blind:
                log.warning("What other pods use is not counted: %s", refused)
            self._blind = self._asked = True
            return
        except ClusterError as error:
            log.warning("What other pods use cannot be seen now: %s", error)
            return
        self._others, self._asked = used_by([*pods, *neighbours]), True


def _kept(node: Object) -> Object:
    """What the inventory is counted from: a heartbeat changes nothing of it."""
    status, spec = node.get("status") or {}, node.get("spec") or {}
    metadata = {key: node["metadata"].get(key) for key in ("name", "uid", "labels")}
    ready = [
        {"type": "Ready", "status": one.get("status")}
        for one in status.get("conditions") or ()
        if one.get("type") == "Ready"
    ]
    return {
        "metadata": metadata,
        "spec": {"taints": spec.get("taints") or [], "unschedulable": bool(spec.get("unschedulable"))},
        "status": {"conditions": ready, "allocatable": status.get("allocatable") or {}},
    }


def _asking(pod: Object) -> Object:
    """What `used_by` reads."""
    containers = pod["spec"].get("containers") or ()
    asked = [{"resources": {"requests": (one.get("resources") or {}).get("requests")}} for one in containers]
    return {"spec": {"nodeName": pod["spec"].get("nodeName"), "containers": asked}}
