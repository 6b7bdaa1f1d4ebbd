"""Datasets and models: alike in everything but the word (CAT-1). Their files and versions are `versions`'."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from gemini_core.errors import Conflict, NotFound
from gemini_sandbox.trees import remove_tree
from sqlalchemy import ColumnElement, Connection, RowMapping, Text, cast, insert, or_, select, update

from gemini_control.managers import access
from gemini_control.managers.records import Changed, concerned, record, retell
from gemini_control.managers.versions import Versions, forget_versions, newest_of, newest_of_all, version_view
from gemini_control.models.catalogue import AssetIn, AssetOut, AssetPatch
from gemini_control.store import ids, outbox
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_control.store.paging import Page, PageRequest, fetch
from gemini_control.viewers import Viewer

Kind = Literal["dataset", "model"]


@dataclass(frozen=True)
class Narrowed:
    """What a list is narrowed to; None takes all. `search` is part of a name or of a tag."""

    workspace_id: str | None = None
    search: str | None = None


class Assets:
    """The datasets and models of a platform."""

    def __init__(self, store: Store, versions: Versions) -> None:
        self.store = store
        self.versions = versions

    async def list(self, viewer: Viewer, kind: Kind, page: PageRequest, narrowed: Narrowed) -> Page[AssetOut]:
        """Those of a kind that the viewer may know of, newest first."""
        rows = t.assets

        def find_all(tx: Connection) -> Page[AssetOut]:
            query = select(rows).where(rows.c.kind == kind, access.visible(rows, tx, viewer))
            if narrowed.workspace_id is not None:
                query = query.where(rows.c.workspace_id == narrowed.workspace_id)
            if narrowed.search is not None:
                query = query.where(_found(narrowed.search))
            found = fetch(tx, query, (rows.c.created_at, rows.c.id), page)
            newest = newest_of_all(tx, [row["id"] for row in found.items])
            return found.map(lambda row: view(row, newest.get(row["id"])))

        return await self.store.read(find_all)

    async def get(self, viewer: Viewer, kind: Kind, asset_id: str) -> AssetOut:
        """One of them."""
        return await self.store.read(lambda tx: _view_one(tx, find(tx, viewer, kind, asset_id)))

    async def create(self, viewer: Viewer, kind: Kind, wanted: AssetIn) -> AssetOut:
        """A new one, with an empty draft. Conflict where its owner has one of that name."""
        made = await self.store.write(lambda tx: _create(tx, viewer, kind, wanted))
        return await self.get(viewer, kind, made)

    async def change(self, viewer: Viewer, kind: Kind, asset_id: str, patch: AssetPatch) -> AssetOut:
        """Change what `patch` names."""
        await self.store.write(lambda tx: _change(tx, viewer, find(tx, viewer, kind, asset_id), patch))
        return await self.get(viewer, kind, asset_id)

    async def delete(self, viewer: Viewer, kind: Kind, asset_id: str) -> None:
        """Delete it with its draft and all its versions. Conflict while one of them is mounted."""
        async with self.versions.sealing():
            gone, keys = await self.store.write(lambda tx: _delete(tx, viewer, find(tx, viewer, kind, asset_id)))
            await self.versions.take_away(gone, keys)
        await asyncio.to_thread(remove_tree, self.versions.draft(asset_id))


def _found(search: str) -> ColumnElement[bool]:
    rows = t.assets
    tags = cast(rows.c.tags, Text)
    # Tags are kept as JSON, in which what is not ASCII is written by its number.
    written = json.dumps(search)[1:-1]
    return or_(rows.c.name.icontains(search, autoescape=True), tags.icontains(written, autoescape=True))


def find(tx: Connection, viewer: Viewer, kind: str, asset_id: str) -> RowMapping:
    """The row of an asset of a kind that the viewer may know of; NotFound else."""
    rows = t.assets
    row = tx.execute(select(rows).where(rows.c.id == asset_id, rows.c.kind == kind)).mappings().first()
    access.require_shared(tx, viewer, row)
    if row is None:
        raise NotFound("not-found")
    return row


def view(row: RowMapping, newest: RowMapping | None) -> AssetOut:
    """A row on the wire, with its newest version."""
    return AssetOut.model_validate({**row, "latest_version": None if newest is None else version_view(newest)})


def _view_one(tx: Connection, row: RowMapping) -> AssetOut:
    return view(row, newest_of(tx, row["id"]))


def _check_name(tx: Connection, row: RowMapping | dict[str, Any], name: str) -> None:
    rows = t.assets
    taken = select(rows.c.id).where(
        rows.c.workspace_id == row["workspace_id"],
        rows.c.kind == row["kind"],
        rows.c.owner == row["owner"],
        rows.c.name == name,
        rows.c.deleted_at.is_(None),
    )
    if tx.scalar(taken) is not None:
        raise Conflict("name-taken", field="name")


def _create(tx: Connection, viewer: Viewer, kind: Kind, wanted: AssetIn) -> str:
    workspace_id = access.home_of(tx, viewer, wanted.workspace_id)
    asset_id, now = ids.new(kind), datetime.now(UTC)
    row: dict[str, Any] = {
        **wanted.model_dump(exclude={"workspace_id"}),
        "id": asset_id,
        "kind": kind,
        "workspace_id": workspace_id,
        "owner": viewer.name,
    }
    _check_name(tx, row, wanted.name)
    tx.execute(insert(t.assets).values(**row, created_at=now, updated_at=now))
    made = find(tx, viewer, kind, asset_id)
    record(tx, viewer, Changed("create", kind, made, "created", new={"name": wanted.name}))
    return asset_id


def _change(tx: Connection, viewer: Viewer, row: RowMapping, patch: AssetPatch) -> None:
    access.require_change(tx, viewer, row)
    values = {name: value for name, value in patch.model_dump(exclude_unset=True).items() if value is not None}
    if not values:
        return
    if values.get("name", row["name"]) != row["name"]:
        _check_name(tx, row, values["name"])
    rows = t.assets
    tx.execute(update(rows).where(rows.c.id == row["id"]).values(**values, updated_at=datetime.now(UTC)))
    changed = find(tx, viewer, row["kind"], row["id"])
    retell(tx, row["kind"], row, changed)
    old = {name: row[name] for name in values}
    record(tx, viewer, Changed("change", row["kind"], changed, old=old, new=values))


def _delete(tx: Connection, viewer: Viewer, row: RowMapping) -> tuple[list[str], list[str]]:
    access.require_change(tx, viewer, row)
    versions = select(t.versions.c.id).where(t.versions.c.asset_id == row["id"], t.versions.c.deleted_at.is_(None))
    gone = list(tx.scalars(versions))
    keys = forget_versions(tx, viewer, gone)
    rows = t.assets
    tx.execute(update(rows).where(rows.c.id == row["id"]).values(deleted_at=datetime.now(UTC)))
    record(tx, viewer, Changed("delete", row["kind"], row, "deleted", old={"name": row["name"]}))
    return gone, keys


def _event_view(tx: Connection, asset_id: str, language: str) -> dict[str, Any] | None:
    row = tx.execute(select(t.assets).where(t.assets.c.id == asset_id)).mappings().first()
    return None if row is None or row["deleted_at"] is not None else _view_one(tx, row).wire()


outbox.register_view("dataset", _event_view, concerned(t.assets))
outbox.register_view("model", _event_view, concerned(t.assets))
