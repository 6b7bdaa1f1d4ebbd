"""Who starts now and who waits: first come, first served, per kind of card (no card is one kind).

A kind's line never overtakes itself: once its first does not fit, all behind it wait. Lines of
different kinds share processors and memory but do not hold each other up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ask:
    """What one environment or task needs. `since` is when it joined the line (Unix seconds)."""

    id: str
    since: float
    cpu_millicores: int
    memory_bytes: int
    card: str | None = None
    cards: int = 0

    @property
    def kind(self) -> str | None:
        """The line it stands in: its kind of card, or None."""
        return self.card if self.cards else None


@dataclass(frozen=True)
class Capacity:
    """An amount of what can be asked for: a whole, or what is left of it. Never negative by contract."""

    cpu_millicores: int
    memory_bytes: int
    cards: Mapping[str, int] = field(default_factory=dict)

    def lacks(self, ask: Ask) -> tuple[str, ...]:
        """What is short for `ask`: of `cpu`, `memory` and `gpu`, in this order; empty where it fits."""
        short = []
        if ask.cpu_millicores > self.cpu_millicores:
            short.append("cpu")
        if ask.memory_bytes > self.memory_bytes:
            short.append("memory")
        if ask.cards and ask.cards > self.cards.get(ask.card or "", 0):
            short.append("gpu")
        return tuple(short)

    def less(self, ask: Ask) -> Capacity:
        """What is left after `ask`; below zero where more is held than there is."""
        cards = dict(self.cards)
        if ask.cards:
            cards[ask.card or ""] = cards.get(ask.card or "", 0) - ask.cards
        return Capacity(self.cpu_millicores - ask.cpu_millicores, self.memory_bytes - ask.memory_bytes, cards)


@dataclass(frozen=True)
class Decision:
    """Admitted, or waiting at `position` (1 is next) of its line for what is `short`.

    `short` is empty for one that would fit by itself and waits behind another.
    """

    id: str
    admitted: bool
    position: int | None = None
    short: tuple[str, ...] = ()


def left(whole: Capacity, held: Iterable[Ask]) -> Capacity:
    """What is left of `whole` where `held` is in use."""
    for ask in held:
        whole = whole.less(ask)
    return whole


def admit(queue: Sequence[Ask], free: Capacity) -> tuple[Decision, ...]:
    """One decision for each of `queue`, in the order of arrival (then id, so that it never wavers)."""
    decisions = []
    waiting: dict[str | None, int] = {}
    for ask in sorted(queue, key=lambda one: (one.since, one.id)):
        short = free.lacks(ask)
        if short or ask.kind in waiting:
            waiting[ask.kind] = waiting.get(ask.kind, 0) + 1
            decisions.append(Decision(ask.id, False, waiting[ask.kind], short))
        else:
            free = free.less(ask)
            decisions.append(Decision(ask.id, True))
    return tuple(decisions)


def choose_cards(found: Sequence[str], held: Iterable[str], count: int) -> tuple[str, ...] | None:
    """`count` of the cards `found` that nobody holds, in their order; None where there are too few."""
    taken = set(held)
    free = [card for card in found if card not in taken]
    return tuple(free[:count]) if len(free) >= count else None
