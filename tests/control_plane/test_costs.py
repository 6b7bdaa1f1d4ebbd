"""The ledger: balanced, once, never changed; and what people see of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from gemini_control.managers import ledger
from gemini_control.managers.ledger import Entry
from gemini_control.managers.prices import DEFAULT, PriceList
from gemini_control.managers.runs import Runs, cost_of, find
from gemini_control.store import tables as t
from gemini_core.errors import Forbidden
from gemini_core.money import MICRO
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import DatabaseError

from control_plane.platform import Platform
from control_plane.test_projects import make
from control_plane.world import DYNAMIC, Lab

START = datetime(2126, 11, 22, 6, 30, 15, tzinfo=UTC)
"""Ahead of every clock: the platform's own, which charges what is open at each hour, must find nothing due."""
SHANGHAI = ZoneInfo("Asia/Shanghai")
RUN = "run-aaaaaaaaaa"


async def open_run(platform: Platform, workspace: str, run: str = RUN, person: str = "member", **fields: Any) -> str:
    """A run of an environment at 0.6 points an hour; its project."""
    project = await make(platform, person, name=f"for {run}")
    values = {
        "id": run,
        "holder_kind": "environment",
        "holder_id": "env-aaaaaaaaaa",
        "workspace_id": workspace,
        "project_id": project,
        "person": person,
        "price_micro_per_hour": 600_000,
        "started_at": START,
        "last_seen_at": START,
        **fields,
    }
    await platform.store.write(lambda tx: tx.execute(insert(t.runs).values(values)) and None)
    return project


async def charge(platform: Platform, minutes: float, run: str = RUN) -> int:
    """Charge the run until so many minutes after its start."""
    until = START + timedelta(minutes=minutes)
    return await platform.store.write(lambda tx: ledger.charge_run(tx, run, until, SHANGHAI))


def sums(tx: Connection) -> tuple[int, dict[str, int], dict[str, int]]:
    """The sum of all postings, the balances kept, the balances summed."""
    total = int(tx.scalar(select(func.coalesce(func.sum(t.postings.c.amount_micro), 0))) or 0)
    kept = {row.id: row.balance_micro for row in tx.execute(select(t.accounts))}
    query = select(t.postings.c.account_id, func.sum(t.postings.c.amount_micro)).group_by(t.postings.c.account_id)
    return total, kept, {row[0]: int(row[1]) for row in tx.execute(query)}


async def test_credit_and_charges_balance(platform: Platform, lab: str) -> None:
    """Covers: BILL-1, BILL-9. Every transaction sums to zero, and a balance is the sum of its postings."""
    body = {"amount": "1000", "kind": "credit", "note": "Opening credit"}
    made = await platform.ask("POST", f"/workspaces/{lab}/postings", "operator", body)
    assert (made.data["amount"], made.data["kind"], made.data["note"]) == ("1000.000000", "credit", "Opening credit")
    await open_run(platform, lab)
    assert await charge(platform, 31) == 310_000
    answer = (await platform.ask("GET", f"/workspaces/{lab}/balance")).data
    assert answer == {"workspaceId": lab, "balance": "999.690000", "inArrears": False}
    total, kept, summed = await platform.store.read(sums)
    assert total == 0
    assert kept == summed
    assert kept[ledger.REVENUE] == 310_000


async def test_a_run_within_one_second_costs_its_minute(platform: Platform, lab: str, tmp_path: Path) -> None:
    """Covers: BILL-2. A cluster tells whole seconds: both may be the same; said twice, charged once."""
    await open_run(platform, lab)
    runs = Runs(PriceList(tmp_path / "prices.toml"), SHANGHAI)
    for _ in range(2):
        await platform.store.write(lambda tx: runs.close(tx, RUN, START))
    row = await platform.store.read(lambda tx: find(tx, RUN))
    assert row is not None
    assert cost_of(row, START) == 10_000
    answer = (await platform.ask("GET", f"/workspaces/{lab}/balance")).data
    assert answer["balance"] == "-0.010000"


