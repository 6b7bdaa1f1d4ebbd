"""What is asked for, from a specification or a free choice, held against what a zone has in all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from gemini_core import prices
from gemini_core.errors import Conflict, InvalidInput, NotFound
from gemini_core.quota import Amount
from sqlalchemy import Connection, RowMapping, select

from gemini_control.backends.base import Backend
from gemini_control.models.resources import ResourceConfigIn
from gemini_control.store import tables as t

GB = 2**30


@dataclass(frozen=True)
class Resources:
    """What an environment or a dynamic task gets; of several `instances`, each of them gets it."""

    zone_id: str
    zone_name: str
    specification_id: str | None
    cpu_millicores: int
    memory_bytes: int
    gpu_type: str | None
    gpu_count: int
    instances: int = 1

    def columns(self) -> dict[str, Any]:
        """The columns of a row of environments or tasks."""
        return {
            "zone_id": self.zone_id,
            "specification_id": self.specification_id,
            "cpu_millicores": self.cpu_millicores,
            "memory_bytes": self.memory_bytes,
            "gpu_type": self.gpu_type,
            "gpu_count": self.gpu_count,
        }

    def amount(self) -> Amount:
        """What of it counts against a quota."""
        count = self.instances
        return Amount(self.cpu_millicores * count, self.memory_bytes * count, self.gpu_count * count)

    def priced(self) -> prices.Resources:
        """As the price list takes it."""
        return prices.Resources(self.cpu_millicores, self.memory_bytes, self.gpu_type, self.gpu_count, self.instances)


def resolve(
    tx: Connection,
    backend: Backend,
    specification_id: str | None,
    config: ResourceConfigIn | None,
    instances: int = 1,
) -> Resources:
    """The resources that were chosen.

    Raises InvalidInput for a choice that is missing or double, NotFound for what is not there, Conflict for
    a zone that takes nothing or has less in all.
    """
    if specification_id and config is not None:
        raise InvalidInput("resources-twice", field="specificationId")
    if specification_id:
        chosen = _of_specification(tx, specification_id)
    elif config is not None:
        chosen = _of_config(tx, config)
    else:
        raise InvalidInput("resources-required", field="specificationId")
    chosen = replace(chosen, instances=instances)
    _check_whole(tx, backend, chosen)
    return chosen


def check_row(tx: Connection, backend: Backend, row: RowMapping) -> None:
    """Raises Conflict where the zone of a row takes nothing now or has less in all than the row asks for."""
    zone = _zone(tx, row["zone_id"], "availabilityZone")
    chosen = Resources(
        zone["id"],
        zone["name"],
        row["specification_id"],
        row["cpu_millicores"],
        row["memory_bytes"],
        row["gpu_type"],
        row["gpu_count"],
    )
    _check_whole(tx, backend, chosen)


def default_specification(tx: Connection, project: RowMapping | None) -> str | None:
    """The specification to take where nothing is chosen: its project's, else the platform's."""
    if project is not None and project["default_specification_id"]:
        return str(project["default_specification_id"])
    rows, zones = t.specifications, t.zones
    query = select(rows.c.id).join(zones).where(rows.c.is_default, zones.c.available)
    found: str | None = tx.scalar(query.order_by(zones.c.position).limit(1))
    return found


def _of_specification(tx: Connection, specification_id: str) -> Resources:
    rows = t.specifications
    row = tx.execute(select(rows).where(rows.c.id == specification_id)).mappings().first()
    if row is None:
        raise NotFound("not-found", field="specificationId")
    zone = _zone(tx, row["zone_id"], "specificationId")
    return Resources(
        zone["id"],
        zone["name"],
        specification_id,
        row["cpu_millicores"],
        row["memory_bytes"],
        row["gpu_type"] if row["gpu_count"] else None,
        row["gpu_count"],
    )


def _of_config(tx: Connection, config: ResourceConfigIn) -> Resources:
    if not config.availability_zone:
        raise InvalidInput("zone-required", field="resourceConfig.availabilityZone")
    if config.gpu_count and not config.gpu_type:
        raise InvalidInput("gpu-type-required", field="resourceConfig.gpuType")
    zone = _zone(tx, config.availability_zone, "resourceConfig.availabilityZone")
    return Resources(
        zone["id"],
        zone["name"],
        None,
        round(config.cpu_cores * 1000),
        round(config.memory * GB),
        config.gpu_type if config.gpu_count else None,
        config.gpu_count,
    )


def _zone(tx: Connection, zone_id: str, field: str) -> RowMapping:
    zone = tx.execute(select(t.zones).where(t.zones.c.id == zone_id)).mappings().first()
    if zone is None:
        raise NotFound("not-found", field=field)
    if not zone["available"]:
        raise Conflict("zone-unavailable", field=field, zone=zone["name"])
    return zone


def _check_node(backend: Backend, chosen: Resources) -> None:
    """On a cluster the cards of one environment, or of one rank, are on one node."""
    most = backend.largest(chosen.zone_id).cards.get(chosen.gpu_type or "", 0)
    if backend.cluster is not None and 0 < most < chosen.gpu_count:
        field = "resourceConfig.gpuCount" if chosen.specification_id is None else "specificationId"
        raise Conflict("beyond-node-gpu", field=field, zone=chosen.zone_name, kind=chosen.gpu_type, limit=most)


def _check_whole(tx: Connection, backend: Backend, chosen: Resources) -> None:
    asked = chosen.amount()
    # Cards are what the zone declares (RES-1b); processors and memory what the machines behind it have.
    if chosen.gpu_count:
        rows = t.zone_gpus
        query = select(rows.c.declared).where(rows.c.zone_id == chosen.zone_id, rows.c.gpu_type == chosen.gpu_type)
        declared = int(tx.scalar(query) or 0)
        if asked.gpu_count > declared:
            field = "resourceConfig.gpuCount" if chosen.specification_id is None else "specificationId"
            raise Conflict("beyond-zone-gpu", field=field, zone=chosen.zone_name, kind=chosen.gpu_type, limit=declared)
        _check_node(backend, chosen)
    one, all_ = backend.largest(chosen.zone_id), backend.capacity(chosen.zone_id)
    if not all_.cpu_millicores:
        return  # no node of the zone is there now: it waits for one
    count = chosen.instances
    cpu, memory = min(one.cpu_millicores * count, all_.cpu_millicores), min(one.memory_bytes * count, all_.memory_bytes)
    field = "specificationId" if chosen.specification_id else "resourceConfig.cpuCores"
    if asked.cpu_millicores > cpu:
        raise Conflict("beyond-zone-cpu", field=field, zone=chosen.zone_name, limit=f"{cpu / 1000:g}")
    if asked.memory_bytes > memory:
        field = field.replace("cpuCores", "memory")
        limit = round(memory / GB, 1)
        raise Conflict("beyond-zone-memory", field=field, zone=chosen.zone_name, limit=limit)
