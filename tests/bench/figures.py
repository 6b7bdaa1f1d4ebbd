"""What a subject found out: figures, each with its control and, where there is one, its gate."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from bench.spreads import Pairs, Spread, spread

Relation = Literal["<", "≤", "≥"]


@dataclass(frozen=True)
class Gate:
    """The bound that the median of a figure has to keep."""

    relation: Relation
    bound: float

    def holds(self, value: float) -> bool:
        """Whether `value` keeps it."""
        if self.relation == "<":
            return value < self.bound
        return value <= self.bound if self.relation == "≤" else value >= self.bound


@dataclass(frozen=True)
class Figure:
    """One line of the result. `of` says of what and how; `unit` is `ms`, `s`, `lines/s`, `×` …"""

    subject: str
    of: str
    unit: str
    value: Spread
    gate: Gate | None = None

    @property
    def passed(self) -> bool | None:
        """Whether the median keeps the gate; None where there is none."""
        return None if self.gate is None else self.gate.holds(self.value.median)

    def wire(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "passed": self.passed}


def figure(
    subject: str, of: str, unit: str, values: list[float], relation: Relation | None = None, bound: float = 0
) -> Figure:
    """A figure of these values; its gate where a `relation` is given."""
    return Figure(subject, of, unit, spread(values), None if relation is None else Gate(relation, bound))


@dataclass(frozen=True)
class Names:
    """What the lines of a comparison are called: ours, the peer's, and what their ratio is."""

    ours: str
    theirs: str
    ratio: str


def compared(subject: str, names: Names, unit: str, pairs: Pairs, relation: Relation, bound: float) -> list[Figure]:
    """Three lines of a comparison: ours, theirs, and the ratio with its gate."""
    return [
        figure(subject, names.ours, unit, pairs.ours),
        figure(subject, names.theirs, unit, pairs.theirs),
        figure(subject, names.ratio, "×", pairs.ratios, relation, bound),
    ]
