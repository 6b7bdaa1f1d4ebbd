"""The line of a cluster: who joins it, what admission and eviction mean for a row, what is told of those who wait.

The line is a whole part that is swapped (`fake_line`); rows, store, reconcilers and API are the platform's own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from gemini_control.backends.lines import LineRefused, Queues
from gemini_control.managers import ledger
from gemini_control.reconcilers import dynamic, environments, line, workqueue
from gemini_control.store import tables as t
from gemini_core.money import MICRO
from gemini_core.observations import Observation, Presence, Stage
from gemini_core.queueing import Capacity
from gemini_core.standings import GONE
from sqlalchemy import select

from control_plane.fake_hub import FakeHub
from control_plane.fake_line import FakeLine, G
from control_plane.platform import Platform, make_app
from control_plane.queued_world import Queued, QueuedBackend, until
from control_plane.world import LAB, ZONE, fill_people


@pytest.fixture
async def queued(home: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Queued]:
    """A filled world whose admissions are a cluster's."""
    monkeypatch.setattr(environments, "LOOK_AGAIN", 0.01)
    monkeypatch.setattr(dynamic, "LOOK_WHILE_RUNNING", 0.02)
    monkeypatch.setattr(line, "SPEAK_EVERY", 0.02)
    monkeypatch.setattr(line, "LOST_AFTER", 0.05)
    monkeypatch.setattr(workqueue, "FIRST_BACKOFF", 0.02)
    fake = FakeLine()
    app = make_app(home, hub, backend=QueuedBackend(home / "store", lined=Queues(fake)))
    await app.start_async()
    world = Queued(Platform(app, hub), fake)
    await world.platform.store.write(fill_people)
    await world.fill()
    world.obey()
    yield world
    world.platform.client.close()
    await world.platform.app.stop_async()


async def test_an_environment_waits_with_a_reservation_and_starts_once_it_is_admitted(queued: Queued) -> None:
    """Covers: RES-4, RES-6, BILL-2: nothing starts and nothing costs before; the placement is kept."""
    made = await queued.create()
    seen = await queued.told(made["id"], "resources", "insufficient quota")
    assert seen["state"] == "queued" and seen["position"] == 1
    assert not queued.platform.hub.servers and not await queued.rows(t.runs)
    queued.platform.hub.on_start = lambda person, environment: None
    queued.line.admit(made["id"])
    starting = await queued.until(made["id"], "starting")
    assert starting["steps"][0]["state"] == "doing" and starting["reason"] is None
    row = await queued.row(made["id"])
    assert row["placement"]["nodeLabels"] == {"zone": "local"} and row["run_id"] is None
    assert not await queued.rows(t.runs)


async def test_a_run_opens_when_the_pod_is_on_a_node(queued: Queued) -> None:
    """Covers: BILL-2, TRAIN-8: not at admission; the steps follow the pod; it is charged from the node on."""
    bound = time.time() - 600

    asked = asyncio.Event()

    def start(person: str, environment: str) -> None:
        queued.pods.come(environment, Stage.NODE)
        asked.set()

    queued.platform.hub.on_start = start
    queued.line.at_once = True
    made = await queued.create()
    await asyncio.wait_for(asked.wait(), 10)
    await queued.until(made["id"], "starting")
    assert not await queued.rows(t.runs)
    queued.pods.come(made["id"], Stage.IMAGE, allocated_at=bound)
    (run,) = await until(lambda: queued.rows(t.runs), lambda runs: len(runs) == 1)
    row = await until(lambda: queued.row(made["id"]), lambda row: row["steps"][2]["state"] == "doing")
    assert row["run_id"] == run["id"] and run["started_at"] >= row["created_at"]
    queued.pods.run(made["id"], bound)
    queued.platform.hub.ready("member", made["id"])
    running = await queued.until(made["id"], "running")
    assert len(await queued.rows(t.runs)) == 1 and running["reason"] is None


