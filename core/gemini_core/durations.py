"""Spans of time in the words of the wire and of people."""

from __future__ import annotations

import re

MINUTE = 60
HOUR = 3600
DAY = 86400


def uptime(seconds: float) -> str:
    """`5d3h`, `3h20m`, `7m`: the two largest units that are not zero (API-2). Never negative."""
    whole = max(0, int(seconds))
    days, rest = divmod(whole, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes = rest // MINUTE
    if days:
        return f"{days}d{hours}h" if hours else f"{days}d"
    if hours:
        return f"{hours}h{minutes}m" if minutes else f"{hours}h"
    return f"{minutes}m"


_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)")
_SECONDS = {"": 1, "s": 1, "m": MINUTE, "h": HOUR, "d": DAY}


def seconds_of(text: str) -> float:
    """The seconds of what a person typed: `90`, `90s`, `30m`, `1h30m`, `2d`. ValueError where it is none."""
    said = text.strip().lower()
    parts = _PART.findall(said)
    if not parts or _PART.sub("", said).strip() or (len(parts) > 1 and not all(unit for _, unit in parts)):
        raise ValueError("no span of time")
    return sum(float(amount) * _SECONDS[unit] for amount, unit in parts)
