"""A page that is asked for again costs nothing, and never shows what is no longer so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from gemini_control.home import Home
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_control.store.unchanged import Unchanged
from sqlalchemy import Connection, insert, update

from control_plane.test_statements import fewest
from control_plane.world import DATASET, PROJECT, Lab

LIST = "/dev-environments?limit=10"


async def resting(world: Lab) -> str:
    """An environment that ran and is stopped."""
    made: str = (await world.running(datasets=[{"datasetId": DATASET}]))["id"]
    await world.platform.ask("POST", f"/dev-environments/{made}/stop")
    await world.until(made, "stopped")
    return made


async def listed(world: Lab, person: str = "member") -> list[dict[str, object]]:
    """The page."""
    return list((await world.platform.ask("GET", LIST, person)).data)


async def test_a_page_is_read_once(world: Lab) -> None:
    """Covers: API-5. Nothing but the question whether anything changed is asked of the database."""
    await resting(world)
    for _ in range(10):  # each of the readers looks at the last change once
        first = await listed(world)
    statements, again = await fewest(world, lambda: listed(world))
    assert again == first
    assert statements == ["BEGIN", "PRAGMA data_version"]


async def test_every_change_beside_it_is_seen(world: Lab) -> None:
    """Covers: API-5, PROJ-1. A name of its project or its data, by whomever, another process too, and its price."""
    await resting(world)
    await listed(world)
    await world.platform.ask("PATCH", f"/projects/{PROJECT}", "member", {"name": "numbers"})
    assert (await listed(world))[0]["projectName"] == "numbers"
    elsewhere = Store(Home(world.platform.home).database_url)
    elsewhere.write_now(lambda tx: tx.execute(update(t.assets).where(t.assets.c.id == DATASET).values(name="figures")))
    elsewhere.close()
    (mount,) = (await listed(world))[0]["mounts"]  # type: ignore[misc, attr-defined]
    assert mount["assetName"] == "figures"
    before = (await listed(world))[0]["pricePerHour"]
    prices: Path = world.platform.parts.home.prices
    prices.write_text(prices.read_text().replace('cpu_core_hour = "', 'cpu_core_hour = "1'))
    assert (await listed(world))[0]["pricePerHour"] != before


async def test_nobody_sees_the_page_of_another(world: Lab) -> None:
    """Covers: TEN-2. Each page is of its viewer and of its language."""
    made = await resting(world)
    assert [one["id"] for one in await listed(world)] == [made]
    assert await listed(world, "colleague") == await listed(world, "stranger") == []
    chinese = {"Accept-Language": "zh-CN"}
    said = [(await world.platform.ask("GET", LIST, headers=headers)).data for headers in ({}, chinese)]
    reasons = [one[0]["reason"]["message"] for one in said]
    assert reasons[0] != reasons[1]


async def test_what_runs_is_read_each_time(world: Lab) -> None:
    """Covers: BILL-2. A cost that moves by itself is never an old one."""
    await world.running()
    for _ in range(10):
        await listed(world)
    statements, _ = await fewest(world, lambda: listed(world))
    assert len([one for one in statements if "FROM environments" in one]) == 3


@pytest.mark.parametrize("noticed", [True, False], ids=["another reader noticed", "nobody noticed yet"])
def test_what_was_read_before_a_change_is_not_kept(home: Path, noticed: bool) -> None:
    """Covers: API-5. A commit while a reader reads: its old answer is no later reader's."""
    store = Store(Home(home).database_url)
    store.write_now(lambda tx: None)  # the writer is connected before anybody reads, as in the platform
    kept: Unchanged[str] = Unchanged(lambda value: True)

    def change() -> None:
        store.write_now(lambda tx: tx.execute(insert(t.persons).values(name="new", first_seen_at=datetime.now(UTC))))

    def slow(tx: Connection) -> str:
        def read() -> str:
            change()
            if noticed:
                with store.reader.connect() as other, other.begin():
                    kept.get(other, "else", lambda: "")
            return "old"

        return kept.get(tx, "page", read)

    with store.reader.connect() as tx, tx.begin():
        assert slow(tx) == "old"
    with store.reader.connect() as tx, tx.begin():
        assert kept.get(tx, "page", lambda: "new") == "new"
    store.close()
