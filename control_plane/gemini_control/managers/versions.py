"""Drafts and versions of datasets and models (CAT-1, CAT-2, CAT-6, CAT-7).

A draft is a folder that uploads fill. A commit seals each of its files as a blob and builds the version's tree of
links; the draft stays, as links to the same blobs, so the next version starts from it and costs only what changed.
On disk first, then in the database: a crash in between leaves a tree that no row knows, which the next start sweeps.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from gemini_core.errors import Conflict, NotFound
from gemini_core.filepaths import TYPED_CHARACTERS
from gemini_core.roles import sees_work
from gemini_core.states import TASK_ENDED
from sqlalchemy import Connection, RowMapping, Table, and_, delete, func, insert, select, update

from gemini_control.files import confined
from gemini_control.files.blobs import Blobs, Sealed
from gemini_control.files.upload import Upload
from gemini_control.home import Home
from gemini_control.managers import access, ledger
from gemini_control.managers.paths import checked, page_of
from gemini_control.managers.records import Changed, record
from gemini_control.models.catalogue import VersionIn, VersionOut
from gemini_control.models.people import FileOut
from gemini_control.store import ids
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_control.store.paging import Page, PageRequest, fetch
from gemini_control.viewers import Viewer

FILE_LIMIT = 2 * 2**30
"""One uploaded file, in bytes (CAT-3)."""
INSERT_BATCH = 500
NAMED = 5
"""So many of those that have a version mounted are named."""


class Versions:
    """The drafts and versions of all datasets and models."""

    def __init__(self, store: Store, home: Home) -> None:
        self.store = store
        self.home = home
        self.blobs = Blobs(home.blobs, home.versions)
        self._turns = asyncio.Lock()

    @asynccontextmanager
    async def sealing(self) -> AsyncIterator[None]:
        """Held while blobs come or go: in this process in the order of coming, then among all replicas."""
        async with self._turns, self.home.sealing.held():
            yield

    async def sweep(self) -> None:
        """Take away what a crash left between disk and database."""

        def known(tx: Connection) -> tuple[set[str], set[str]]:
            live = select(t.versions.c.id).where(t.versions.c.deleted_at.is_(None))
            return set(tx.scalars(live)), set(tx.scalars(select(t.blobs.c.key)))

        async with self.sealing():
            versions, keys = await self.store.read(known)
            await asyncio.to_thread(self.blobs.sweep, versions, keys)

    async def start(self) -> None:
        """Nothing works by itself."""

    async def stop(self) -> None:
        """Wait for a commit that is under way here."""
        async with self._turns:
            return

    def draft(self, asset_id: str) -> Path:
        """The folder of a draft."""
        return self.home.drafts / asset_id

    async def draft_files(self, viewer: Viewer, kind: str, asset_id: str, page: PageRequest) -> Page[FileOut]:
        """The files of a draft, by path."""
        await self.store.read(lambda tx: _asset(tx, viewer, kind, asset_id))
        found = await asyncio.to_thread(lambda: list(confined.walk(self.draft(asset_id))))
        return page_of(found, page)

    async def upload(self, viewer: Viewer, kind: str, asset_id: str, path: str) -> Upload:
        """A file on its way into a draft; refused before a byte of it is read, also in arrears (CAT-11)."""
        parts = checked(path, TYPED_CHARACTERS)

        def check(tx: Connection) -> None:
            row = _asset(tx, viewer, kind, asset_id)
            access.require_change(tx, viewer, row)
            ledger.require_credit(tx, row["workspace_id"])

        await self.store.read(check)
        await asyncio.to_thread(self.draft(asset_id).mkdir, parents=True, exist_ok=True)
        return Upload(self.draft(asset_id), parts, self.home.uploads, FILE_LIMIT)

    async def touched(self, viewer: Viewer, kind: str, asset_id: str, action: str, path: str) -> None:
        """Record that a file of a draft came or went."""

        def note(tx: Connection) -> None:
            row = _asset(tx, viewer, kind, asset_id)
            record(tx, viewer, Changed(action, row["kind"], row, new={"path": path}))

        await self.store.write(note)

    async def remove_file(self, viewer: Viewer, kind: str, asset_id: str, path: str) -> None:
        """Take a file out of a draft."""
        parts = checked(path, TYPED_CHARACTERS)
        await self.store.read(lambda tx: access.require_change(tx, viewer, _asset(tx, viewer, kind, asset_id)))
        try:
            await asyncio.to_thread(confined.remove_file, self.draft(asset_id), parts)
        except FileNotFoundError as error:
            raise NotFound("not-found") from error
        await self.touched(viewer, kind, asset_id, "remove-file", path)

    async def commit(self, viewer: Viewer, kind: str, asset_id: str, wanted: VersionIn) -> VersionOut:
        """Make the draft the next version. Conflict where it is empty or as the newest version is."""
        await self.store.read(lambda tx: access.require_change(tx, viewer, _asset(tx, viewer, kind, asset_id)))
        async with self.sealing():
            files = await asyncio.to_thread(self._seal, asset_id)
            version_id = ids.new("version")
            await asyncio.to_thread(self.blobs.build, version_id, files)
            try:
                made = await self.store.write(
                    lambda tx: _commit(tx, viewer, _asset(tx, viewer, kind, asset_id), (version_id, files, wanted.note))
                )
            except BaseException:
                await asyncio.shield(asyncio.to_thread(self.blobs.remove_version, version_id))
                raise
            if made != version_id:
                # The request was repeated: the version that it made the first time is the answer.
                await asyncio.to_thread(self.blobs.remove_version, version_id)
        return await self.get(viewer, kind, asset_id, made)

    def _seal(self, asset_id: str) -> list[Sealed]:
        if not self.draft(asset_id).is_dir() or next(confined.walk(self.draft(asset_id)), None) is None:
            raise Conflict("draft-empty")
        return self.blobs.seal(self.draft(asset_id))

    async def list(self, viewer: Viewer, kind: str, asset_id: str, page: PageRequest) -> Page[VersionOut]:
        """The versions, newest first."""
        rows = t.versions

        def find(tx: Connection) -> Page[VersionOut]:
            _asset(tx, viewer, kind, asset_id)
            query = select(rows).where(rows.c.asset_id == asset_id, rows.c.deleted_at.is_(None))
            return fetch(tx, query, (rows.c.number,), page).map(version_view)

        return await self.store.read(find)

    async def get(self, viewer: Viewer, kind: str, asset_id: str, version_id: str) -> VersionOut:
        """One version."""
        return await self.store.read(lambda tx: version_view(_version(tx, viewer, kind, (asset_id, version_id))))

    async def files(self, viewer: Viewer, kind: str, which: tuple[str, str], page: PageRequest) -> Page[FileOut]:
        """The files of a version (`which`: asset and version), by path."""
        rows = t.version_files

        def find(tx: Connection) -> Page[FileOut]:
            _version(tx, viewer, kind, which)
            query = (
                select(rows.c.path, rows.c.blob_key, t.blobs.c.size_bytes)
                .join(t.blobs, t.blobs.c.key == rows.c.blob_key)
                .where(rows.c.version_id == which[1])
            )
            return fetch(tx, query, (rows.c.path,), page, newest_first=False).map(_file)

        return await self.store.read(find)

    async def open_file(self, viewer: Viewer, kind: str, which: tuple[str, str], path: str) -> tuple[int, int]:
        """A descriptor of one file of a version (`which`) and its size in bytes; the caller closes it."""
        parts = checked(path)
        await self.store.read(lambda tx: _version(tx, viewer, kind, which))
        fd = await asyncio.to_thread(confined.open_file, self.home.versions / which[1], parts)
        return fd, os.fstat(fd).st_size

    async def delete(self, viewer: Viewer, kind: str, asset_id: str, version_id: str) -> None:
        """Delete a version and free what no other uses. Conflict while it is mounted (CAT-7)."""

        def forget(tx: Connection) -> list[str]:
            version = _version(tx, viewer, kind, (asset_id, version_id))
            row = _asset(tx, viewer, kind, asset_id)
            access.require_change(tx, viewer, row)
            keys = forget_versions(tx, viewer, [version_id])
            record(tx, viewer, Changed("delete-version", row["kind"], row, new={"number": version["number"]}))
            return keys

        async with self.sealing():
            keys = await self.store.write(forget)
            await self.take_away([version_id], keys)

    async def take_away(self, versions: Sequence[str], keys: Sequence[str]) -> None:
        """Remove from the disk what the database has forgotten; the caller holds `sealing`."""
        for version_id in versions:
            await asyncio.to_thread(self.blobs.remove_version, version_id)
        await asyncio.to_thread(self.blobs.remove, keys)


def forget_versions(tx: Connection, viewer: Viewer, versions: Sequence[str]) -> list[str]:
    """Mark versions deleted and forget their files; the keys of blobs that nothing uses any more.

    Conflict while one of them is mounted by an environment that is there, stopped or not, or a task that has not
    ended. What a deleted environment or an ended task had mounted stays on its record and holds nothing.
    """
    _require_unmounted(tx, viewer, versions)
    files = t.version_files
    used = set(tx.scalars(select(files.c.blob_key).where(files.c.version_id.in_(versions))))
    tx.execute(delete(files).where(files.c.version_id.in_(versions)))
    tx.execute(update(t.versions).where(t.versions.c.id.in_(versions)).values(deleted_at=datetime.now(UTC)))
    unused = [key for key in used if tx.scalar(select(files.c.path).where(files.c.blob_key == key).limit(1)) is None]
    for start in range(0, len(unused), INSERT_BATCH):
        tx.execute(delete(t.blobs).where(t.blobs.c.key.in_(unused[start : start + INSERT_BATCH])))
    return unused


def _require_unmounted(tx: Connection, viewer: Viewer, versions: Sequence[str]) -> None:
    holders = [*_holding(tx, t.environments, versions), *_holding(tx, t.tasks, versions)]
    # Whose work the viewer may not know of is counted, never named (TEN-2b).
    known = [one["name"] for one in holders if _may_know(tx, viewer, one)]
    if known:
        names = ", ".join([*known[:NAMED], *(["…"] if len(holders) > len(known[:NAMED]) else [])])
        raise Conflict("version-mounted", count=len(holders), names=names)
    if holders:
        raise Conflict("version-mounted-elsewhere", count=len(holders))


def _holding(tx: Connection, rows: Table, versions: Sequence[str]) -> list[RowMapping]:
    there = rows.c.state.not_in(TASK_ENDED) if rows is t.tasks else rows.c.deleted_at.is_(None)
    mounted = select(t.mounts.c.holder_id).where(t.mounts.c.version_id.in_(versions))
    query = select(rows.c.id, rows.c.name, rows.c.owner, rows.c.workspace_id).where(rows.c.id.in_(mounted), there)
    return list(tx.execute(query.order_by(rows.c.created_at, rows.c.id)).mappings())


def _may_know(tx: Connection, viewer: Viewer, holder: RowMapping) -> bool:
    return sees_work(access.standing(tx, viewer, holder["workspace_id"]), holder["owner"])


def newest_of(tx: Connection, asset_id: str) -> RowMapping | None:
    """The newest version of an asset that is there."""
    rows = t.versions
    query = select(rows).where(rows.c.asset_id == asset_id, rows.c.deleted_at.is_(None))
    return tx.execute(query.order_by(rows.c.number.desc()).limit(1)).mappings().first()


def newest_of_all(tx: Connection, assets: Sequence[str]) -> dict[str, RowMapping]:
    """The newest version of each of `assets` that has one; one query for all."""
    rows = t.versions
    newest = (
        select(rows.c.asset_id, func.max(rows.c.number).label("number"))
        .where(rows.c.asset_id.in_(assets), rows.c.deleted_at.is_(None))
        .group_by(rows.c.asset_id)
        .subquery()
    )
    query = select(rows).join(newest, and_(rows.c.asset_id == newest.c.asset_id, rows.c.number == newest.c.number))
    return {row["asset_id"]: row for row in tx.execute(query).mappings()} if assets else {}


def version_view(row: RowMapping) -> VersionOut:
    """A version on the wire."""
    return VersionOut(
        id=row["id"],
        number=row["number"],
        note=row["note"],
        files=row["file_count"],
        size=row["size_bytes"],
        created_by=row["created_by"],
        created_at=row["created_at"],
    )


def _file(row: RowMapping) -> FileOut:
    content = row["blob_key"].removesuffix("x")
    executable = content != row["blob_key"]
    return FileOut(path=row["path"], size=row["size_bytes"], executable=executable, sha256=content)


def _asset(tx: Connection, viewer: Viewer, kind: str, asset_id: str) -> RowMapping:
    rows = t.assets
    row = tx.execute(select(rows).where(rows.c.id == asset_id, rows.c.kind == kind)).mappings().first()
    access.require_shared(tx, viewer, row)
    if row is None:
        raise NotFound("not-found")
    return row


def _version(tx: Connection, viewer: Viewer, kind: str, which: tuple[str, str]) -> RowMapping:
    asset_id, version_id = which
    _asset(tx, viewer, kind, asset_id)
    rows = t.versions
    query = select(rows).where(rows.c.id == version_id, rows.c.asset_id == asset_id, rows.c.deleted_at.is_(None))
    found = tx.execute(query).mappings().first()
    if found is None:
        raise NotFound("not-found")
    return found


def _commit(tx: Connection, viewer: Viewer, row: RowMapping, what: tuple[str, list[Sealed], str]) -> str:
    version_id, files, note = what
    access.require_change(tx, viewer, row)
    newest = newest_of(tx, row["id"])
    if newest is not None and _manifest(tx, newest["id"]) == {(file.path, file.key) for file in files}:
        raise Conflict("nothing-changed", number=newest["number"])
    number, now = row["last_number"] + 1, datetime.now(UTC)
    size = sum(file.size for file in files)
    values = {"id": version_id, "asset_id": row["id"], "number": number, "note": note, "file_count": len(files)}
    tx.execute(insert(t.versions).values(**values, size_bytes=size, created_by=viewer.name, created_at=now))
    _insert_files(tx, version_id, files, now)
    tx.execute(update(t.assets).where(t.assets.c.id == row["id"]).values(last_number=number, updated_at=now))
    record(tx, viewer, Changed("commit", row["kind"], row, new={"number": number, "version": version_id}))
    return version_id


def _manifest(tx: Connection, version_id: str) -> set[tuple[str, str]]:
    files = t.version_files
    query = select(files.c.path, files.c.blob_key).where(files.c.version_id == version_id)
    return {(row.path, row.blob_key) for row in tx.execute(query)}


def _insert_files(tx: Connection, version_id: str, files: Sequence[Sealed], now: datetime) -> None:
    sizes = {file.key: file.size for file in files}
    keys = list(sizes)
    for start in range(0, len(keys), INSERT_BATCH):
        some = keys[start : start + INSERT_BATCH]
        there = set(tx.scalars(select(t.blobs.c.key).where(t.blobs.c.key.in_(some))))
        new = [{"key": key, "size_bytes": sizes[key], "created_at": now} for key in some if key not in there]
        if new:
            tx.execute(insert(t.blobs), new)
    tx.execute(
        insert(t.version_files),
        [{"version_id": version_id, "path": file.path, "blob_key": file.key} for file in files],
    )