async def test_a_card_that_lost_its_price_meanwhile_costs_what_it_did_at_admission(queued: Queued) -> None:
    """Covers: BILL-1, BILL-2: nothing runs uncharged; a price that is there is that of the start."""
    prices = queued.platform.parts.home.prices
    before = prices.read_text()
    card = {"zone_id": "local", "gpu_type": "A100", "declared": 1, "memory_bytes": 80 * G}
    await queued.platform.store.write(lambda tx: tx.execute(t.zone_gpus.insert().values(card)))
    queued.line.whole["local"] = queued.backend.whole = Capacity(8000, 16 * G, {"A100": 1})
    queued.line.at_once = True
    made = await queued.submit(resourceConfig={**ZONE, "gpuCount": 1})
    await queued.reached(made["taskId"], "allocating")
    prices.write_text(before.replace("A100", "H100"))
    queued.pods.run(made["taskId"], time.time())
    await queued.reached(made["taskId"], "running")
    (run,) = await queued.rows(t.runs)
    assert run["gpu_micro_per_hour"] == 12 * MICRO and run["price_micro_per_hour"] > 12 * MICRO


async def test_a_task_is_tried_again_only_when_nothing_of_it_stands_there(queued: Queued) -> None:
    """Covers: TRAIN-9, TRAIN-12: what the line still has of the last attempt admits no later one."""
    queued.line.at_once = True
    made = await queued.submit(retries=1)
    await queued.reached(made["taskId"], "allocating")
    queued.pods.keeps = True
    queued.pods.run(made["taskId"], time.time())
    await queued.reached(made["taskId"], "running")
    queued.pods.end(made["taskId"], 3)
    again = await until(lambda: queued.task(made["taskId"]), lambda one: one["attempt"] == 2)
    await until(_same(lambda: queued.pods.calls.count(("remove", made["taskId"]))), lambda times: times > 2)
    assert again["state"] == (await queued.task(made["taskId"]))["state"] == "queued"
    queued.pods.keeps = False
    await queued.reached(made["taskId"], "allocating")
    assert queued.pods.calls.count(("start", made["taskId"])) > 1


async def test_the_reservation_ends_with_the_environment(queued: Queued) -> None:
    """Covers: RES-6: it is held while it stops, and taken away after."""
    queued.line.at_once = True
    made = await queued.running()
    assert made["id"] in queued.line.stands
    (await queued.platform.ask("POST", f"/dev-environments/{made['id']}/stop")).data  # noqa: B018
    await queued.until(made["id"], "stopped")
    await until(_same(queued.line.holders), lambda found: not found)


async def test_a_restart_takes_a_new_place(queued: Queued) -> None:
    """Covers: RES-6: what an earlier life stood for admits no later one."""
    queued.line.at_once = True
    made = await queued.running()
    before = queued.line.standing(made["id"]).since
    (await queued.platform.ask("POST", f"/dev-environments/{made['id']}/restart")).data  # noqa: B018
    await until(
        _same(lambda: queued.line.standing(made["id"])), lambda one: one.stand == "admitted" != one.since != before
    )
    await queued.until(made["id"], "running")
    assert queued.line.standing(made["id"]).since != before


async def test_an_eviction_stops_the_environment_and_says_why(queued: Queued) -> None:
    """Covers: RES-6, TRAIN-9: node failures and stopped queues, in words, Kueue's own beside them."""
    queued.line.at_once = True
    made = await queued.running()
    queued.line.evict(made["id"], "NodeFailures", "node-7 is not ready")
    stopped = await queued.until(made["id"], "stopped")
    assert stopped["reason"]["code"] == "node" and "node-7 is not ready" in stopped["reason"]["detail"]
    assert "lost the node" in stopped["reason"]["detail"] and stopped["target"] == "stopped"
    await until(_same(queued.line.holders), lambda found: not found)


async def test_one_that_is_switched_off_while_it_waits_is_stopped(queued: Queued) -> None:
    """Covers: RES-6: a deactivated place never comes back by itself."""
    made = await queued.create()
    await until(_same(queued.line.holders), bool)
    queued.line.evict(made["id"], "Deactivated", "by an admin", final=True)
    stopped = await queued.until(made["id"], "stopped")
    assert "deactivated by hand" in stopped["reason"]["detail"]


async def test_a_reservation_deleted_by_hand_is_made_again(queued: Queued) -> None:
    """Covers: RES-6: what runs is not stopped for it; while it has no place, that is told."""
    queued.line.at_once = True
    made = await queued.running()
    queued.line.at_once = False
    queued.line.put(made["id"], GONE)
    lost = await queued.told(made["id"], "resources", "reservation was deleted")
    assert lost["state"] == "running"
    queued.line.admit(made["id"])
    well = await until(lambda: queued.environment(made["id"]), lambda one: one["reason"] is None)
    assert well["state"] == "running"


