"""Zones and specifications: what there is, what is free now, what it costs (RES-1, RES-1b, RES-2, API-4)."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from gemini_core import catalogue
from gemini_core.errors import Conflict
from gemini_core.prices import GB, Resources
from gemini_core.queueing import Capacity
from sqlalchemy import Connection, RowMapping, select

from gemini_control.backends.base import Backend
from gemini_control.backends.machine import CPU_SHARES, MEMORY_PERCENT, Card, Machine
from gemini_control.home import Home
from gemini_control.managers.prices import PriceList
from gemini_control.managers.zone_rows import write_gpus, write_zone
from gemini_control.models.zones import SpecificationOut, ZoneOut
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_control.store.paging import Page, PageRequest, fetch

LOCAL = "local"
MAX_DISK_GB = 1024


Free = Callable[[Connection], Callable[[str], Capacity]]


class Zones:
    """The zones of a platform. `free` says, in a transaction, what the machines behind each have left."""

    def __init__(self, store: Store, prices: PriceList, free: Free) -> None:
        self.store = store
        self.prices = prices
        self.free = free

    async def list(self, page: PageRequest, available: bool | None = None) -> Page[ZoneOut]:
        """The zones in the operator's order, each with the cards that are free now."""
        rows = t.zones
        query = select(rows) if available is None else select(rows).where(rows.c.available == available)

        def find(tx: Connection) -> Page[ZoneOut]:
            free = self.free(tx)
            order = (rows.c.position, rows.c.id)
            return fetch(tx, query, order, page, newest_first=False).map(lambda row: _zone(tx, row, free(row["id"])))

        return await self.store.read(find)

    async def specifications(self, page: PageRequest, zone_id: str | None) -> Page[SpecificationOut]:
        """The specifications, of one zone or all, with price and whether they fit now."""
        rows = t.specifications
        query = select(rows) if zone_id is None else select(rows).where(rows.c.zone_id == zone_id)

        def find(tx: Connection) -> Page[SpecificationOut]:
            free = self.free(tx)
            order = (rows.c.zone_id, rows.c["class"], rows.c.number)
            return fetch(tx, query, order, page, newest_first=False).map(
                lambda row: self._specification(row, free(row["zone_id"]))
            )

        return await self.store.read(find)

    def _specification(self, row: RowMapping, free: Capacity) -> SpecificationOut:
        cards = row["gpu_count"]
        asked = Resources(row["cpu_millicores"], row["memory_bytes"], row["gpu_type"], cards)
        try:
            price = self.prices.price(asked, row["id"]).micro_per_hour
        except Conflict:
            price = None
        fits = row["cpu_millicores"] <= free.cpu_millicores and row["memory_bytes"] <= free.memory_bytes
        return SpecificationOut.model_validate(
            {
                "id": row["id"],
                "name": f"{row['class']}{row['number']}",
                "class": row["class"],
                "number": row["number"],
                "zone": row["zone_id"],
                "cpu_cores": row["cpu_millicores"] / 1000,
                "memory": row["memory_bytes"] / GB,
                "gpu_type": row["gpu_type"],
                "gpu_count": cards,
                "temporary_storage": row["temporary_storage_bytes"] / GB,
                "price_per_hour": price,
                "free": fits and (not cards or cards <= free.cards.get(row["gpu_type"], 0)),
                "is_default": row["is_default"],
            }
        )


def _zone(tx: Connection, row: RowMapping, free: Capacity) -> ZoneOut:
    gpus = t.zone_gpus
    declared = tx.execute(select(gpus).where(gpus.c.zone_id == row["id"]).order_by(gpus.c.gpu_type)).mappings()
    inventory = {
        gpu["gpu_type"]: max(0, min(gpu["declared"], free.cards.get(gpu["gpu_type"], 0))) if row["local"] else 0
        for gpu in declared
    }
    return ZoneOut(
        id=row["id"], name=row["name"], region=row["region"], available=row["available"], gpu_inventory=inventory
    )


def machine_of(backend: Backend) -> Machine:
    """The machine behind a backend: its own, or one that has what the backend gives away."""
    own = getattr(backend, "machine", None)
    if isinstance(own, Machine):
        return own
    whole = backend.capacity()
    cards = tuple(Card(index, kind, 0) for kind, indices in backend.cards().items() for index in indices)
    return Machine(whole.cpu_millicores // 1000 // CPU_SHARES or 1, whole.memory_bytes * 100 // MEMORY_PERCENT, cards)


class MachineZone:
    """At every start: the zone of this machine declares the cards that are there; its specifications are made once."""

    def __init__(self, store: Store, home: Home, machine: Machine) -> None:
        self.store = store
        self.home = home
        self.machine = machine

    async def start(self) -> None:
        """Describe this machine."""
        sizes = {card.kind: card.memory_bytes for card in self.machine.cards}
        cards = {kind: (len(indices), sizes[kind]) for kind, indices in self.machine.indices().items()}
        disk = float(min(shutil.disk_usage(self.home.root).free // GB, MAX_DISK_GB))
        zone = catalogue.of_machine(self.machine.cores, self.machine.memory_bytes, cards, disk)
        await self.store.write(lambda tx: _describe(tx, zone))

    async def stop(self) -> None:
        """Nothing is under way."""


def _describe(tx: Connection, zone: catalogue.Zone) -> None:
    there = tx.scalar(select(t.zones.c.id).where(t.zones.c.id == zone.id))
    if there is None:
        write_zone(tx, zone, 0)
        return
    write_gpus(tx, zone)
