"""Datasets and models that environments and tasks mount: always a version, at most three of a kind (CAT-7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gemini_core.errors import Conflict, InvalidInput, NotFound
from gemini_core.roles import Visibility, sees_shared
from sqlalchemy import Connection, RowMapping, delete, insert, select

from gemini_control.managers import access
from gemini_control.store import tables as t
from gemini_control.viewers import Viewer

Kind = Literal["dataset", "model"]
LIMIT = 3


@dataclass(frozen=True)
class Wanted:
    """What a person chose: the newest version where none is named. `field` is the wire field to blame."""

    kind: Kind
    asset_id: str
    version_id: str | None
    field: str


@dataclass(frozen=True)
class Mounted:
    """A version in its slot (1-3)."""

    kind: Kind
    slot: int
    asset_id: str
    asset_name: str
    version_id: str
    version_number: int

    @property
    def source(self) -> str:
        """Where the version lies, relative to the store."""
        return f"versions/{self.version_id}"


def resolve(tx: Connection, viewer: Viewer, workspace_id: str, wanted: Sequence[Wanted]) -> tuple[Mounted, ...]:
    """The versions to mount, each in its slot, pinned now.

    Raises NotFound for what the viewer cannot see or another workspace's that is not public, Conflict for
    what has no version, InvalidInput for too many or one twice.
    """
    slots: dict[str, int] = {}
    mounted: list[Mounted] = []
    for want in wanted:
        slot = slots[want.kind] = slots.get(want.kind, 0) + 1
        if slot > LIMIT:
            raise InvalidInput("too-many-mounts", field=want.field, limit=LIMIT)
        mounted.append(_pin(tx, viewer, workspace_id, want, slot))
        if len({one.version_id for one in mounted}) < len(mounted):
            raise InvalidInput("mounted-twice", field=want.field)
    return tuple(mounted)


def _pin(tx: Connection, viewer: Viewer, workspace_id: str, want: Wanted, slot: int) -> Mounted:
    asset = _asset(tx, viewer, workspace_id, want)
    rows = t.versions
    query = select(rows).where(rows.c.asset_id == asset["id"], rows.c.deleted_at.is_(None))
    if want.version_id:
        query = query.where(rows.c.id == want.version_id)
    version = tx.execute(query.order_by(rows.c.number.desc()).limit(1)).mappings().first()
    if version is None and want.version_id:
        raise NotFound("not-found", field=want.field)
    if version is None:
        raise Conflict("no-version-yet", field=want.field, asset=asset["name"])
    return Mounted(want.kind, slot, asset["id"], asset["name"], version["id"], version["number"])


def _asset(tx: Connection, viewer: Viewer, workspace_id: str, want: Wanted) -> RowMapping:
    rows = t.assets
    query = select(rows).where(rows.c.id == want.asset_id, rows.c.kind == want.kind, rows.c.deleted_at.is_(None))
    asset = tx.execute(query).mappings().first()
    if asset is None:
        raise NotFound("not-found", field=want.field)
    visibility = Visibility(asset["visibility"])
    # An operator sees all but mounts nothing of a workspace into another.
    here = asset["workspace_id"] == workspace_id or visibility is Visibility.PUBLIC
    if not here or not sees_shared(access.standing(tx, viewer, asset["workspace_id"]), asset["owner"], visibility):
        raise NotFound("not-found", field=want.field)
    return asset


def replace(tx: Connection, holder_kind: str, holder_id: str, mounted: Iterable[Mounted]) -> None:
    """What `holder_id` mounts is now exactly this."""
    tx.execute(delete(t.mounts).where(t.mounts.c.holder_id == holder_id))
    values = [
        {
            "holder_id": holder_id,
            "holder_kind": holder_kind,
            "kind": one.kind,
            "slot": one.slot,
            "version_id": one.version_id,
        }
        for one in mounted
    ]
    if values:
        tx.execute(insert(t.mounts), values)


def of(tx: Connection, holders: Sequence[str]) -> dict[str, list[Mounted]]:
    """What each of `holders` mounts, in the order of kinds and slots; one query for all."""
    m, v, a = t.mounts, t.versions, t.assets
    query = (
        select(m.c.holder_id, m.c.kind, m.c.slot, m.c.version_id, v.c.number, a.c.id.label("asset_id"), a.c.name)
        .join(v, v.c.id == m.c.version_id)
        .join(a, a.c.id == v.c.asset_id)
        .where(m.c.holder_id.in_(holders))
        .order_by(m.c.kind, m.c.slot)
    )
    found: dict[str, list[Mounted]] = {holder: [] for holder in holders}
    for row in tx.execute(query) if holders else ():
        one = Mounted(row.kind, row.slot, row.asset_id, row.name, row.version_id, row.number)
        found[row.holder_id].append(one)
    return found
