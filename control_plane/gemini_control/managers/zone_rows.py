"""Writing zones, cards and specifications as they are declared, by a machine or an operator's file."""

from __future__ import annotations

from gemini_core import catalogue
from gemini_core.prices import GB
from sqlalchemy import Connection, delete, insert, select, update

from gemini_control.store import tables as t


def write_zone(tx: Connection, zone: catalogue.Zone, position: int) -> None:
    """Write a zone as it is declared, with its cards and specifications; what it no longer has goes.

    Embedded, this machine is behind every zone: what one declares beyond the machine is never free.
    """
    rows = t.zones
    values = {"name": zone.name, "region": zone.region, "available": zone.available, "position": position}
    if tx.scalar(select(rows.c.id).where(rows.c.id == zone.id)) is None:
        tx.execute(insert(rows).values(id=zone.id, local=True, **values))
    else:
        tx.execute(update(rows).where(rows.c.id == zone.id).values(**values))
    write_gpus(tx, zone)
    tx.execute(delete(t.specifications).where(t.specifications.c.zone_id == zone.id))
    for one in zone.specifications:
        tx.execute(insert(t.specifications).values(_specification_row(zone, one)))


def write_gpus(tx: Connection, zone: catalogue.Zone) -> None:
    """Write the cards that a zone declares."""
    tx.execute(delete(t.zone_gpus).where(t.zone_gpus.c.zone_id == zone.id))
    for gpu in zone.gpus:
        row = {"zone_id": zone.id, "gpu_type": gpu.type, "declared": gpu.declared, "label": gpu.label}
        tx.execute(insert(t.zone_gpus).values(**row, memory_bytes=round(gpu.memory_gb * GB)))


def _specification_row(zone: catalogue.Zone, one: catalogue.Specification) -> dict[str, object]:
    return {
        "id": f"{zone.id}-{one.name.lower()}",
        "zone_id": zone.id,
        "class": one.kind,
        "number": one.number,
        "cpu_millicores": round(one.cpu_cores * 1000),
        "memory_bytes": round(one.memory_gb * GB),
        "gpu_type": one.gpu_type if one.gpu_count else None,
        "gpu_count": one.gpu_count,
        "temporary_storage_bytes": round(one.temporary_storage_gb * GB),
        "is_default": one.is_default,
    }
