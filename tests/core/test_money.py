"""Amounts between micro-points and decimal strings."""

from __future__ import annotations

import pytest
from gemini_core.money import LARGEST, to_micro, to_points
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(-LARGEST, LARGEST))
def test_there_and_back(micro: int) -> None:
    """Covers: BILL-9. No amount changes on its way to the wire and back."""
    assert to_micro(to_points(micro)) == micro


@pytest.mark.parametrize(
    ("micro", "points"), [(0, "0.000000"), (350_000, "0.350000"), (-1, "-0.000001"), (-1_500_000, "-1.500000")]
)
def test_points_have_six_digits(micro: int, points: str) -> None:
    """Covers: API-1."""
    assert to_points(micro) == points


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "NaN",
        "Infinity",
        "-Infinity",
        "0.0000001",
        "1e400",
        "1e999999",
        "9.9e999999999",
        "1000000001",
        "1,5",
        "0x10",
    ],
)
def test_what_is_no_amount(text: str) -> None:
    """Covers: BILL-9."""
    with pytest.raises(ValueError):
        to_micro(text)
