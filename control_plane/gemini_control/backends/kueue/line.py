"""Kueue as the platform's line: reservations are Workloads of our own, a task's Workload is found by its owner."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gemini_core import queues
from gemini_core.cluster_plan import ClusterPlan
from gemini_core.ids import of_kind
from gemini_core.queueing import Capacity
from gemini_core.queues import ENVIRONMENT, SINCE, Reservation
from gemini_core.standings import GONE, Standing, standing_of

from gemini_control.backends.kubernetes.api import (
    JOBSETS,
    WORKLOADS,
    Cluster,
    ClusterError,
    Exists,
    Object,
    Unreachable,
    is_ours,
)
from gemini_control.backends.kubernetes.informer import Informer
from gemini_control.backends.kueue.nodes import Nodes
from gemini_control.backends.kueue.tree import Tree
from gemini_control.backends.lines import LineAway, LineRefused, Membership, Queues

FIRST_SIGHT = 20.0
log = logging.getLogger("gemini.line")


class KueueLine:
    """`backends.lines.Line` over the Workloads of the work namespace."""

    def __init__(self, cluster: Cluster, plan: ClusterPlan, nodes: Nodes, tree: Tree) -> None:
        self.cluster = cluster
        self.plan = plan
        self.nodes = nodes
        self.tree = tree
        self.informer = Informer(cluster, WORKLOADS, keep=_kept)
        self._workloads: dict[str, tuple[str, Standing]] = {}
        self._listeners: list[Callable[[str], None]] = []
        self._flavors = {flavor.name: flavor for flavor in queues.flavors(plan)}
        self.informer.subscribe_objects(self._seen)
        nodes.subscribe(lambda: self._tell(""))

    @property
    def live(self) -> bool:
        """Whether the watch stands."""
        return self.informer.live

    async def start(self) -> None:
        """Begin to watch the Workloads."""
        await self.informer.start()
        try:
            await self.informer.wait(FIRST_SIGHT)
        except ClusterError as error:
            log.warning("The cluster's queue cannot be seen yet: %s", error)

    async def stop(self) -> None:
        """End the watch."""
        await self.informer.stop()

    def subscribe(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Each change of a Workload of ours, and "" for each of the inventory."""
        self._listeners.append(changed)

        def end() -> None:
            if changed in self._listeners:
                self._listeners.remove(changed)

        return end

    def standing(self, holder: str) -> Standing:
        """By the newest Workload of that holder."""
        return self._workloads.get(holder, ("", GONE))[1]

    def holders(self) -> frozenset[str]:
        """Of all Workloads of ours."""
        return frozenset(self._workloads)

    async def reserve(self, wanted: Reservation) -> None:
        """A Workload named like the environment."""
        self.queue_of(wanted.workspace, wanted.person)
        self.check(wanted.zone, wanted.gpu_type if wanted.gpu_count else None)
        manifest = queues.make_reservation(self.plan, wanted)
        with _spoken():
            try:
                made = await self.cluster.create(WORKLOADS, manifest)
            except Exists:
                made = await self._there(wanted)
        self.informer.learn(made)

    async def leave(self, environment_id: str) -> None:
        """Delete the Workload of that name, if it is ours."""
        found = self.informer.get(environment_id)
        if found is None or not is_ours(found) or found["metadata"].get("deletionTimestamp"):
            return
        with _spoken():
            await self.cluster.delete(WORKLOADS, environment_id, str(found["metadata"]["uid"]))

    def queue_of(self, workspace: str, person: str) -> str:
        """The local queue of that membership."""
        name = queues.queue_name(self.plan, workspace, person)
        fault = self.tree.fault(name)
        if fault:
            raise LineRefused("", foreign=fault)
        return name

    def check(self, zone_id: str | None, card: str | None) -> None:
        """By the plan: without its zone a JobSet would be placed anywhere."""
        zone = self.plan.zone(zone_id or "")
        if zone is None or (card is not None and zone.card(card) is None):
            raise LineRefused("", unknown=str(zone_id if zone is None else card))

    def capacity(self, zone_id: str | None) -> Capacity:
        """What the nodes of a zone have."""
        return self.nodes.inventory.of(zone_id)

    def largest(self, zone_id: str) -> Capacity:
        """What the largest node of a zone has."""
        return self.nodes.inventory.largest_of(zone_id)

    def zones(self) -> tuple[str, ...]:
        """Those of the plan."""
        return tuple(zone.id for zone in self.plan.zones)

    def placement(self, standing: Standing) -> dict[str, Any]:
        """The nodes and tolerations of the flavors that Kueue chose."""
        chosen = [self._flavors[name] for name in standing.flavors if name in self._flavors]
        labels = {key: value for flavor in chosen for key, value in flavor.node_labels.items()}
        tolerations = [dict(one) for flavor in chosen for one in flavor.tolerations]
        unique = [one for place, one in enumerate(tolerations) if one not in tolerations[:place]]
        return {"nodeLabels": labels, "tolerations": unique, "uid": standing.uid}

    async def _there(self, wanted: Reservation) -> Object:
        """What stands there already, where it is this very reservation."""
        found = await self.cluster.get(WORKLOADS, wanted.environment)
        if found is None:
            raise Unreachable("the reservation came and went")
        if not is_ours(found):
            raise LineRefused("", foreign=f"Workload {wanted.environment}")
        since = (found["metadata"].get("annotations") or {}).get(SINCE, "")
        if since == wanted.since and not found["metadata"].get("deletionTimestamp"):
            return found
        await self.cluster.delete(WORKLOADS, wanted.environment, str(found["metadata"]["uid"]))
        raise LineAway("an earlier reservation is being taken away")

    def _seen(self, name: str, found: Object, gone: bool) -> None:
        holder = holder_of(found)
        if holder is None:
            return
        if not gone:
            since = (found["metadata"].get("annotations") or {}).get(SINCE, "")
            self._workloads[holder] = name, standing_of(found, since)
        elif self._workloads.get(holder, ("",))[0] == name:
            del self._workloads[holder]
        self._tell(holder)

    def _tell(self, holder: str) -> None:
        for listener in tuple(self._listeners):
            listener(holder)


