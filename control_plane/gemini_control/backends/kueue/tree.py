"""Keeps the tree of queues as it should be: made, corrected when somebody changes it by hand, removed when it is
nobody's any more.

What should be is worked out anew at every change of members, limits or nodes, which costs no request; only what
differs from the live copy is written.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable

from gemini_core.cluster_plan import ClusterPlan
from gemini_core.queues import (
    API,
    COHORT,
    FLAVOR,
    KINDS,
    LOCAL,
    PREFIX,
    PRIORITY,
    QUEUE,
    Key,
    Manifest,
    differs,
    is_ours,
    make_tree,
    named,
)

from gemini_control.backends.kubernetes.api import Cluster, Foreign, Kind, Object, Refused
from gemini_control.backends.kubernetes.informer import Informer
from gemini_control.backends.kueue.nodes import Nodes
from gemini_control.backends.lines import Membership
from gemini_control.background import Loops
from gemini_control.reconcilers.workqueue import WorkQueue

PLURALS = {
    FLAVOR: "resourceflavors",
    PRIORITY: "workloadpriorityclasses",
    COHORT: "cohorts",
    QUEUE: "clusterqueues",
    LOCAL: "localqueues",
}
RESYNC = 60.0
GATHER = 0.05
"""How long (seconds) changes are gathered before it is worked out what should be."""
IMMUTABLE = 422
AT_ONCE = 8
FIRST_SIGHT = 20.0
log = logging.getLogger("gemini.queues")


class Tree:
    """The tree of one plan. One of the platform's background works (`background.Background`)."""

    def __init__(self, cluster: Cluster, plan: ClusterPlan, members: Membership, nodes: Nodes) -> None:
        self.cluster = cluster
        self.plan = plan
        self.members = members
        self.nodes = nodes
        self.kinds = {kind: Kind(API, plural, kind, namespaced=kind == LOCAL) for kind, plural in PLURALS.items()}
        mine = f"{PREFIX}={named(plan.prefix)}"
        self.informers = {kind: Informer(cluster, self.kinds[kind], labels=mine, keep=_kept) for kind in KINDS}
        self.queue = WorkQueue("queues", self._settle, AT_ONCE)
        self.faults: dict[str, str] = {}
        """What is wrong with an object, by `Kind/name`, as far as it lasts: a foreign one stands in its place."""
        self.written = 0
        """How many objects were written or deleted in this life."""
        self._wanted: dict[Key, Manifest] | None = None
        self._agreed: dict[Key, tuple[str, int]] = {}
        self._moved = asyncio.Event()
        self._loops = Loops()

    async def start(self) -> None:
        """Begin to watch and to correct; what should be is worked out first: another may have led meanwhile."""
        self._wanted = None
        self.queue.open()
        undo = [self.members.subscribe(self._moved.set), self.nodes.subscribe(self._moved.set)]
        for kind, informer in self.informers.items():
            undo.append(informer.subscribe(lambda name, kind=kind: self._seen((kind, name))))  # type: ignore[misc]
            await informer.start()
        self._moved.set()
        self._loops.begin(self._follow, self._resync, undo=undo)

    async def stop(self) -> None:
        """End; the tree stays, and goes on admitting."""
        await self._loops.end()
        await self.queue.close()
        for informer in self.informers.values():
            await informer.stop()

    def fault(self, name: str) -> str:
        """The foreign object that stands in the place of a queue of that name; empty where none does."""
        return self.faults.get(f"{QUEUE}/{name}") or self.faults.get(f"{LOCAL}/{name}") or ""

    async def settled(self) -> None:
        """Return when all is written that is known to differ (for tests and for whoever ends)."""
        await self.queue.settle()

    def _seen(self, key: Key) -> None:
        # Kueue writes the status of a queue at every admission: only what should be otherwise is woken.
        if self._wanted is not None and self._is_off(key):
            self.queue.wake("/".join(key))

    async def _resync(self) -> None:
        while True:
            await asyncio.sleep(RESYNC)
            self._moved.set()

    async def _follow(self) -> None:
        try:
            async with asyncio.timeout(FIRST_SIGHT):
                for informer in self.informers.values():
                    await informer.wait()
        except TimeoutError:
            log.warning("Kueue's objects cannot be seen yet; they are made as soon as they can be")
            for informer in self.informers.values():
                await informer.wait()
        while True:
            await self._moved.wait()
            await asyncio.sleep(GATHER)
            self._moved.clear()
            try:
                await self._work_out()
            except Exception:  # the top of the loop: said, and tried again by the next one
                log.warning("The tree of queues could not be worked out", exc_info=True)

    async def _work_out(self) -> None:
        if not self.nodes.informer.synced:
            return  # an inventory that was never seen is not one of nothing
        members = await self.members.read()
        self._wanted = await asyncio.to_thread(make_tree, self.plan, self.nodes.inventory, members)
        there = {(kind, name) for kind, informer in self.informers.items() for name in informer.all()}
        for key in sorted({*self._wanted, *there}, key=lambda one: KINDS.index(one[0])):
            if self._is_off(key):
                self.queue.wake("/".join(key))

    def _is_off(self, key: Key) -> bool:
        """Whether something has to be done about an object."""
        wanted = (self._wanted or {}).get(key)
        seen = self.informers[key[0]].get(key[1])
        if seen is None or wanted is None:
            self._agreed.pop(key, None)
            return (seen is None) != (wanted is None)
        said = json.dumps(wanted, sort_keys=True)
        agreed = (said, int(seen["metadata"].get("generation") or 0))
        # The generation counts changes of what was said, not of what became of it; labels are not counted.
        if self._agreed.get(key) == agreed and _labelled(wanted, seen):
            return False
        if differs(wanted, seen):
            return True
        self._agreed[key] = agreed
        return False

    async def _settle(self, text: str) -> float | None:
        """Make one object as it should be; seconds until it is looked at again."""
        kind, _, name = text.partition("/")
        key = (kind, name)
        if self._wanted is None or not self._is_off(key):
            self.faults.pop(text, None)
            return None
        wanted, seen = self._wanted.get(key), self.informers[kind].get(name)
        if seen is not None and seen["metadata"].get("deletionTimestamp"):
            return None  # what still uses it keeps it; it is made again when it has gone
        try:
            if wanted is None:
                await self._delete(key, seen)
            else:
                await self._write(key, wanted)
        except Foreign as foreign:
            self._blame(text, str(foreign))
            return RESYNC
        self.faults.pop(text, None)
        return None

    async def _write(self, key: Key, wanted: Manifest) -> None:
        kind = self.kinds[key[0]]
        try:
            made = await self.cluster.apply(kind, wanted)
        except Refused as refused:
            if refused.status != IMMUTABLE or key[0] != LOCAL:
                raise
            # Which queue a local queue leads to cannot be changed: whoever made it anew led it elsewhere.
            await self.cluster.delete(kind, key[1])
            return
        self.written += 1
        log.info("%s %s is written", *key)
        self.informers[key[0]].learn(made)

    async def _delete(self, key: Key, seen: Object | None) -> None:
        if seen is None or not is_ours(seen):
            return
        await self.cluster.delete(self.kinds[key[0]], key[1], str(seen["metadata"].get("uid", "")))
        self.written += 1
        log.info("%s %s is removed", *key)

    def _blame(self, text: str, name: str) -> None:
        if text not in self.faults:
            log.error("%s is somebody else's; it is not touched", name)
        self.faults[text] = name


def _kept(found: Object) -> Object:
    """What is compared: the status of a thousand queues is Kueue's matter."""
    wanted: Iterable[str] = ("name", "uid", "generation", "labels", "deletionTimestamp")
    metadata = {key: found["metadata"][key] for key in wanted if key in found["metadata"]}
    return {"metadata": metadata, **{key: found[key] for key in ("spec", "value") if key in found}}


def _labelled(wanted: Manifest, seen: Object) -> bool:
    labels = seen["metadata"].get("labels") or {}
    return all(labels.get(key) == value for key, value in wanted["metadata"]["labels"].items())
