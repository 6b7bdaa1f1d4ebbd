"""The zones of a cluster: declared by the operator's plan, with the cards that its nodes really have."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from gemini_core import catalogue
from gemini_core.cluster_plan import ClusterPlan, ClusterZone
from sqlalchemy import Connection, select, update

from gemini_control.backends.lines import Line
from gemini_control.background import Loop
from gemini_control.managers.zone_rows import write_zone
from gemini_control.store import tables as t
from gemini_control.store.database import Store

DISK_GB = 20
BACKOFF = 5.0
log = logging.getLogger("gemini.zones")


class ClusterZones(Loop):
    """Keeps the rows of zones, cards and specifications as the plan says and the nodes are; the leader's."""

    def __init__(self, store: Store, plan: ClusterPlan, line: Line) -> None:
        self.store = store
        self.plan = plan
        self.line = line
        self._written: dict[str, catalogue.Zone] = {}
        self._moved = asyncio.Event()
        self._end: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Write them once, so that requests find them, then follow the nodes."""
        self._written = {}
        self._end = self.line.subscribe(lambda holder: None if holder else self._moved.set())
        await self.store.write(self._write)
        await super().start()

    async def stop(self) -> None:
        """Follow them no more; safe to repeat."""
        self._end()
        self._end = lambda: None
        await super().stop()

    async def run(self) -> None:
        """Write what changed."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            try:
                await self.store.write(self._write)
            except Exception:  # the top of the loop: said, and tried again
                log.warning("The zones could not be written", exc_info=True)
                await asyncio.sleep(BACKOFF)
                self._moved.set()

    def _write(self, tx: Connection) -> None:
        if not self._written:
            rows = t.zones
            gone = rows.c.id.not_in([zone.id for zone in self.plan.zones])
            # What it had may still be named by rows; nothing of it can be chosen any more.
            tx.execute(update(rows).where(gone).values(available=False, local=False))
        for position, declared in enumerate(self.plan.zones):
            zone = self._zone(tx, declared)
            if self._written.get(zone.id) != zone:
                write_zone(tx, zone, position)
                tx.execute(update(t.zones).where(t.zones.c.id == zone.id).values(local=True))
                self._written[zone.id] = zone

    def _zone(self, tx: Connection, declared: ClusterZone) -> catalogue.Zone:
        found = self.line.capacity(declared.id)
        zone = declared.catalogue(found.cards)
        if zone.specifications:
            return zone
        # None declared: a ladder of what its largest node has, made once, so that ids which people chose stay.
        before = self._written.get(zone.id)
        if before is not None and before.specifications:
            return replace(zone, specifications=before.specifications)
        kept = _specifications(tx, zone.id)
        return replace(zone, specifications=kept or self._ladder(declared))

    def _ladder(self, declared: ClusterZone) -> tuple[catalogue.Specification, ...]:
        most = self.line.largest(declared.id)
        if not most.cpu_millicores or not most.memory_bytes:
            return ()
        sizes = {card.type: round(card.memory_gb * catalogue.GB) for card in declared.cards}
        cards = {kind: (count, sizes[kind]) for kind, count in most.cards.items() if count}
        made = catalogue.of_machine(max(1, most.cpu_millicores // 1000), most.memory_bytes, cards, DISK_GB)
        return made.specifications


def _specifications(tx: Connection, zone_id: str) -> tuple[catalogue.Specification, ...]:
    rows = t.specifications
    query = select(rows).where(rows.c.zone_id == zone_id).order_by(rows.c["class"], rows.c.number)
    return tuple(
        catalogue.Specification(
            row["class"],
            row["number"],
            row["cpu_millicores"] / 1000,
            row["memory_bytes"] / catalogue.GB,
            row["temporary_storage_bytes"] / catalogue.GB,
            row["gpu_type"],
            row["gpu_count"],
            row["is_default"],
        )
        for row in tx.execute(query).mappings()
    )
