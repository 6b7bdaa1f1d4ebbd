"""Whether a series stays flat: a straight line is fitted to what comes after the warm-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BOUNDS = {
    # What a series may grow over the measured time by the fitted line: at least this much, or this part of its mean.
    "handles": (4.0, 0.05),
    "sockets": (4.0, 0.05),
    "threads": (2.0, 0.0),
    "watches": (2.0, 0.0),
    "resident_mib": (8.0, 0.08),
    "own_mib": (8.0, 0.08),
}


@dataclass(frozen=True)
class Fit:
    """A fitted line over the measured time, and what growth is allowed."""

    mean: float
    lowest: float
    highest: float
    growth: float
    allowed: float

    @property
    def flat(self) -> bool:
        """Whether it grows no more than allowed; shrinking is no fault."""
        return self.growth <= self.allowed


def fit(times: Sequence[float], values: Sequence[float], bound: tuple[float, float]) -> Fit:
    """The straight line of least squares through the points; `bound` is one of BOUNDS."""
    mean_time, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((time - mean_time) ** 2 for time in times)
    together = sum((time - mean_time) * (value - mean) for time, value in zip(times, values, strict=True))
    slope = together / spread if spread else 0.0
    allowed = max(bound[0], bound[1] * mean)
    return Fit(mean, min(values), max(values), slope * (times[-1] - times[0]), allowed)
