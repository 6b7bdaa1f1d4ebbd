"""A cluster's line without a cluster: tests say who is admitted. Swapped in as a whole (`FakeBackend.lined`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from gemini_control.backends.lines import LineAway, LineRefused
from gemini_core.queueing import Capacity
from gemini_core.queues import Reservation
from gemini_core.standings import GONE, Stand, Standing

G = 2**30


@dataclass
class FakeLine:
    """`stands` are the standings by holder; `admit`, `evict` and `lose` change them; `calls` is what was asked."""

    whole: dict[str, Capacity] = field(default_factory=lambda: {"local": Capacity(8000, 16 * G, {})})
    stands: dict[str, Standing] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    away: str = ""
    refused: LineRefused | None = None
    at_once: bool = False
    live: bool = True
    _listeners: list[Callable[[str], None]] = field(default_factory=list)

    def put(self, holder: str, standing: Standing) -> None:
        """It stands there now."""
        if standing.stand == Stand.GONE:
            self.stands.pop(holder, None)
        else:
            self.stands[holder] = standing
        self._tell(holder)

    def admit(self, holder: str) -> None:
        """The cluster admits it."""
        self.put(holder, replace(self.standing(holder), stand=Stand.ADMITTED, said="", flavors=("f",)))

    def evict(self, holder: str, why: str, said: str = "It is over", final: bool = False) -> None:
        """The cluster takes it back."""
        self.put(holder, replace(self.standing(holder), stand=Stand.EVICTED, why=why, said=said, final=final))

    async def start(self) -> None:
        """Nothing to watch."""

    async def stop(self) -> None:
        """Nothing to end."""

    def subscribe(self, changed: Callable[[str], None]) -> Callable[[], None]:
        self._listeners.append(changed)
        return lambda: self._listeners.remove(changed)

    def standing(self, holder: str) -> Standing:
        return self.stands.get(holder, GONE)

    def holders(self) -> frozenset[str]:
        return frozenset(self.stands)

    async def reserve(self, wanted: Reservation) -> None:
        self.calls.append(("reserve", wanted.environment))
        if self.away:
            raise LineAway(self.away)
        if self.refused is not None:
            raise self.refused
        if wanted.environment not in self.stands:
            self.wait(wanted.environment, wanted.since)

    def wait(self, holder: str, since: str = "") -> None:
        """It waits there, or is admitted at once."""
        uid = f"uid-{len(self.calls)}"
        self.put(holder, Standing(Stand.WAITING, "insufficient quota", "Pending", since=since, uid=uid))
        if self.at_once:
            self.admit(holder)

    async def leave(self, environment_id: str) -> None:
        self.calls.append(("leave", environment_id))
        self.put(environment_id, GONE)

    def queue_of(self, workspace: str, person: str) -> str:
        return f"{workspace}-{person}"

    def check(self, zone_id: str | None, card: str | None) -> None:
        if zone_id not in self.whole:
            raise LineRefused("", unknown=str(zone_id))

    def capacity(self, zone_id: str | None) -> Capacity:
        return self.whole.get(zone_id or "", Capacity(0, 0))

    def largest(self, zone_id: str) -> Capacity:
        return self.capacity(zone_id)

    def zones(self) -> tuple[str, ...]:
        return tuple(self.whole)

    def placement(self, standing: Standing) -> dict[str, Any]:
        return {"nodeLabels": {"zone": "local"}, "tolerations": [], "uid": standing.uid}

    def _tell(self, holder: str) -> None:
        for listener in tuple(self._listeners):
            listener(holder)
