"""Spans of time in the words of the wire and of people."""

from __future__ import annotations

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
