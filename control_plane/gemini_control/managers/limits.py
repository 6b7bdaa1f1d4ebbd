"""Limits of workspaces and of persons in them, as rows; what is held against them is the callers' to say (RES-4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gemini_core.errors import Conflict
from gemini_core.queueing import Ask, held_by
from gemini_core.quota import Amount, Holder, Limits, Quotas, decide
from sqlalchemy import Connection, RowMapping, select

from gemini_control.managers.wording import quantity
from gemini_control.store import tables as t

TOPIC = "limits"
"""What `Store.subscribe` takes to hear of limits that were changed."""

PersonLimits = dict[tuple[str, str], Limits]
FIELDS = {
    "cpu": "resourceConfig.cpuCores",
    "memory": "resourceConfig.memory",
    "gpu": "resourceConfig.gpuCount",
}


def limits_of(tx: Connection) -> tuple[dict[str, Limits], PersonLimits]:
    """All that were set: of workspaces, and of (workspace, person). A person's may outlive their membership."""
    workspaces = {row["workspace_id"]: as_limits(row) for row in tx.execute(select(t.workspace_limits)).mappings()}
    rows = tx.execute(select(t.member_limits)).mappings()
    return workspaces, {(row["workspace_id"], row["person"]): as_limits(row) for row in rows}


def row_of(tx: Connection, holder: Holder) -> RowMapping | None:
    """The row of one's limits; None where they were never set."""
    if holder.person is None:
        rows = t.workspace_limits
        query = select(rows).where(rows.c.workspace_id == holder.workspace)
    else:
        members = t.member_limits
        query = select(members).where(members.c.workspace_id == holder.workspace, members.c.person == holder.person)
    return tx.execute(query).mappings().first()


def rows_of(tx: Connection, workspaces: Collection[str]) -> dict[Holder, RowMapping]:
    """The rows of some workspaces and of all persons in them."""
    found = {}
    for rows in (t.workspace_limits, t.member_limits):
        for row in tx.execute(select(rows).where(rows.c.workspace_id.in_(workspaces))).mappings():
            found[Holder(row["workspace_id"], row.get("person"))] = row
    return found


def as_limits(row: RowMapping | None) -> Limits:
    """The limits in a row."""
    return Limits() if row is None else Limits(row["cpu_millicores"], row["memory_bytes"], row["gpu_count"])


def quotas(tx: Connection, held: Iterable[Ask]) -> Quotas:
    """All limits, with what is `held` counted against them."""
    workspaces, persons = limits_of(tx)
    limits = {Holder(workspace): found for workspace, found in workspaces.items()}
    limits |= {Holder(workspace, person): found for (workspace, person), found in persons.items()}
    return Quotas(limits).holding(map(held_by, held))


def check_whole(tx: Connection, holder: Holder, amount: Amount, specification: str | None = None) -> None:
    """Raises Conflict where `amount` is larger than a whole limit of the person `holder`, or of their workspace.

    The error names the limit and whose it is; its field is the one of a free choice, or the `specification`'s.
    """
    for one in (holder, Holder(holder.workspace)):
        limits = as_limits(row_of(tx, one))
        for what in decide(limits, Amount(), amount).beyond:
            name = tx.scalar(select(t.workspaces.c.name).where(t.workspaces.c.id == one.workspace))
            raise Conflict(
                f"beyond-{one.scope}-{what}",
                field="specificationId" if specification else FIELDS[what],
                person=one.person,
                workspace=name,
                limit=quantity(what, limits.of(what) or 0),
                asked=quantity(what, amount.of(what)),
            )


def check_row(tx: Connection, row: RowMapping) -> None:
    """As `check_whole`, for a row of environments that is to run again."""
    amount = Amount(row["cpu_millicores"], row["memory_bytes"], row["gpu_count"])
    check_whole(tx, Holder(row["workspace_id"], row["owner"]), amount, row["specification_id"])
