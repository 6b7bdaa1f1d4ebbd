"""What a run costs, by tables and by any schedule of looking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from gemini_core import billing
from gemini_core.billing import Line, Meter
from hypothesis import given
from hypothesis import strategies as st

SHANGHAI = ZoneInfo("Asia/Shanghai")
KOLKATA = ZoneInfo("Asia/Kolkata")
BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 22, 6, 30, 15, tzinfo=UTC)
ZONES = st.sampled_from([SHANGHAI, KOLKATA, BERLIN, ZoneInfo("UTC"), ZoneInfo("Australia/Lord_Howe")])
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("per_hour", "minutes", "expected"),
    [(600_000, 1, 10_000), (600_000, 60, 600_000), (1, 59, 0), (1, 60, 1), (100, 1, 1), (100, 7, 11), (0, 600, 0)],
)
def test_charge_is_floored_once_over_all_minutes(per_hour: int, minutes: int, expected: int) -> None:
    """Covers: BILL-2. charge(m) = floor(micro-points per hour x m / 60)."""
    assert billing.charge(per_hour, minutes) == expected


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(-90, 0), (0, 0), (0.000001, 1), (1, 1), (60, 1), (60.000001, 2), (3600, 60)]
)
def test_a_started_minute_counts(seconds: float, minutes: int) -> None:
    """Covers: BILL-2. Rounded up to the minute; a clock that steps back charges nothing and gives nothing back."""
    assert billing.minutes_started(START, START + timedelta(seconds=seconds)) == minutes


@pytest.mark.parametrize(("seconds", "minutes"), [(-3600, 1), (0, 1), (1, 1), (60, 1), (61, 2)])
def test_what_was_allocated_has_begun_its_first_minute(seconds: int, minutes: int) -> None:
    """Covers: BILL-2. Also where a cluster, which tells whole seconds, says the same moment for start and end."""
    end = billing.end_of(START, START + timedelta(seconds=seconds))
    assert billing.minutes_started(START, end) == minutes


def test_a_minute_belongs_to_the_hour_in_which_it_starts() -> None:
    """Covers: BILL-2, BILL-4. 30 minutes from 14:30:15 end at 15:00:15: the minute 14:59:15 is still the old hour's."""
    lines = billing.due(Meter(START, 600_000), START + timedelta(minutes=31), SHANGHAI)
    first, second = datetime(2026, 11, 22, 6, tzinfo=UTC), datetime(2026, 11, 22, 7, tzinfo=UTC)
    assert lines == (Line(first, 30, 30, 300_000), Line(second, 1, 31, 10_000))


def test_hours_are_those_of_the_wall_clock() -> None:
    """Covers: BILL-2. In a zone half an hour off, hours begin at half past (UTC)."""
    assert billing.hour_of(START, KOLKATA) == datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
    assert billing.hour_of(START, SHANGHAI) == datetime(2026, 11, 22, 6, tzinfo=UTC)


def test_a_month_ends_at_midnight_of_the_platforms_zone() -> None:
    """Covers: BILL-4. The last minute of November in Shanghai is charged to November."""
    start = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
    hours = [
        line.hour.astimezone(SHANGHAI) for line in billing.due(Meter(start, 60), start + timedelta(minutes=2), SHANGHAI)
    ]
    assert [(hour.month, hour.day, hour.hour) for hour in hours] == [(11, 30, 23), (12, 1, 0)]


@given(MOMENTS, st.integers(0, 10**10), st.lists(st.integers(-600, 60_000), max_size=12), ZONES)
def test_any_schedule_adds_up_to_the_price_at_once(
    start: datetime, price: int, looks: list[int], zone: ZoneInfo
) -> None:
    """Covers: BILL-2, BILL-9. Looks may be skipped, repeated, out of order: sum and hours are the same."""
    charged, posted, by_hour = 0, 0, {}
    for seconds in looks:
        for line in billing.due(Meter(start, price, charged), start + timedelta(seconds=seconds), zone):
            assert line.micro >= 0
            charged, posted = line.through, posted + line.micro
            by_hour[line.hour] = by_hour.get(line.hour, 0) + line.micro
    end = max([0, *looks])
    assert posted == billing.cost(price, start, start + timedelta(seconds=end))
    once = billing.due(Meter(start, price), start + timedelta(seconds=end), zone)
    assert by_hour == {line.hour: line.micro for line in once}


@given(MOMENTS, ZONES)
def test_the_next_hour_is_ahead_and_begins_an_hour(moment: datetime, zone: ZoneInfo) -> None:
    """Covers: BILL-2, BILL-6. Whoever waits for it gets there: later than now, at most an hour away."""
    following = billing.next_hour(moment, zone)
    assert moment < following <= moment + timedelta(hours=1)
    assert billing.hour_of(moment, zone) <= moment


@given(MOMENTS, st.integers(1, 400), ZONES)
def test_lines_cover_each_minute_once(start: datetime, minutes: int, zone: ZoneInfo) -> None:
    """Covers: BILL-9. The lines follow on each other without a gap and without overlap."""
    lines = billing.due(Meter(start, 1000), start + timedelta(minutes=minutes), zone)
    assert sum(line.minutes for line in lines) == minutes == lines[-1].through
    for before, after in pairwise(lines):
        assert before.through + after.minutes == after.through
        assert before.hour < after.hour


@pytest.mark.parametrize(("balance", "expected"), [(1, False), (0, True), (-1, True)])
def test_arrears_begin_at_nothing(balance: int, expected: bool) -> None:
    """Covers: BILL-6."""
    assert billing.in_arrears(balance) is expected
