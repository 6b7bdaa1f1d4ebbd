"""Money: whole micro-points (10^-6 算力点) inside, decimal strings outside. 1 算力点 = 1 CNY (BILL-1)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

MICRO = 1_000_000
LARGEST = 10**9 * MICRO
"""No single amount is larger (a thousand million points): sums stay far below 2^63."""


def to_points(micro: int) -> str:
    """The decimal string of an amount, always with six digits: `350000` → `"0.350000"`."""
    sign = "-" if micro < 0 else ""
    whole, rest = divmod(abs(micro), MICRO)
    return f"{sign}{whole}.{rest:06d}"


def to_micro(points: str | int | Decimal) -> int:
    """The micro-points of a decimal amount; ValueError where it is none, finer than a micro-point, or too large."""
    try:
        value = Decimal(points) if not isinstance(points, str) else Decimal(points.strip())
    except InvalidOperation as error:
        raise ValueError("not a decimal number") from error
    # Compared before anything is worked out of it: a decimal may be too large to multiply.
    if not value.is_finite() or not -LARGEST <= value <= LARGEST or abs(value) * MICRO > LARGEST:
        raise ValueError("out of range")
    micro = value * MICRO
    if micro != micro.to_integral_value():
        raise ValueError("finer than a millionth")
    return int(micro)
