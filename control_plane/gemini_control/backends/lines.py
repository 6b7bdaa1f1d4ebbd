"""What a cluster's line must do: who waits there, who was admitted, what there is. Tests swap it as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gemini_core.queueing import Capacity
from gemini_core.queues import Members, Reservation
from gemini_core.standings import Standing

from gemini_control.background import Background


class LineAway(Exception):
    """The line does not answer now; the text is what was said. Try again later."""


class LineRefused(Exception):
    """The line will never take this; `foreign` names what stands in its place and is not ours, where that is it."""

    def __init__(self, said: str, foreign: str = "", unknown: str = "") -> None:
        super().__init__(said)
        self.foreign = foreign
        self.unknown = unknown


class Line(Protocol):
    """A cluster's line. Holders are ids of environments (reservations) and of tasks (their JobSets)."""

    @property
    def live(self) -> bool:
        """Whether it is told of changes now: else where somebody stands is as it was before."""

    async def start(self) -> None:
        """Begin to watch; returns when all was seen once, or cannot be seen now."""

    async def stop(self) -> None:
        """End the watch; who stands there goes on standing."""

    def subscribe(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Call `changed` with a holder's id when its standing changed, with "" when what there is did.

        The answer ends that.
        """

    def standing(self, holder: str) -> Standing:
        """Where a holder stands."""

    def holders(self) -> frozenset[str]:
        """Everyone of ours who stands there."""

    async def reserve(self, wanted: Reservation) -> None:
        """Let an environment stand in the line; safe to repeat. What an earlier life of it left there goes first.

        Raises LineAway, or LineRefused.
        """

    async def leave(self, environment_id: str) -> None:
        """Take an environment's reservation away, if it has one. Raises LineAway."""

    def queue_of(self, workspace: str, person: str) -> str:
        """The queue that a task's JobSet names. Raises LineRefused where something foreign stands in its place."""

    def check(self, zone_id: str | None, card: str | None) -> None:
        """Raises LineRefused where there is no such zone, or no such kind of card in it (any more)."""

    def capacity(self, zone_id: str | None) -> Capacity:
        """All that a zone has."""

    def largest(self, zone_id: str) -> Capacity:
        """The most that one node of a zone has of each."""

    def zones(self) -> tuple[str, ...]:
        """The zones that there are."""

    def placement(self, standing: Standing) -> dict[str, Any]:
        """Where an admitted one was placed: `nodeLabels`, `tolerations`, and the reservation's `uid`."""


class Membership(Protocol):
    """Where a tree of queues reads who has a queue."""

    async def read(self) -> Members:
        """As they are now."""

    def subscribe(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` after each change; the answer ends that."""


@dataclass(frozen=True)
class Queues:
    """A cluster's line and what keeps it: `everywhere` works on every replica, `leading` on the one that leads."""

    line: Line
    everywhere: tuple[Background, ...] = ()
    leading: tuple[Background, ...] = ()