def make_queues(cluster: Cluster, plan: ClusterPlan, nodes: Nodes, members: Membership) -> Queues:
    """Kueue as the line of a cluster, with the tree that keeps its queues. Whoever gives `nodes` starts them."""
    tree = Tree(cluster, plan, members, nodes)
    return Queues(KueueLine(cluster, plan, nodes, tree), leading=(tree,))


def holder_of(workload: Object) -> str | None:
    """Whose Workload it is: an environment's by our label and its name, a task's by the JobSet that owns it."""
    metadata = workload["metadata"]
    for owner in metadata.get("ownerReferences") or ():
        if owner.get("kind") == JOBSETS.name and of_kind(str(owner.get("name", "")), "task"):
            return str(owner["name"])
    environment = (metadata.get("labels") or {}).get(ENVIRONMENT)
    return environment if is_ours(workload) and environment == metadata["name"] else None


@contextmanager
def _spoken() -> Iterator[None]:
    try:
        yield
    except Unreachable as error:
        raise LineAway(str(error)) from error
    except ClusterError as error:
        raise LineRefused(str(error)) from error


def _kept(found: Object) -> Object:
    wanted = ("name", "uid", "labels", "annotations", "ownerReferences", "deletionTimestamp", "creationTimestamp")
    status = found.get("status") or {}
    return {
        "metadata": {key: found["metadata"][key] for key in wanted if key in found["metadata"]},
        "spec": {"active": found.get("spec", {}).get("active", True)},
        "status": {key: status[key] for key in ("conditions", "admission") if key in status},
    }
