"""Spans of time as people read them."""

import pytest
from gemini_core import durations


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0m"),
        (0, "0m"),
        (59.9, "0m"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h"),
        (3661, "1h1m"),
        (86400, "1d"),
        (86400 + 59 * 60, "1d"),
        (5 * 86400 + 3 * 3600 + 1800, "5d3h"),
    ],
)
def test_uptime_names_the_two_largest_units(seconds: float, said: str) -> None:
    """Covers: API-2, ENV-8."""
    assert durations.uptime(seconds) == said
