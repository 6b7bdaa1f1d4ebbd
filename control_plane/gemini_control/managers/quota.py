"""Quota: who reads and sets the limits of a workspace and of the persons in it (RES-5), and what is held against them.

A limit that is changed is heard of at once: what waits for it is looked at in the same transaction. Nothing that
runs is stopped by one that is lowered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import Any

from gemini_core.errors import Forbidden, NotFound
from gemini_core.queueing import Ask
from gemini_core.quota import NOTHING, Amount, Holder, Limits
from gemini_core.roles import Role, Standing, manages
from sqlalchemy import Connection, RowMapping, Table, insert, select, update

from gemini_control.managers import access, limits
from gemini_control.managers.admission import Admission
from gemini_control.managers.wording import cores, gb
from gemini_control.models.limits import HoldingOut, LimitsIn, LimitsOut, QuotaUseOut
from gemini_control.store import audit, outbox
from gemini_control.store import tables as t
from gemini_control.store.audit import Entry
from gemini_control.store.database import Store, wake
from gemini_control.store.outbox import About
from gemini_control.viewers import Viewer

EVENT = "limits"
"""The kind of the event that a limit was changed; its id is the workspace's."""
MILLI, GB = 1000, 2**30
Uses = dict[Holder, QuotaUseOut]


class Quota:
    """The manager. `admission` knows what is held and what waits."""

    def __init__(self, store: Store, admission: Admission) -> None:
        self.store = store
        self.admission = admission

    async def limits(self, viewer: Viewer, holder: Holder) -> LimitsOut:
        """The limits of a workspace, or of one person in it."""

        def read(tx: Connection) -> LimitsOut:
            _require(tx, viewer, holder)
            return _limits(limits.row_of(tx, holder))

        return await self.store.read(read)

    async def usage(self, viewer: Viewer, holder: Holder) -> QuotaUseOut:
        """The limits with what is held against them and what waits."""

        def read(tx: Connection) -> QuotaUseOut:
            _require(tx, viewer, holder)
            return self.uses(tx, [holder])[holder]

        return await self.store.read(read)

    async def set(self, viewer: Viewer, holder: Holder, wanted: LimitsIn) -> LimitsOut:
        """Set all limits of a workspace or a person at once; what fits now starts."""

        def write(tx: Connection) -> None:
            standing = access.require(tx, viewer, holder.workspace)
            _known(tx, holder)
            if not (viewer.operator or (holder.person is not None and standing.role is Role.OWNER)):
                raise Forbidden("not-allowed", role=Role.OWNER)
            if _write(tx, viewer, holder, _asked(wanted)):
                self.admission.admit(tx, datetime.now(UTC))

        await self.store.write(write)
        return await self.limits(viewer, holder)

    def uses(self, tx: Connection, holders: Sequence[Holder]) -> Uses:
        """What each of `holders` may hold, holds and waits for."""
        if not holders:
            return {}
        held, queued = map(_by_holder, self.admission.asks(tx))
        rows = limits.rows_of(tx, {holder.workspace for holder in holders})
        return {
            holder: QuotaUseOut(
                limits=_limits(rows.get(holder)), held=_holding(held[holder]), queued=_holding(queued[holder])
            )
            for holder in holders
        }

    def uses_of_members(self, tx: Connection, standing: Standing, workspace_id: str, names: Iterable[str]) -> Uses:
        """The uses of those members that the viewer may know of: their own; all where they manage the workspace."""
        seen = [name for name in names if manages(standing) or name == standing.person]
        return self.uses(tx, [Holder(workspace_id, name) for name in seen])


def _by_holder(asks: Iterable[Ask]) -> defaultdict[Holder, list[Ask]]:
    found: defaultdict[Holder, list[Ask]] = defaultdict(list)
    for ask in asks:
        found[Holder(ask.workspace)].append(ask)
        found[Holder(ask.workspace, ask.person)].append(ask)
    return found


def _require(tx: Connection, viewer: Viewer, holder: Holder) -> None:
    standing = access.require(tx, viewer, holder.workspace)
    _known(tx, holder)
    if holder.person not in (None, viewer.name) and not manages(standing):
        raise Forbidden("not-allowed", role=Role.ADMIN)


def _known(tx: Connection, holder: Holder) -> None:
    rows = t.workspaces
    if tx.scalar(select(rows.c.id).where(rows.c.id == holder.workspace)) is None:
        raise NotFound("not-found")
    if holder.person is not None and access.role_in(tx, holder.person, holder.workspace) is None:
        raise NotFound("not-found")


def _asked(wanted: LimitsIn) -> Limits:
    return Limits(
        None if wanted.cpu_cores is None else round(wanted.cpu_cores * MILLI),
        None if wanted.memory is None else round(wanted.memory * GB),
        wanted.gpu_count,
    )


def _write(tx: Connection, viewer: Viewer, holder: Holder, wanted: Limits) -> bool:
    """Whether anything changed."""
    row = limits.row_of(tx, holder)
    old = limits.as_limits(row)
    if old == wanted:
        return False
    _put(tx, viewer, holder, wanted, known=row is not None)
    whose = {} if holder.person is None else {"person": holder.person}
    entry = Entry(
        "set-limits", "workspace", holder.workspace, holder.workspace, whose | _said(old), whose | _said(wanted)
    )
    audit.write(tx, viewer.name, viewer.source, entry)
    about = About(holder.workspace, holder.person, "workspace" if holder.person is None else "owner")
    outbox.add(tx, EVENT, holder.workspace, "updated", about)
    wake(tx, limits.TOPIC)
    return True


def _put(tx: Connection, viewer: Viewer, holder: Holder, wanted: Limits, *, known: bool) -> None:
    values = {
        "cpu_millicores": wanted.cpu_millicores,
        "memory_bytes": wanted.memory_bytes,
        "gpu_count": wanted.gpu_count,
        "changed_by": viewer.name,
        "changed_at": datetime.now(UTC),
    }
    rows: Table = t.workspace_limits if holder.person is None else t.member_limits
    key = {"workspace_id": holder.workspace} | ({} if holder.person is None else {"person": holder.person})
    if known:
        tx.execute(update(rows).where(*(rows.c[name] == value for name, value in key.items())).values(**values))
    else:
        tx.execute(insert(rows).values(**key, **values))


def _limits(row: RowMapping | None) -> LimitsOut:
    said = _said(limits.as_limits(row))
    return LimitsOut.model_validate(
        {**said, "changedBy": row["changed_by"] if row else None, "changedAt": row["changed_at"] if row else None}
    )


def _said(found: Limits) -> dict[str, Any]:
    return {
        "cpuCores": None if found.cpu_millicores is None else cores(found.cpu_millicores),
        "memory": None if found.memory_bytes is None else gb(found.memory_bytes),
        "gpuCount": found.gpu_count,
    }


def _holding(asks: Sequence[Ask]) -> HoldingOut:
    total = reduce(Amount.plus, (ask.amount for ask in asks), NOTHING)
    return HoldingOut(
        count=len(asks), cpu_cores=cores(total.cpu_millicores), memory=gb(total.memory_bytes), gpu_count=total.gpu_count
    )
