"""What is seen of environments and tasks on a cluster: their pods, JobSets and warnings, kept true by watches.

How a pod ended is kept here after the pod is gone, until somebody has written it down (`forget`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from time import time

from gemini_core import pod_sights
from gemini_core.environments import THERE
from gemini_core.ids import of_kind
from gemini_core.inventory import is_usable
from gemini_core.manifests import ENVIRONMENT, TASK
from gemini_core.observations import Observation, Presence
from gemini_core.pod_failures import Warned
from gemini_core.pod_sights import Frame, PodSight

from gemini_control.backends.kubernetes.api import EVENTS, JOBSETS, OURS, PODS, Cluster, Object, Unreachable
from gemini_control.backends.kubernetes.informer import Informer

KEPT_SECONDS = 3600.0
"""How long the end of a pod that is gone is kept where nobody asks for it (a replica that does not lead)."""
NODE_PATIENCE = 30.0
"""Seconds beyond a pod's grace after which a node that does not answer is believed to have lost it."""
SILENCE = 300.0
"""A watch that was away for so long is no ground to say that something runs, or is gone."""
TOKEN = "JUPYTERHUB_API_TOKEN"  # noqa: S105 - the name of a variable
log = logging.getLogger("gemini.sightings")


class Sightings:
    """All that is ours in the work namespace. `node` answers a node by its name, None where there is none."""

    def __init__(self, cluster: Cluster, node: Callable[[str], Object | None]) -> None:
        ours = ",".join(f"{key}={value}" for key, value in OURS.items())
        self.pods = Informer(cluster, PODS, labels=ours, keep=_kept_pod)
        self.jobsets = Informer(cluster, JOBSETS, labels=ours, keep=_kept_jobset)
        self.warnings = Informer(cluster, EVENTS, fields="type=Warning", keep=_kept_event)
        self._node = node
        self._sights: dict[str, dict[str, PodSight]] = {}
        self._names: dict[str, set[str]] = {}
        self._warned: dict[str, dict[str, Warned]] = {}
        self._ending: set[str] = set()
        self._forgotten: set[str] = set()
        self._listeners: list[Callable[[str], None]] = []
        self.pods.subscribe_objects(self._pod_seen)
        self.jobsets.subscribe_objects(lambda name, _, __: self._tell(name))
        self.warnings.subscribe_objects(self._warning_seen)

    async def start(self) -> None:
        """Begin to watch; returns at once."""
        for informer in (self.pods, self.jobsets, self.warnings):
            await informer.start()

    async def wait(self, seconds: float) -> None:
        """Return when pods and JobSets were seen once; Unreachable after so many seconds."""
        await self.pods.wait(seconds)
        await self.jobsets.wait(seconds)

    async def stop(self) -> None:
        """End the watches."""
        for informer in (self.pods, self.jobsets, self.warnings):
            await informer.stop()

    def subscribe(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Call `changed(holder)` at each change; the answer ends that."""
        self._listeners.append(changed)
        return lambda: self._listeners.remove(changed)

    def holders(self) -> frozenset[str]:
        """Whoever has, or had, pods or a JobSet."""
        return frozenset(self._sights) | frozenset(self.jobsets.all())

    def observe(self, holder: str) -> Observation:
        """What is seen of a holder; Unreachable where that is not known (any more)."""
        self._check()
        sights = self.sights(holder)
        seen = pod_sights.of_task(sights, self._frame(holder)) if of_kind(holder, "task") else pod_sights.of_one(sights)
        if seen.state == Presence.COMING and seen.failure is None and of_kind(holder, "task"):
            seen = replace(seen, failure=pod_sights.of_jobs(self._job_warnings(holder)))
        return replace(seen, last_seen=self.pods.seen_at) if seen.state in THERE else seen

    def sights(self, holder: str) -> tuple[PodSight, ...]:
        """The pods of a holder, those that are gone, too; none of an earlier attempt, which had another JobSet."""
        found = self._sights.get(holder, {})
        began = self._began(holder)
        for uid in [uid for uid, sight in found.items() if sight.created_at < began]:
            del found[uid]
        for pod in self.pods_of(holder):
            uid = str(pod["metadata"]["uid"])
            if uid in found and self._is_lost(pod):
                found[uid] = found[uid].gone(time())
        return tuple(found.values())

    def pods_of(self, holder: str) -> tuple[Object, ...]:
        """The pods of a holder that the cluster has."""
        found = (self.pods.get(name) for name in sorted(self._names.get(holder, ())))
        return tuple(pod for pod in found if pod is not None)

    def ending(self, holder: str) -> None:
        """We end it ourselves: what becomes of its pods now is no failure."""
        self._ending.add(holder)

    def forget(self, holder: str) -> None:
        """It was written down how it ended: what the cluster still tells of those pods is no news."""
        self._ending.discard(holder)
        there = {str(pod["metadata"].get("uid")) for pod in self.pods_of(holder)}
        for uid, sight in tuple(self._sights.get(holder, {}).items()):
            if sight.ended or uid not in there:
                del self._sights[holder][uid]
                self._forgotten |= {uid} & there
        if not self._sights.get(holder):
            self._sights.pop(holder, None)

    def _check(self) -> None:
        for informer in (self.pods, self.jobsets):
            if not informer.synced or time() - informer.seen_at > SILENCE:
                raise Unreachable(informer.last_error or f"{informer.kind.plural} were not seen yet")

    def _frame(self, task_id: str) -> Frame:
        jobset = self.jobsets.get(task_id)
        if jobset is None:
            return Frame(0, there=False, ours=task_id in self._ending)
        jobs = jobset["spec"]["replicatedJobs"]
        deleted = bool(jobset["metadata"].get("deletionTimestamp"))
        return Frame(
            expected=sum(jobs.values()),
            there=not deleted,
            waits=bool(jobset["spec"].get("suspend")),
            ours=task_id in self._ending,
            failed=jobset["status"].get("failed", ""),
        )

    def _began(self, holder: str) -> float:
        jobset = self.jobsets.get(holder)
        return pod_sights.seconds((jobset or {"metadata": {}})["metadata"].get("creationTimestamp")) or 0.0

    def _job_warnings(self, task_id: str) -> list[Warned]:
        jobset = self.jobsets.get(task_id)
        roles: Iterable[str] = jobset["spec"]["replicatedJobs"] if jobset is not None else ()
        names = (task_id, *(f"{task_id}-{role}-0" for role in roles))
        return [warned for name in names for warned in self._warned.get(name, {}).values()]

    def _is_lost(self, pod: Object) -> bool:
        """Whether a pod is being deleted on a node that does not answer."""
        if not pod["metadata"].get("deletionTimestamp"):
            return False
        until = pod_sights.seconds(pod["metadata"]["deletionTimestamp"]) or 0.0
        if time() < until + NODE_PATIENCE:
            return False
        node = self._node(pod["spec"].get("nodeName") or "")
        return node is None or not is_usable({**node, "spec": {}})

    def _pod_seen(self, name: str, pod: Object, gone: bool) -> None:
        holder = holder_of(pod)
        if holder is None:
            return
        sight = pod_sights.read(pod, self._warned.get(name, {}).values())
        if sight.uid not in self._forgotten:
            self._sights.setdefault(holder, {})[sight.uid] = sight.gone(time()) if gone else sight
        names = self._names.setdefault(holder, set())
        if gone:
            names.discard(name)
            self._forgotten.discard(sight.uid)
            self._prune()
        else:
            names.add(name)
        if not names:
            self._names.pop(holder, None)
        self._tell(holder)

    def _warning_seen(self, name: str, event: Object, gone: bool) -> None:
        about = event["about"]
        if gone:
            self._warned.get(about, {}).pop(name, None)
            if not self._warned.get(about):
                self._warned.pop(about, None)
            return
        self._warned.setdefault(about, {})[name] = Warned(event["reason"], event["message"])
        pod = self.pods.get(about)
        if pod is not None:
            self._pod_seen(about, pod, gone=False)

    def _prune(self) -> None:
        before = time() - KEPT_SECONDS
        for holder, sights in tuple(self._sights.items()):
            if holder not in self._names and all(
                (one.gone_at or one.finished_at or 0) < before for one in sights.values()
            ):
                del self._sights[holder]

    def _tell(self, holder: str) -> None:
        for listener in tuple(self._listeners):
            listener(holder)


def holder_of(pod: Object) -> str | None:
    """Whose pod it is, by our labels."""
    labels = pod["metadata"].get("labels") or {}
    found = labels.get(TASK) or labels.get(ENVIRONMENT)
    return None if found is None else str(found)


def token_of(pod: Object) -> str | None:
    """The hub's token in an environment's pod."""
    return pod.get("token")


def _kept_pod(pod: Object) -> Object:
    metadata, spec = pod["metadata"], pod.get("spec") or {}
    wanted = ("name", "uid", "labels", "creationTimestamp", "deletionTimestamp", "resourceVersion")
    variables = (one for container in spec.get("containers") or () for one in container.get("env") or ())
    token = next((one.get("value") for one in variables if one.get("name") == TOKEN), None)
    return {
        "metadata": {key: metadata[key] for key in wanted if key in metadata},
        "spec": {"nodeName": spec.get("nodeName")},
        "status": pod.get("status") or {},
        "token": token,
    }


def _kept_jobset(jobset: Object) -> Object:
    metadata, spec, status = jobset["metadata"], jobset["spec"], jobset.get("status") or {}
    wanted = ("name", "uid", "labels", "creationTimestamp", "deletionTimestamp", "resourceVersion")
    conditions = {one["type"]: one for one in status.get("conditions") or () if one.get("status") == "True"}
    failed = conditions.get("Failed")
    return {
        "metadata": {key: metadata[key] for key in wanted if key in metadata},
        "spec": {
            "suspend": bool(spec.get("suspend")),
            "replicatedJobs": {one["name"]: _completions(one) for one in spec["replicatedJobs"]},
        },
        "status": {"failed": str(failed.get("message") or "failed")} if failed else {},
    }


def _completions(job: Object) -> int:
    return int(job.get("replicas", 1)) * int(job["template"]["spec"].get("completions") or 1)


def _kept_event(event: Object) -> Object:
    wanted = ("name", "uid", "resourceVersion")
    return {
        "metadata": {key: event["metadata"].get(key) for key in wanted},
        "about": str((event.get("involvedObject") or {}).get("name", "")),
        "reason": str(event.get("reason") or ""),
        "message": str(event.get("message") or "")[:2000],
    }
