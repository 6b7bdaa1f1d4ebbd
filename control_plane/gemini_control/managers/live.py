"""The latest sample of what each running environment or task uses. Lives in memory: it is never worth keeping."""

from __future__ import annotations

from dataclasses import dataclass

from gemini_control.backends.base import Usage
from gemini_control.models.resources import UsageOut, number

GB = 2**30


@dataclass(frozen=True)
class Sample:
    """Cumulative processor seconds at a moment (seconds of any steady clock)."""

    at: float
    cpu_seconds: float


class LiveUsage:
    """From cumulative samples to what is used now."""

    def __init__(self) -> None:
        self._before: dict[str, Sample] = {}
        self._now: dict[str, UsageOut] = {}

    def take(self, holder: str, used: Usage | None, at: float) -> UsageOut | None:
        """Note a sample; what is used now, None where it cannot be seen (or is the first sample)."""
        if used is None:
            self.forget(holder)
            return None
        if used.cores is not None:
            self._now[holder] = UsageOut(cpu=round(used.cores, 2), memory=number(used.memory_bytes / GB))
            self._before[holder] = Sample(at, 0.0)
            return self._now[holder]
        before = self._before.get(holder)
        self._before[holder] = Sample(at, used.cpu_seconds)
        if before is None or at <= before.at or used.cpu_seconds < before.cpu_seconds:
            self._now.pop(holder, None)
            return None
        cpu = (used.cpu_seconds - before.cpu_seconds) / (at - before.at)
        self._now[holder] = UsageOut(cpu=round(cpu, 2), memory=number(used.memory_bytes / GB))
        return self._now[holder]

    def of(self, holder: str) -> UsageOut | None:
        """The latest; None where there is none."""
        return self._now.get(holder)

    def forget(self, holder: str) -> None:
        """It runs no more."""
        self._before.pop(holder, None)
        self._now.pop(holder, None)

    def keep_only(self, holders: set[str]) -> None:
        """Forget all others."""
        for holder in set(self._before) - holders:
            self.forget(holder)
