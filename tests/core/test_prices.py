"""Prices from the operator's file, and what a configuration costs."""

from __future__ import annotations

import re

import pytest
from gemini_core.prices import BadPrices, Price, Prices, Resources, parse

GB = 2**30
GOOD = """
[units]
cpu_core_hour = "0.1"
memory_gb_hour = "0.05"
[gpus]
A100 = "12.5"
[specifications]
"local-b1" = "0.2"
"local-p1" = "20"
"""


@pytest.mark.parametrize(
    ("asked", "specification", "expected"),
    [
        (Resources(2000, 4 * GB), None, Price(400_000, 0)),
        (Resources(500, GB // 2), None, Price(75_000, 0)),
        (Resources(1000, GB, "A100", 2), None, Price(25_150_000, 25_000_000)),
        # A kind without a count is no card.
        (Resources(1000, GB, "T4", 0), None, Price(150_000, 0)),
        (Resources(1000, GB), "local-b1", Price(200_000, 0)),
        (Resources(1000, GB, "A100", 1), "local-p1", Price(20_000_000, 12_500_000)),
        (Resources(1000, GB), "local-s1", Price(150_000, 0)),
        (Resources(1000, GB, "T4", 1), None, None),
    ],
)
def test_price_of_a_configuration(asked: Resources, specification: str | None, expected: Price | None) -> None:
    """Covers: BILL-10. The sum of the units, or the specification's own price; no price for a card that has none."""
    assert parse(GOOD).of(asked, specification) == expected


def test_a_sum_is_rounded_once() -> None:
    """Covers: BILL-10. A third of a core and of a GB at odd prices: the exact sum, half up."""
    prices = Prices(cpu_core=1, memory_gb=1)
    assert prices.of(Resources(250, GB // 4)) == Price(1, 0)
    assert prices.of(Resources(249, GB // 4)) == Price(0, 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace('"0.1"', "0,1"), "line 3"),
        ('[units]\ncpu_core_hour = "0.1"', "memory_gb_hour is missing"),
        (GOOD.replace('"0.1"', "0.1"), "units.cpu_core_hour"),
        (GOOD.replace('"0.1"', '"-0.1"'), "below 0"),
        (GOOD.replace('"0.1"', '"ten"'), "not a decimal number"),
        (GOOD.replace('"0.1"', '"0.0000001"'), "finer"),
        (GOOD.replace("[gpus]", "[cards]"), "[cards] is not known"),
        (GOOD.replace("cpu_core_hour", "cpu_hour"), "units.cpu_hour is not known"),
        ('gpus = 1\n[units]\ncpu_core_hour = "1"\nmemory_gb_hour = "1"', "gpus is a table"),
    ],
)
def test_a_mistake_is_named(text: str, said: str) -> None:
    """Covers: BILL-10. The operator reads where and why."""
    with pytest.raises(BadPrices, match=re.escape(said)):
        parse(text)
