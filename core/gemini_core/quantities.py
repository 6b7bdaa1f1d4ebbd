"""Amounts as Kubernetes writes them: `1500m`, `8Gi`, `2e3`."""

from __future__ import annotations

import re
from decimal import Decimal

_FACTORS = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", start=1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", start=1)},
}
_PATTERN = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)")


def amount(quantity: object) -> Decimal:
    """The amount that a quantity says; ValueError for what is none."""
    found = _PATTERN.fullmatch(str(quantity).strip())
    if found is None:
        raise ValueError(f"{quantity!r} is no quantity")
    number, exponent, unit = found.groups()
    return Decimal(number + (exponent or "")) * _FACTORS[unit or ""]


def whole(quantity: object) -> int:
    """The amount in whole units, rounded down; 0 for what is no quantity."""
    try:
        return int(amount(quantity))
    except ValueError:
        return 0


def millis(quantity: object) -> int:
    """The amount in thousandths, rounded down; 0 for what is no quantity."""
    try:
        return int(amount(quantity) * 1000)
    except ValueError:
        return 0


def cpu(millicores: int) -> str:
    """Thousandths of a core as Kubernetes keeps them: `1500m`, `2`."""
    return f"{millicores}m" if millicores % 1000 else str(millicores // 1000)