async def test_any_order_of_ticks_charges_once(platform: Platform, lab: str) -> None:
    """Covers: BILL-2, BILL-9. Skipped, repeated, late, at once: the same sum, and nothing twice."""
    await open_run(platform, lab)
    for minutes in (0, 5, 5, 3, 61, 61, 200, 10, 200.5):
        await asyncio.gather(charge(platform, minutes), charge(platform, minutes))
    await open_run(platform, lab, "run-bbbbbbbbbb")
    await charge(platform, 200.5, "run-bbbbbbbbbb")
    rows = select(t.runs.c.charged_micro, t.runs.c.charged_minutes).order_by(t.runs.c.id)
    assert [tuple(row) for row in await platform.store.read(lambda tx: tx.execute(rows).all())] == [
        (2_010_000, 201)
    ] * 2
    assert (await platform.ask("GET", f"/workspaces/{lab}/balance")).data["balance"] == "-4.020000"


async def test_a_line_is_keyed_by_run_and_minute(platform: Platform, lab: str) -> None:
    """Covers: BILL-9. Even where a run forgot what it was charged (an older backup), the ledger takes nothing twice."""
    await open_run(platform, lab)
    await charge(platform, 90)
    await platform.store.write(
        lambda tx: tx.execute(t.runs.update().values(charged_minutes=0, charged_micro=0)) and None
    )
    assert await charge(platform, 90) == 0
    assert (await platform.store.read(sums))[1][ledger.REVENUE] == 900_000


async def test_the_database_refuses_to_change_the_ledger(platform: Platform, lab: str) -> None:
    """Covers: BILL-9, TEN-4. By raw SQL, from whatever program."""
    await platform.store.write(lambda tx: ledger.credit(tx, lab, 5, key="k", person="operator", note=""))
    await make(platform)
    for table, change in (
        ("postings", "amount_micro = 1"),
        ("transactions", "note = 'x'"),
        ("audit", "person = 'x'"),
    ):
        for statement in (f"UPDATE {table} SET {change}", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError, match="append-only"):
                await platform.store.write(lambda tx, sql=statement: tx.execute(text(sql)) and None)


async def test_what_does_not_balance_is_not_written(platform: Platform, lab: str) -> None:
    """Covers: BILL-9. A bug, and nothing of its database transaction stays."""
    entry = Entry("k", "credit", lab, "operator", START, [(lab, 5), (ledger.FUNDING, -4)])
    with pytest.raises(ValueError, match="do not balance"):
        await platform.store.write(lambda tx: ledger.post(tx, entry))
    assert (await platform.store.read(sums))[0] == 0


async def test_a_key_is_posted_once(platform: Platform, lab: str) -> None:
    """Covers: API-5, BILL-9. Fifty at once with one key: one posting."""
    key = {"Idempotency-Key": "opening"}
    body = {"amount": "7.5", "note": "n"}
    address = f"/workspaces/{lab}/postings"
    answers = await asyncio.gather(*(platform.ask("POST", address, "operator", body, headers=key) for _ in range(50)))
    assert {answer.data["id"] for answer in answers} == {answers[0].data["id"]}
    assert (await platform.ask("GET", f"/workspaces/{lab}/balance")).data["balance"] == "7.500000"


@pytest.mark.parametrize("amount", ["0", "-1", "x", "", "NaN", "0.0000001", 1.5, True, None, "1e30", "1000000001"])
async def test_amounts_have_a_form(platform: Platform, lab: str, amount: object) -> None:
    """Covers: API-1, BILL-9."""
    answer = await platform.ask("POST", f"/workspaces/{lab}/postings", "operator", {"amount": amount})
    assert (answer.status, answer.error["field"]) == (422, "amount"), answer.body


async def test_arrears(platform: Platform, lab: str) -> None:
    """Covers: BILL-6. Nothing there is arrears; the smallest credit is not."""
    with pytest.raises(Forbidden, match="arrears"):
        await platform.store.read(lambda tx: ledger.require_credit(tx, lab))
    await platform.store.write(lambda tx: ledger.credit(tx, lab, 1, key="k", person="operator", note=""))
    await platform.store.read(lambda tx: ledger.require_credit(tx, lab))


