"""Statistics of a measurement: medians with their extremes, and ratios of pairs that were taken in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """What several measurements of one thing gave."""

    median: float
    least: float
    most: float
    count: int


def spread(values: Sequence[float]) -> Spread:
    """The spread of at least one value."""
    return Spread(median(values), min(values), max(values), len(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of `values` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True)
class Pairs:
    """Two things measured in turn: A B, B A, A B, … so that a machine that gets slower is no advantage of one."""

    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        """Ours by theirs, pair by pair."""
        return [one / other for one, other in zip(self.ours, self.theirs, strict=True)]


def in_turn(rounds: int, ours: Callable[[], float], theirs: Callable[[], float]) -> Pairs:
    """Measure both `rounds` times."""
    pairs = Pairs([], [])
    for number in range(rounds):
        steps = [(ours, pairs.ours), (theirs, pairs.theirs)]
        for measure, into in steps if number % 2 == 0 else reversed(steps):
            into.append(measure())
    return pairs
