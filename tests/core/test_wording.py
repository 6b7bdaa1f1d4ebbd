"""Numbers as a person says them, and spans of time as a person types them."""

from __future__ import annotations

import pytest
from gemini_core.durations import seconds_of
from gemini_core.wording import cards, duration, gigabytes, points, price_per_hour


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0, "0 s", "0秒"),
        (-5, "0 s", "0秒"),
        (75, "1 min 15 s", "1分15秒"),
        (3600, "1h", "1小时"),
        (3605, "1h", "1小时"),
        (5 * 86400 + 3 * 3600 + 59, "5d 3h", "5天3小时"),
    ],
)
def test_durations(seconds: float, english: str, chinese: str) -> None:
    """Covers: NB-1, NB-2."""
    assert (duration(seconds, "en"), duration(seconds, "zh-CN")) == (english, chinese)


@pytest.mark.parametrize(
    ("amount", "cost", "price"),
    [
        ("0.000000", "0.00 points", "0.00 points/h"),
        ("0.001000", "< 0.01 points", "0.001 points/h"),
        ("0.100000", "0.10 points", "0.10 points/h"),
        ("1234.567890", "1,234.57 points", "1,234.5679 points/h"),
    ],
)
def test_money(amount: str, cost: str, price: str) -> None:
    """What is more than nothing is never shown as nothing. Covers: BILL-8."""
    assert (points(amount, "en"), price_per_hour(amount, "en")) == (cost, price)
    assert points("1.5", "zh-CN") == "1.50 算力点"


def test_sizes() -> None:
    """Covers: NB-2."""
    assert (gigabytes(16), gigabytes(0.5), cards("A100", 2), cards(None, 0)) == ("16 GB", "0.5 GB", "2x A100", "")


@pytest.mark.parametrize(
    ("said", "seconds"), [("90", 90), ("90s", 90), ("1.5h", 5400), ("1h30m", 5400), (" 2 D ", 172800), ("1h 5s", 3605)]
)
def test_a_span_is_read(said: str, seconds: float) -> None:
    """Covers: NB-1, NB-2."""
    assert seconds_of(said) == seconds


@pytest.mark.parametrize("said", ["", "h", "1x", "-5", "1h30", "1 2", "tomorrow"])
def test_what_is_no_span(said: str) -> None:
    """Covers: NB-1, NB-2."""
    with pytest.raises(ValueError, match="no span"):
        seconds_of(said)
