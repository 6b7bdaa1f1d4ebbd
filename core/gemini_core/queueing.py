"""Who starts now and who waits: the higher priority first, then first come, first served, per kind of card (no card
is one kind).

A kind's line never overtakes itself: once its first does not fit, all behind it wait. Lines of
different kinds share processors and memory but do not hold each other up. What its quota does not allow yet
stands in no such line: it waits aside, counted among those that wait for the same limit, and holds up nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gemini_core.quota import Amount, Bound, Quotas

PRIORITIES = ("low", "normal", "high")
"""Levels of priority (RES-7), the last goes first. Environments have the middle one."""
NORMAL = PRIORITIES.index("normal")
BEHIND = "priority"
"""What is said to be short of one that waits behind a higher priority."""


class Ask(NamedTuple):
    """What one environment or task needs. `since` is when it joined the line (Unix seconds).

    It counts against the quota of `workspace`, and of `person` in it. `level` is its place in `PRIORITIES`.
    """

    id: str
    since: float
    cpu_millicores: int
    memory_bytes: int
    card: str | None = None
    cards: int = 0
    workspace: str = ""
    person: str = ""
    level: int = NORMAL

    @property
    def amount(self) -> Amount:
        """What of it counts against a quota."""
        return Amount(self.cpu_millicores, self.memory_bytes, self.cards)

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


class Decision(NamedTuple):
    """Admitted, or waiting at `position` (1 is next) of its line for what is `short`.

    `short` is empty for one that would fit by itself and waits behind another; `priority` (`BEHIND`) ends it where
    one in front has a higher one. Where `bounds` are named it waits
    for these limits, and `position` is that among all that wait for one of them.
    """

    id: str
    admitted: bool
    position: int | None = None
    short: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = ()


_NOTHING = Capacity(0, 0)


def left(whole: Capacity, held: Iterable[Ask]) -> Capacity:
    """What is left of `whole` where `held` is in use."""
    for ask in held:
        whole = whole.less(ask)
    return whole


def admit(
    queue: Sequence[Ask], free: Capacity, quotas: Quotas | None = None, far: Collection[str] = ()
) -> tuple[Decision, ...]:
    """One decision for each of `queue`, by priority, then in the order of arrival (then id, so that it never wavers).

    `quotas` says what may be held and is; `far` names the asks that there is nothing for.
    """
    quotas = quotas or Quotas()
    decisions = []
    waiting: Counter[Hashable] = Counter()
    highest: dict[Hashable, int] = {}
    for ask in sorted(queue, key=lambda one: (-one.level, one.since, one.id)):
        bounds = quotas.bounds(ask.workspace, ask.person, ask.amount)
        line = (ask.id in far, ask.kind)
        short = (_NOTHING if ask.id in far else free).lacks(ask)
        if bounds:
            for holder in {bound.holder for bound in bounds}:
                waiting[holder] += 1
            position = max(waiting[bound.holder] for bound in bounds)
            decisions.append(Decision(ask.id, False, position, bounds=bounds))
        elif short or waiting[line]:
            waiting[line] += 1
            behind = (BEHIND,) if highest.setdefault(line, ask.level) > ask.level else ()
            decisions.append(Decision(ask.id, False, waiting[line], short + behind))
        else:
            free = free.less(ask)
            quotas = quotas.holding([held_by(ask)])
            decisions.append(Decision(ask.id, True))
    return tuple(decisions)


def held_by(ask: Ask) -> tuple[str, str, Amount]:
    """An ask as `Quotas.holding` takes it."""
    return ask.workspace, ask.person, ask.amount


def choose_cards(found: Sequence[str], held: Iterable[str], count: int) -> tuple[str, ...] | None:
    """`count` of the cards `found` that nobody holds, in their order; None where there are too few."""
    taken = set(held)
    free = [card for card in found if card not in taken]
    return tuple(free[:count]) if len(free) >= count else None
