"""Tasks that are started again: when, how often, at what cost, and what is seen of it."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from gemini_control.store import tables as t

from control_plane.world import DYNAMIC, Lab


async def test_a_failed_task_is_started_again(world: Lab) -> None:
    """As often as was asked; each attempt has its own charge, all are in the timeline, the output is the same.

    Covers: TRAIN-9, BILL-2
    """
    made = await world.submit(retries=1)
    await world.reached(made["taskId"], "running")
    first = world.backend.launches.pop(made["taskId"])
    world.write(world.folder(made["taskId"]), "ended", "failed", ended_at=2.0, exit_code=3)
    world.backend.end(made["taskId"], 3)
    seen = await again(world, made["taskId"], 2)
    assert (seen["attempt"], seen["exitCode"], seen["retries"]) == (2, None, 1)
    assert world.backend.launches[made["taskId"]].output == first.output
    assert not (world.folder(made["taskId"]) / "state.json").exists()
    world.backend.end(made["taskId"], 4)
    seen = await world.reached(made["taskId"], "failed")
    attempt = ["queued", "allocating", "starting", "running", "failed"]
    assert [line["state"] for line in seen["timeline"]] == attempt * 2
    assert [line["reason"]["code"] for line in seen["timeline"] if line["state"] == "failed"] == ["code", "code"]
    assert (seen["attempt"], seen["exitCode"]) == (2, 4)
    runs = await world.rows(t.runs)
    assert [run["holder_id"] for run in runs] == [made["taskId"]] * 2
    assert all(run["ended_at"] is not None for run in runs)
    assert Decimal(seen["cost"]) * 10**6 == sum(run["charged_micro"] for run in runs) > 0


async def again(world: Lab, task_id: str, attempt: int) -> dict[str, Any]:
    """Wait until a task is at its attempt of that number and runs."""
    async with asyncio.timeout(10):
        while True:
            seen = await world.task(task_id)
            if (seen["attempt"], seen["state"]) == (attempt, "running"):
                return seen
            assert seen["endedAt"] is None, seen
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("wish", "end"),
    [
        ({"retries": 1, "retryOn": ["node"]}, {"exit_code": 3}),
        ({"retries": 1}, {"exit_code": 0}),
        ({}, {"exit_code": 3}),
    ],
)
async def test_what_is_not_tried_again(world: Lab, wish: dict[str, Any], end: dict[str, Any]) -> None:
    """Another reason than those chosen, a success, and where nobody asked for it.

    Covers: TRAIN-9
    """
    made = await world.submit(**wish)
    await world.reached(made["taskId"], "running")
    world.backend.end(made["taskId"], **end)
    seen = await world.reached(made["taskId"], "failed" if end["exit_code"] else "succeeded")
    assert (seen["attempt"], len(await world.rows(t.runs))) == (1, 1)
    # A clone is tried again after the same.
    assert seen["retryOn"] == wish.get("retryOn", ["code", "node", "out-of-memory"] if wish else [])
    assert (await world.platform.ask("GET", "/me")).data["lastProjectId"] == seen["projectId"]


async def test_a_stop_is_the_last_word(world: Lab) -> None:
    """A task that a person stops is not started again, whatever it ended with.

    Covers: TRAIN-9
    """
    made = await world.submit(retries=3)
    await world.reached(made["taskId"], "running")
    await world.platform.ask("POST", f"/training-tasks/{made['taskId']}/stop")
    seen = await world.reached(made["taskId"], "stopped")
    assert (seen["attempt"], seen["reason"]["code"]) == (1, "user-stopped")


async def test_a_stop_between_two_attempts_stops_it(world: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of the last attempt is still being taken away: it ends stopped, and holds nothing.

    Covers: TRAIN-9
    """
    made = await world.submit(retries=3)
    await world.reached(made["taskId"], "running")

    async def never(holder: str) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(world.backend, "remove", never)
    world.backend.end(made["taskId"], 3)
    await world.reached(made["taskId"], "queued")
    assert (await world.task(made["taskId"]))["attempt"] == 2
    await world.platform.ask("POST", f"/training-tasks/{made['taskId']}/stop")
    seen = await world.reached(made["taskId"], "stopped")
    assert (seen["reason"]["code"], len(await world.rows(t.runs))) == ("user-stopped", 1)


async def test_in_an_environment_nothing_is_tried_again(world: Lab) -> None:
    """It is refused by name, not forgotten.

    Covers: TRAIN-9, API-1
    """
    body = {**DYNAMIC, "launchMode": "existing", "environmentId": "env-aaaaaaaaaa", "retries": 1}
    answer = await world.platform.ask("POST", "/training-tasks", "member", {**body, "resourceConfig": None})
    assert (answer.status, answer.error["name"], answer.error["field"]) == (422, "retries-need-dynamic", "retries")