async def test_a_line_that_is_away_is_told_and_tried_again(queued: Queued) -> None:
    """Covers: RES-4: Kueue's webhook away: the reason says so, and it starts by itself later."""
    queued.line.away = "failed calling webhook"
    made = await queued.create()
    seen = await queued.told(made["id"], "resources", "does not answer")
    assert "failed calling webhook" in seen["reason"]["detail"]
    queued.line.away, queued.line.at_once = "", True
    await queued.until(made["id"], "running")


async def test_something_foreign_in_its_place_fails_it(queued: Queued) -> None:
    """Covers: TRAIN-9: configuration, naming the object."""
    queued.line.refused = LineRefused("", foreign="Workload env-x")
    made = await queued.create()
    failed = await queued.until(made["id"], "failed")
    assert failed["reason"]["code"] == "configuration" and "Workload env-x" in failed["reason"]["detail"]


async def test_nobody_in_arrears_stands_in_the_line(queued: Queued) -> None:
    """Covers: BILL-6: an account that is empty by then gives its place back, and takes one again with credit."""
    made = await queued.create()
    await until(_same(queued.line.holders), bool)
    store = queued.platform.store
    await store.write(lambda tx: ledger.credit(tx, LAB, -2000 * MICRO, key="less", person="operator", note=""))
    queued.platform.store.tell("line")
    await queued.told(made["id"], "arrears")
    await until(_same(queued.line.holders), lambda found: not found)
    await store.write(lambda tx: ledger.credit(tx, LAB, 5000 * MICRO, key="more", person="operator", note=""))
    queued.line.at_once = True
    queued.platform.store.tell("line")
    await queued.until(made["id"], "running")


async def test_a_task_stands_in_its_queue_and_is_allocated_when_admitted(queued: Queued) -> None:
    """Covers: TRAIN-8, RES-6: its objects name the queue of the membership; it costs when it is on a node."""
    made = await queued.submit()
    await until(_same(queued.line.holders), bool)
    assert queued.pods.launches[made["taskId"]].queue == f"{LAB}-member"
    assert (await queued.task(made["taskId"]))["state"] == "queued"
    queued.line.admit(made["taskId"])
    queued.pods.come(made["taskId"], Stage.NODE)
    await until(lambda: queued.task(made["taskId"]), lambda one: one["state"] in ("allocating", "starting"))
    assert not await queued.rows(t.runs)


async def test_a_task_of_a_zone_that_is_gone_fails(queued: Queued) -> None:
    """Covers: TRAIN-9: configuration, naming the zone; it is never placed anywhere else."""
    queued.line.whole.clear()
    made = await queued.submit()
    failed = await until(lambda: queued.task(made["taskId"]), lambda one: one["endedAt"])
    assert failed["state"] == "failed" and failed["reason"]["code"] == "configuration"
    assert "not offered any more: local" in failed["reason"]["detail"]


async def test_a_task_that_never_got_to_a_node_waits_again(queued: Queued) -> None:
    """Covers: TRAIN-8: an eviction before its start costs nothing and fails nothing."""
    made = await queued.submit()
    await until(_same(queued.line.holders), bool)
    queued.line.admit(made["taskId"])
    queued.pods.come(made["taskId"], Stage.NODE)
    await until(lambda: queued.task(made["taskId"]), lambda one: one["state"] in ("allocating", "starting"))
    queued.line.evict(made["taskId"], "Preempted")
    again = await queued.reached(made["taskId"], "queued")
    assert again["reason"]["code"] == "resources"


async def test_a_task_that_ended_and_lost_its_place_meanwhile_is_told_and_paid_for(queued: Queued) -> None:
    """Covers: TRAIN-9, BILL-2: nobody saw its admission, and what stood for it in the line was deleted since."""
    made = await queued.submit()
    await until(_same(queued.line.holders), bool)
    at = time.time() - 120
    queued.pods.alive[made["taskId"]] = Observation(
        Presence.ENDED, started_at=at, ended_at=at + 60, allocated_at=at, exit_code=0
    )
    queued.line.put(made["taskId"], GONE)
    await queued.reached(made["taskId"], "succeeded")
    assert [one["ended_at"] is not None for one in await queued.rows(t.runs)] == [True]