async def test_lines_and_sums(platform: Platform, lab: str) -> None:
    """Covers: BILL-8. By day of the platform's zone, by project, by person; members see what is theirs."""
    await platform.store.write(lambda tx: ledger.credit(tx, lab, 10 * MICRO, key="k", person="operator", note="in"))
    mine = await open_run(platform, lab)
    theirs = await open_run(
        platform, lab, "run-bbbbbbbbbb", "colleague", holder_kind="task", holder_id="task-aaaaaaaaaa"
    )
    await charge(platform, 10 * 60)
    await charge(platform, 60, "run-bbbbbbbbbb")

    async def costs(by: str, person: str) -> list[tuple[str, str, int]]:
        found = (await platform.ask("GET", f"/costs?workspaceId={lab}&by={by}", person)).data
        return [(one["key"], one["amount"], one["minutes"]) for one in found]

    assert await costs("person", "owner") == [("colleague", "0.600000", 60), ("member", "6.000000", 600)]
    assert await costs("project", "admin") == sorted([(mine, "6.000000", 600), (theirs, "0.600000", 60)])
    assert await costs("person", "member") == [("member", "6.000000", 600)]
    days = await costs("day", "member")
    assert [day for day, _, _ in days] == ["2126-11-22", "2126-11-23"]
    assert sum(minutes for _, _, minutes in days) == 600
    named = (await platform.ask("GET", "/costs?by=project")).data
    assert named[0]["name"] == f"for {RUN}"
    lines = (await platform.ask("GET", f"/workspaces/{lab}/postings?limit=200")).data
    assert {(line["person"], line["kind"]) for line in lines} == {("operator", "credit"), ("member", "environment")}
    assert {line["holderId"] for line in lines} == {None, "env-aaaaaaaaaa"}
    assert (await platform.ask("GET", f"/costs?workspaceId={lab}", "stranger")).status == 404
    assert (await platform.ask("GET", f"/workspaces/{lab}/postings", "stranger")).status == 404
    assert (await platform.ask("GET", "/costs?by=planet")).error["field"] == "by"


async def test_a_first_day_ends_at_midnight_in_the_platforms_zone(platform: Platform, lab: str) -> None:
    """Covers: BILL-4. 14:30:15 in Shanghai to midnight are 570 started minutes."""
    await open_run(platform, lab)
    await charge(platform, 600)
    days = (await platform.ask("GET", f"/costs?workspaceId={lab}&by=day")).data
    assert [(day["key"], day["minutes"], day["amount"]) for day in days] == [
        ("2126-11-22", 570, "5.700000"),
        ("2126-11-23", 30, "0.300000"),
    ]


@pytest.mark.parametrize("own", ["5.0", "0.01"])
async def test_a_task_costs_what_its_specification_was_quoted_at(world: Lab, own: str) -> None:
    """Covers: BILL-8, BILL-10, TRAIN-7. A specification's own price is the task's and its run's, for all instances."""
    world.platform.parts.home.prices.write_text(f'{DEFAULT.read_text()}\nlocal-b1 = "{own}"\n')
    chosen: dict[str, Any] = {"resourceConfig": None, "specificationId": "local-b1"}
    for more, count in ({}, 1), ({"mode": "distributed", "roles": [{"name": "worker", "instances": 2}]}, 2):
        wish = {**DYNAMIC, **chosen, **more}
        quoted = (await world.platform.ask("POST", "/training-tasks/preview", "member", wish)).data
        assert quoted["errors"] == []
        task = await world.submit(**chosen, **more)
        shown = await world.reached(task["taskId"], "running")
        run = next(one for one in await world.rows(t.runs) if one["holder_id"] == task["taskId"])
        assert shown["pricePerHour"] == quoted["pricePerHour"] == f"{float(own) * count:.6f}"
        assert run["price_micro_per_hour"] == float(own) * count * MICRO
        await world.platform.ask("POST", f"/training-tasks/{task['taskId']}/stop")
