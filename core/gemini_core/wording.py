"""Numbers as a person says them, alike in the notebook and on the command line: spans of time, money, sizes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from gemini_core import messages
from gemini_core.durations import DAY, HOUR, MINUTE

_UNITS = {"en": ("d", "h", " min", " s"), "zh-CN": ("天", "小时", "分", "秒")}

_BYTES = ("B", "KB", "MB", "GB", "TB")


def duration(seconds: float, language: str) -> str:
    """`5d 3h`, `3 min 20 s`, `5天3小时`: the two largest units that say something. Never negative."""
    whole = max(0, int(seconds))
    amounts = (whole // DAY, whole % DAY // HOUR, whole % HOUR // MINUTE, whole % MINUTE)
    first = next((at for at, amount in enumerate(amounts) if amount), len(amounts) - 1)
    units = _UNITS[language]
    said = [f"{amounts[at]}{units[at]}" for at in range(first, min(first + 2, len(amounts))) if amounts[at]]
    return ("" if language == "zh-CN" else " ").join(said) or f"0{units[-1]}"


def points(amount: str | Decimal, language: str) -> str:
    """`1.20 points`; what is more than nothing is never shown as nothing."""
    value = Decimal(amount)
    little = 0 < value < Decimal("0.01")
    return messages.text("points", language, amount="< 0.01" if little else _rounded(value, 2))


def price_per_hour(price: str | Decimal, language: str) -> str:
    """`0.35 points/h`: up to four digits, so that small prices do not become nothing."""
    return messages.text("points-per-hour", language, amount=_rounded(Decimal(price), 4))


def gigabytes(amount: float) -> str:
    """`16 GB` of a number of GB (2^30 bytes)."""
    return f"{amount:,.10g} GB"


def file_size(size: float) -> str:
    """A number of bytes with the unit that leaves one to three digits before the point."""
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_BYTES) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.{0 if unit == 0 or value >= 100 else 1}f} {_BYTES[unit]}"


def cards(kind: str | None, count: int) -> str:
    """`2x A100`; empty where there is none."""
    return f"{count}x {kind}" if count and kind else ""


def sentences(parts: Iterable[str | None], language: str) -> str:
    """What is said in several pieces as one text: each piece ends as a sentence does, empty ones are left out."""
    end, gap = ("。", "") if language == "zh-CN" else (".", " ")
    said = [part.strip() for part in parts if part and part.strip()]
    return gap.join(part if part[-1] in ".!?。！？" else part + end for part in said)


def _rounded(value: Decimal, most: int) -> str:
    exact = value.quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP)
    whole, _, rest = f"{exact:,f}".partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"