async def test_a_task_that_is_taken_back_while_it_stops_was_stopped(queued: Queued) -> None:
    """Covers: TRAIN-9: what was wished is told, not what came in between."""
    queued.line.at_once = True
    made = await queued.submit()
    await queued.reached(made["taskId"], "allocating")
    queued.pods.run(made["taskId"], time.time())
    await queued.reached(made["taskId"], "running")
    queued.pods.lasting = asyncio.Event()
    (await queued.platform.ask("POST", f"/training-tasks/{made['taskId']}/stop")).data  # noqa: B018
    queued.line.evict(made["taskId"], "Preempted")
    ended = await queued.reached(made["taskId"], "stopped")
    assert ended["reason"]["code"] == "user-stopped"
    queued.pods.lasting.set()


async def test_a_task_that_is_cancelled_leaves_the_line(queued: Queued) -> None:
    """Covers: TRAIN-9: no object of it stays."""
    made = await queued.submit()
    await until(_same(queued.line.holders), bool)
    (await queued.platform.ask("POST", f"/training-tasks/{made['taskId']}/stop")).data  # noqa: B018
    await until(_same(queued.line.holders), lambda found: not found)
    assert ("remove", made["taskId"]) in queued.pods.calls


async def test_what_nobody_stands_for_is_taken_away(queued: Queued) -> None:
    """Covers: RES-6: leftovers of a control plane that was killed, whose row is gone."""
    queued.line.wait("env-zzzzzzzzzz")
    await until(_same(queued.line.holders), lambda found: not found)


async def test_one_that_was_admitted_while_we_were_away_goes_on(queued: Queued) -> None:
    """Covers: RES-6: names are the rows', so whoever comes next finds what was made."""
    made = await queued.create()
    since = (await until(_same(lambda: queued.line.standing(made["id"])), lambda one: one.stand == "waiting")).since
    await queued.platform.app.stop_async()
    queued.line.admit(made["id"])
    app = make_app(queued.platform.home, queued.platform.hub, backend=queued.backend)
    await app.start_async()
    queued.platform.app = app
    await queued.until(made["id"], "running")
    assert queued.line.standing(made["id"]).since == since


async def test_the_limit_that_binds_is_named(queued: Queued) -> None:
    """Covers: RES-4: quota before resources, whatever the line says of both alike."""
    values = {"workspace_id": LAB, "person": "member", "cpu_millicores": 1000, "changed_by": "owner"}
    await queued.platform.store.write(
        lambda tx: tx.execute(t.member_limits.insert().values(**values, changed_at=_now(tx)))
    )
    queued.line.at_once = True
    await queued.running()
    queued.line.at_once = False
    second = await queued.create(name="lab two")
    seen = await queued.told(second["id"], "quota", "insufficient quota")
    assert "personal limit (CPU cores: 1)" in seen["reason"]["detail"] and seen["position"] == 1


async def test_a_limit_over_several_zones_is_kept_by_the_platform(queued: Queued) -> None:
    """Covers: RES-4: no queue adds up what is counted in several places, so it does not even join."""
    queued.line.whole["az-bj-a"] = Capacity(8000, 16 * G, {"A100": 4})
    values = {"workspace_id": LAB, "cpu_millicores": 1500, "changed_by": "operator"}
    await queued.platform.store.write(
        lambda tx: tx.execute(t.workspace_limits.insert().values(**values, changed_at=_now(tx)))
    )
    queued.line.at_once = True
    first = await queued.running()
    second = await queued.create(name="lab two")
    await queued.told(second["id"], "quota")
    assert second["id"] not in queued.line.stands
    (await queued.platform.ask("POST", f"/dev-environments/{first['id']}/stop")).data  # noqa: B018
    await queued.until(second["id"], "running")


def _now(tx: Any) -> Any:
    return tx.execute(select(t.workspaces.c.created_at)).scalars().first()


def _same(look: Callable[[], Any]) -> Callable[[], Any]:
    async def answer() -> Any:
        return look()

    return answer
