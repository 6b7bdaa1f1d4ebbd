"""How the platform is: all parts looked at together, each for a limited time (ADM-1).

Nothing here raises for what it finds: a part that cannot be looked at is unknown, and the rest is still said.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from gemini_core import messages
from gemini_core.health import worst

from gemini_control.models.operating import FactOut, PartOut, PlatformOut
from gemini_control.probes.base import LIMIT_SECONDS, UNANSWERED, Fact, Finding, Probe
from gemini_control.version import VERSION

FRESH_SECONDS = 1.0
log = logging.getLogger("gemini.platform")


class Platform:
    """Looks with `probes`. A look that has not ended is not begun again, so nothing piles up behind what hangs."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self.probes = probes
        self._looks: dict[str, asyncio.Task[Finding]] = {}
        self._seen: tuple[float, datetime, list[Finding]] | None = None
        self._together = asyncio.Lock()

    async def start(self) -> None:
        """Nothing works by itself: it looks when it is asked."""

    async def stop(self) -> None:
        """End what still looks."""
        for look in self._looks.values():
            look.cancel()
        await asyncio.gather(*self._looks.values(), return_exceptions=True)

    async def report(self, language: str) -> PlatformOut:
        """How it is now, in that language; viewers who ask at the same time share one look."""
        async with self._together:
            if self._seen is None or time.monotonic() - self._seen[0] > FRESH_SECONDS:
                findings = await asyncio.gather(*(self._look(probe) for probe in self.probes))
                self._seen = (time.monotonic(), datetime.now(UTC), list(findings))
            _, at, seen = self._seen
        parts = [_part(probe.part, found, language) for probe, found in zip(self.probes, seen, strict=True)]
        return PlatformOut(at=at, state=worst(part.state for part in parts), version=VERSION, parts=parts)

    async def _look(self, probe: Probe) -> Finding:
        look = self._looks.get(probe.part)
        if look is None or look.done():
            look = self._looks[probe.part] = asyncio.create_task(probe.find(), name=f"probe-{probe.part}")
        done, _ = await asyncio.wait({look}, timeout=LIMIT_SECONDS)
        if not done:
            return Finding(probe.overdue)
        error = look.exception()
        if error is None:
            return look.result()
        log.warning("The part %s could not be looked at", probe.part, exc_info=error)
        return Finding(UNANSWERED)


def _part(name: str, found: Finding, language: str) -> PartOut:
    verdict = found.verdict
    remedy = f"remedy.health.{verdict.name}"
    return PartOut(
        name=name,
        title=messages.text(f"part.{name}", language),
        state=verdict.state,
        message=messages.text(f"health.{verdict.name}", language, **verdict.params),
        remedy=messages.text(remedy, language) if remedy in messages.names() else None,
        detail=verdict.detail,
        facts=[_fact(fact, language) for fact in found.facts],
    )


def _fact(fact: Fact, language: str) -> FactOut:
    value = messages.text(fact.value, language) if fact.spoken else fact.value
    return FactOut(name=fact.label, label=messages.text(f"fact.{fact.label}", language), value=value)
