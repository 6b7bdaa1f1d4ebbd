"""Datasets and models that environments and tasks mount: always a version, at most three of a kind (CAT-7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gemini_core.errors import Conflict, InvalidInput, NotFound
from gemini_core.roles import Visibility, sees_shared
from sqlalchemy import Connection, RowMapping, and_, delete, insert, select

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
    a, v = t.assets, t.versions
    chosen = [
        v.c.asset_id == a.c.id,
        v.c.deleted_at.is_(None),
        *([v.c.id == want.version_id] if want.version_id else []),
    ]
    columns = (a.c.name, a.c.workspace_id, a.c.owner, a.c.visibility, v.c.id.label("version_id"), v.c.number)
    query = select(*columns).outerjoin(v, and_(*chosen))
    query = query.where(a.c.id == want.asset_id, a.c.kind == want.kind, a.c.deleted_at.is_(None))
    found = tx.execute(query.order_by(v.c.number.desc()).limit(1)).mappings().first()
    if found is None or not _mountable(tx, viewer, workspace_id, found):
        raise NotFound("not-found", field=want.field)
    if found["version_id"] is None and want.version_id:
        raise NotFound("not-found", field=want.field)
    if found["version_id"] is None:
        raise Conflict("no-version-yet", field=want.field, asset=found["name"])
    return Mounted(want.kind, slot, want.asset_id, found["name"], found["version_id"], found["number"])


def _mountable(tx: Connection, viewer: Viewer, workspace_id: str, asset: RowMapping) -> bool:
    visibility = Visibility(asset["visibility"])
    # An operator sees all but mounts nothing of a workspace into another.
    here = asset["workspace_id"] == workspace_id or visibility is Visibility.PUBLIC
    return here and sees_shared(access.standing(tx, viewer, asset["workspace_id"]), asset["owner"], visibility)


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
