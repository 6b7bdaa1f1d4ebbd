"""A cluster as the place of work: a JobSet a task, beside the environments' pods that the hub's spawner makes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

from gemini_core import quantities
from gemini_core.cluster_plan import ClusterPlan
from gemini_core.ids import of_kind
from gemini_core.manifests import make_jobset, make_network_policy
from gemini_core.observations import Failure, Observation
from gemini_core.orders import Places
from gemini_core.queueing import Capacity
from gemini_core.reasons import Detail, Reason

from gemini_control.backends import paths
from gemini_control.backends.base import Inside, Shelter, StartFailed, TaskLaunch, Usage
from gemini_control.backends.kubernetes.api import (
    JOBSETS,
    NETWORK_POLICIES,
    PODS,
    Absent,
    Cluster,
    ClusterError,
    Foreign,
    Kind,
    Refused,
    Unreachable,
    is_ours,
)
from gemini_control.backends.kubernetes.launching import objects_of
from gemini_control.backends.kubernetes.sightings import Sightings, token_of
from gemini_control.backends.kueue.line import make_queues
from gemini_control.backends.kueue.nodes import Nodes
from gemini_control.backends.lines import Membership, Queues

FIRST_SIGHT = 15.0
STOP_PATIENCE = 60.0
"""Seconds beyond the grace until a stop is asked for again: a node may not answer."""
METRICS = "/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods/{name}"
METRICS_AGAIN = 60.0
_MADE = (JOBSETS, NETWORK_POLICIES)
log = logging.getLogger("gemini.kubernetes")


class KubernetesBackend:
    """The work namespace of one cluster. `Backend` is its contract; `home` is where the store's volume is mounted."""

    typical_start_seconds = 20

    def __init__(self, home: Path, plan: ClusterPlan, cluster: Cluster | None = None) -> None:
        self.store = home.resolve() / "store"
        self.cluster: ClusterPlan | None = plan
        self.plan = plan
        self.api = cluster or Cluster(plan.namespace)
        self.nodes = Nodes(self.api, plan)
        self.sightings = Sightings(self.api, self.nodes.informer.get)
        self._no_metrics_until = 0.0
        self._closing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin the watches. A cluster that does not answer is waited for a while, then in the background."""
        await self.sightings.start()
        await asyncio.gather(self.nodes.start(), self._first_sight())

    async def _first_sight(self) -> None:
        try:
            await self.sightings.wait(FIRST_SIGHT)
        except ClusterError as error:
            log.warning("The cluster cannot be seen yet: %s", error)

    def queues(self, members: Membership) -> Queues:
        """Kueue; the nodes are seen by this backend's own watch."""
        return make_queues(self.api, self.plan, self.nodes, members)

    def subscribe(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Told by the watches of pods and JobSets."""
        return self.sightings.subscribe(changed)

    def close(self) -> None:
        """Ends the watches; nothing on the cluster is touched."""
        self._closing = asyncio.get_running_loop().create_task(self._close())

    async def _close(self) -> None:
        await self.sightings.stop()
        await self.nodes.stop()
        await self.api.close()

    def shelter(self) -> Shelter:
        """A pod each: the cluster's runtime is the wall."""
        return Shelter("pod", apt=True, memory_limit=True, network=True)

    def capacity(self, zone_id: str | None = None) -> Capacity:
        """What the nodes that take work have."""
        inventory = self.nodes.inventory
        return inventory.total() if zone_id is None else inventory.of(zone_id)

    def largest(self, zone_id: str) -> Capacity:
        """What the largest node of a zone has."""
        return self.nodes.inventory.largest_of(zone_id)

    def cards(self) -> Mapping[str, tuple[str, ...]]:
        """None has a name: the node's own agent hands them out."""
        return {}

    async def holders(self) -> frozenset[str]:
        """By pods, JobSets, and policies whose JobSet was never made."""
        await self.sightings.wait(FIRST_SIGHT)
        policies, _ = await self.api.list(NETWORK_POLICIES, "gemini.io/task,app.kubernetes.io/managed-by=gemini")
        return self.sightings.holders() | {str(one["metadata"]["name"]) for one in policies}

    async def observe(self, holder: str) -> Observation:
        """What the watches saw."""
        return self.sightings.observe(holder)

    async def prepare(self, workspace_index: int, folders: tuple[str, ...]) -> None:
        """Folders of the store; root in every pod is root of the store's files."""
        await asyncio.to_thread(self._prepare, folders)

    async def start_task(self, launch: TaskLaunch) -> Observation:
        """A JobSet and a policy of the same name."""
        if self._is_known(launch.id):
            return await self.observe(launch.id)
        objects = objects_of(launch, self.plan)
        try:
            await self.prepare(launch.workspace_index, (launch.folder, launch.output))
        except (FileExistsError, NotADirectoryError) as error:
            failure = Failure(Reason.CONFIGURATION, Detail("detail.output-replaced"))
            raise StartFailed(str(error), failure) from error
        try:
            # The wall first: no pod of it is ever without.
            await self.api.ensure(NETWORK_POLICIES, make_network_policy(objects))
            jobset = await self.api.ensure(JOBSETS, make_jobset(objects))
            self.sightings.jobsets.learn(jobset)
        except Foreign as error:
            detail = Detail("detail.foreign-object", str(error))
            raise StartFailed(str(error), Failure(Reason.CONFIGURATION, detail)) from error
        except (Refused, Absent) as error:
            log.warning("%s could not be started", launch.id, exc_info=True)
            detail = Detail("detail.pods-refused", said=str(error))
            raise StartFailed(str(error), Failure(Reason.CONFIGURATION, detail, final=False)) from error
        return await self.observe(launch.id)

    async def stop(self, holder: str, grace_seconds: float) -> Observation:
        """Delete what makes its pods, and return when they have ended (or after a while, to be asked again)."""
        self.sightings.ending(holder)
        news = asyncio.Event()
        end = self.sightings.subscribe(lambda changed: news.set() if changed == holder else None)
        try:
            await self._delete_makers(holder)
            async with asyncio.timeout(grace_seconds + STOP_PATIENCE):
                while self._alive(holder):
                    await news.wait()
                    news.clear()
        except TimeoutError:
            log.warning("%s does not end; it is asked again", holder)
        finally:
            end()
        return await self.observe(holder)

    async def remove(self, holder: str) -> None:
        """Take away what is left of it on the cluster."""
        self.sightings.ending(holder)
        if of_kind(holder, "task"):
            for kind in _MADE:
                await self._delete_ours(kind, holder)
        else:
            for pod in self.sightings.pods_of(holder):
                if pod["status"].get("phase") in ("Succeeded", "Failed"):
                    await self.api.delete(PODS, pod["metadata"]["name"], pod["metadata"]["uid"])
        self.sightings.forget(holder)

    async def key(self, environment_id: str) -> str | None:
        """As it stands in the pod that the spawner made."""
        pods = (pod for pod in self.sightings.pods_of(environment_id) if not pod["metadata"].get("deletionTimestamp"))
        return next((token for pod in pods if (token := token_of(pod))), None)

    async def usage(self, holder: str) -> Usage | None:
        """What the cluster's metrics say, where it has any."""
        pods = self.sightings.pods_of(holder)
        if not pods or monotonic() < self._no_metrics_until:
            return None
        path = METRICS.format(namespace=self.plan.namespace, name=pods[0]["metadata"]["name"])
        try:
            found = await self.api.read(path)
        except (Absent, Unreachable, Refused) as error:
            if not isinstance(error, Absent):
                self._no_metrics_until = monotonic() + METRICS_AGAIN
            return None
        used = [container["usage"] for container in found.get("containers") or ()]
        cores = sum(quantities.millis(one.get("cpu", 0)) for one in used) / 1000
        return Usage(0.0, sum(quantities.whole(one.get("memory", 0)) for one in used), 0, cores)

    def places_in(self, inside: Inside) -> Places:
        """The contract's paths."""
        return paths.places_inside(inside)

    def _prepare(self, folders: tuple[str, ...]) -> None:
        for folder in folders:
            (self.store / folder).mkdir(parents=True, exist_ok=True)

    def _is_known(self, task_id: str) -> bool:
        """Whether the watch tells of its JobSet: then all of it was made."""
        found = self.sightings.jobsets.get(task_id)
        return found is not None and not found["metadata"].get("deletionTimestamp")

    def _alive(self, holder: str) -> bool:
        return any(not sight.ended for sight in self.sightings.sights(holder))

    async def _delete_makers(self, holder: str) -> None:
        if of_kind(holder, "task"):
            await self._delete_ours(JOBSETS, holder)
        for pod in self.sightings.pods_of(holder):
            if not pod["metadata"].get("deletionTimestamp"):
                await self.api.delete(PODS, pod["metadata"]["name"], pod["metadata"]["uid"])

    async def _delete_ours(self, kind: Kind, name: str) -> None:
        found = await self.api.get(kind, name)
        if found is not None and is_ours(found) and not found["metadata"].get("deletionTimestamp"):
            await self.api.delete(kind, name, found["metadata"]["uid"])
