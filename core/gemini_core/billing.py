"""What a run costs and how its minutes fall into the hours of a wall clock (BILL-2). Whole micro-points throughout.

charge(m minutes) = floor(micro-points per hour x m / 60). What is posted is always a difference of that cumulative
function, so the parts add up to the whole, however often and however late somebody looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby

MINUTE = timedelta(minutes=1)
MINUTES_PER_HOUR = 60


@dataclass(frozen=True)
class Meter:
    """A run and what of it is charged already."""

    started_at: datetime
    micro_per_hour: int
    charged_minutes: int = 0


@dataclass(frozen=True)
class Line:
    """What one hour has to bear: `minutes` minutes that started in the hour beginning at `hour` (UTC), up to and
    including the run's minute number `through`, for `micro` micro-points."""

    hour: datetime
    minutes: int
    through: int
    micro: int


def charge(micro_per_hour: int, minutes: int) -> int:
    """Micro-points for the first `minutes` minutes of a run."""
    return micro_per_hour * minutes // MINUTES_PER_HOUR


def minutes_started(started_at: datetime, until: datetime) -> int:
    """How many minutes of a run have started before `until`; 0 where the clock stepped back before its start."""
    return max(0, -((started_at - until) // MINUTE))


def end_of(started_at: datetime, seen: datetime) -> datetime:
    """When a run ended that was seen to end at `seen`: its first minute has begun in any case.

    A cluster tells whole seconds: what begins and ends within one has the same moment for both.
    """
    return max(seen, started_at + timedelta.resolution)


def cost(micro_per_hour: int, started_at: datetime, until: datetime) -> int:
    """Micro-points of a run from its start until then."""
    return charge(micro_per_hour, minutes_started(started_at, until))


def hour_of(moment: datetime, zone: tzinfo) -> datetime:
    """When the hour of the wall clock of `zone` began that `moment` lies in (UTC)."""
    wall = moment.astimezone(zone)
    return wall.replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def next_hour(moment: datetime, zone: tzinfo) -> datetime:
    """When the next hour of the wall clock begins (UTC); always later than `moment`."""
    following = hour_of(moment, zone) + timedelta(hours=1)
    # Where a clock is put forward by less than an hour, the hour that is left is shorter.
    begins = hour_of(following, zone)
    return begins if begins > moment else following


def due(meter: Meter, until: datetime, zone: tzinfo) -> tuple[Line, ...]:
    """What a run owes until then and was not charged, one line an hour, oldest first; nothing twice."""
    total = minutes_started(meter.started_at, until)
    lines: list[Line] = []
    done = meter.charged_minutes
    numbers = range(done, total)
    for hour, group in groupby(numbers, key=lambda number: hour_of(meter.started_at + number * MINUTE, zone)):
        count = sum(1 for _ in group)
        micro = charge(meter.micro_per_hour, done + count) - charge(meter.micro_per_hour, done)
        done += count
        lines.append(Line(hour, count, done, micro))
    return tuple(lines)


def in_arrears(balance_micro: int) -> bool:
    """Whether nothing new may start (BILL-6)."""
    return balance_micro <= 0
