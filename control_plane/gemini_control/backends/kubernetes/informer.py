"""A live copy of one kind of object: listed once, then watched; what was missed meanwhile is listed again."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from time import time

from gemini_control.backends.kubernetes.api import Cluster, ClusterError, Expired, Kind, Object, Unreachable

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 8.0
SHORTEST_WATCH = 1.0
Listener = Callable[[str, Object, bool], None]
log = logging.getLogger("gemini.informer")


class Informer:
    """Objects of a `kind` that the `labels` (and `fields`) choose, as the cluster has them a moment ago.

    A lost watch goes on where it was; where the cluster no longer knows what happened since, all is listed again.
    `keep` makes of an object what is held in memory.
    """

    def __init__(
        self,
        cluster: Cluster,
        kind: Kind,
        namespace: str | None = None,
        labels: str = "",
        *,
        fields: str = "",
        keep: Callable[[Object], Object] | None = None,
    ) -> None:
        self.cluster = cluster
        self.kind = kind
        self.namespace = namespace
        self.labels = labels
        self.fields = fields
        self.last_error: str | None = None
        """What is wrong with the watch now; None while all is well."""
        self.seen_at = 0.0
        """Until when (Unix seconds) the copy is known to be true."""
        self._keep = keep or _without_managers
        self._objects: dict[str, Object] = {}
        self._listeners: list[Listener] = []
        self._synced = asyncio.Event()
        self._version = ""
        self._pause = FIRST_PAUSE
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; returns at once, `wait` tells when all is here."""
        if self._loop is None:
            # What an earlier watch saw may have changed since it was stopped: `wait` waits for all of it anew.
            self._version = ""
            self._synced.clear()
            self._loop = asyncio.get_running_loop().create_task(self._run(), name=f"informer {self.kind.plural}")

    async def stop(self) -> None:
        """End; what was seen stays."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
            self._loop = None

    @property
    def synced(self) -> bool:
        """Whether all was listed at least once."""
        return self._synced.is_set()

    @property
    def live(self) -> bool:
        """Whether it is told of changes now."""
        return self.synced and self.last_error is None

    async def wait(self, seconds: float | None = None) -> None:
        """Return when all was listed once; Unreachable after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._synced.wait()
        except TimeoutError as error:
            raise Unreachable(self.last_error or f"{self.kind.plural} were not listed in {seconds:g} s") from error

    def get(self, name: str) -> Object | None:
        """The object of that name; not to be changed."""
        return self._objects.get(name)

    def all(self) -> Mapping[str, Object]:
        """All by name; not to be changed."""
        return self._objects

    def subscribe(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Call `changed(name)` when an object came, changed or went; the answer ends that."""
        return self.subscribe_objects(lambda name, _, __: changed(name))

    def subscribe_objects(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(name, object, gone)`, of one that went with its last state; the answer ends that."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def learn(self, found: Object) -> None:
        """Take what a write of ours was answered with, where the watch has not yet told of the object."""
        if found["metadata"]["name"] not in self._objects and _number(found) > _number_of(self._version):
            self._put(found)

    async def _run(self) -> None:
        while True:
            began = time()
            try:
                if not self._version:
                    await self._list()
                await self._watch()
            except Expired:
                self._version = ""
            except ClusterError as error:
                self._complain(str(error))
            except Exception as error:  # one object that cannot be understood must not blind us for good
                log.warning("%s: what was told cannot be taken", self.kind.plural, exc_info=True)
                self._version = ""
                self._complain(str(error))
            if time() - began > SHORTEST_WATCH:
                self._pause = FIRST_PAUSE
            await asyncio.sleep(self._pause * random.uniform(0.75, 1.25))
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _complain(self, said: str) -> None:
        if self.last_error is None:
            log.warning("%s cannot be watched: %s", self.kind.plural, said)
        self.last_error = said

    def _well(self) -> None:
        if self.last_error is not None:
            log.warning("%s are watched again", self.kind.plural)
        self.last_error, self.seen_at = None, time()

    async def _list(self) -> None:
        items, version = await self.cluster.list(self.kind, self.labels, self.fields, self.namespace)
        there = {str(item["metadata"]["name"]) for item in items}
        for name in self._objects.keys() - there:
            self._drop(name, self._objects[name])
        for item in items:
            self._put(item)
        self._version = version
        self._well()
        self._synced.set()

    async def _watch(self) -> None:
        events = self.cluster.watch(self.kind, self._version, self.labels, self.fields, self.namespace)
        try:
            async for type_, found in events:
                self._well()
                self._version = str(found["metadata"]["resourceVersion"])
                if type_ == "DELETED":
                    self._drop(str(found["metadata"]["name"]), self._keep(found))
                elif type_ != "BOOKMARK":
                    self._put(found)
            self._well()
        finally:
            await events.aclose()  # type: ignore[attr-defined]

    def _put(self, found: Object) -> None:
        name, new = str(found["metadata"]["name"]), self._keep(found)
        old = self._objects.get(name)
        if old is not None and old["metadata"].get("uid") != new["metadata"].get("uid"):
            self._drop(name, old)
        self._objects[name] = new
        if old != new:
            self._tell(name, new, gone=False)

    def _drop(self, name: str, last: Object) -> None:
        self._objects.pop(name, None)
        self._tell(name, last, gone=True)

    def _tell(self, name: str, found: Object, gone: bool) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(name, found, gone)
            except Exception:  # one listener must not keep others from the news
                log.exception("%s: a listener failed at %s", self.kind.plural, name)


def _without_managers(found: Object) -> Object:
    return {**found, "metadata": {k: v for k, v in found["metadata"].items() if k != "managedFields"}}


def _number(found: Object) -> int:
    return _number_of(str(found["metadata"].get("resourceVersion", "")))


def _number_of(version: str) -> int:
    """A version as a number: versions of one kind can be compared (Kubernetes says so, for all its own storage)."""
    return int(version) if version.isdigit() else 0
