"""What a probe is and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gemini_core.health import Health, Verdict

LIMIT_SECONDS = 1.5
"""How long a probe is waited for; the whole answer takes less than 2 s."""
UNANSWERED = Verdict(Health.UNKNOWN, "unanswered", {"seconds": LIMIT_SECONDS})
GB = 2**30


@dataclass(frozen=True)
class Fact:
    """Something known of a part: `fact.<label>` and its value; a `spoken` value is the name of a text itself."""

    label: str
    value: str
    spoken: bool = False


@dataclass(frozen=True)
class Finding:
    """How a part is."""

    verdict: Verdict
    facts: tuple[Fact, ...] = ()


class Probe(Protocol):
    """Looks at one part. `overdue` is the verdict where the look takes longer than LIMIT_SECONDS."""

    part: str
    overdue: Verdict

    async def find(self) -> Finding:
        """Look. Must not block the event loop, and may be cancelled."""


def size(count: int) -> str:
    """Bytes as a person reads them."""
    if count < GB // 10:
        return f"{count / 2**20:.1f} MB"
    return f"{count / GB:.1f} GB"


def milliseconds(seconds: float) -> Fact:
    """How long an answer took."""
    return Fact("answered", f"{seconds * 1000:.0f} ms")
