"""Tasks of several roles: what they may be, what they need in all, and what each of them runs."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest
from gemini_control.store import tables as t
from gemini_core.ranks import Role

from control_plane.world import DYNAMIC, PROJECT, ZONE, Lab

ROLES = [{"name": "chief", "instances": 1, "command": "python chief.py"}, {"name": "worker", "instances": 2}]


async def test_roles_are_given_to_the_place_of_work(world: Lab) -> None:
    """Each role has its command, else the task's; resources are of each instance, the price is of all.

    Covers: API-3, TRAIN-6, BILL-10
    """
    made = await world.submit(roles=ROLES, command="python worker.py")
    await world.reached(made["taskId"], "running")
    launch = world.backend.launches[made["taskId"]]
    assert launch.roles == (Role("chief", 1, "python chief.py"), Role("worker", 2, "python worker.py"))
    assert (launch.cpu_cores, launch.memory_bytes) == (1, 2**30)
    seen = await world.task(made["taskId"])
    assert (seen["mode"], seen["instances"], seen["cpuCores"]) == ("distributed", 3, 1)
    assert seen["roles"][1] == {"name": "worker", "instances": 2, "command": "python worker.py"}
    single = await world.task((await world.submit())["taskId"])
    assert (single["mode"], single["instances"]) == ("standalone", 1)
    assert Decimal(seen["pricePerHour"]) == 3 * Decimal(single["pricePerHour"]) > 0
    runs = {run["holder_id"]: run["price_micro_per_hour"] for run in await world.rows(t.runs)}
    assert runs[made["taskId"]] == 3 * runs[single["taskId"]]


async def test_all_or_none_start(world: Lab) -> None:
    """A task waits until all of its instances fit, and what it holds counts for others.

    Covers: TRAIN-6, RES-6
    """
    first = await world.submit(roles=[{"name": "worker", "instances": 2}], resourceConfig={**ZONE, "cpuCores": 2})
    second = await world.submit(roles=[{"name": "worker", "instances": 3}], resourceConfig={**ZONE, "cpuCores": 2})
    await world.reached(first["taskId"], "running")
    assert (second["status"], second["reason"]["code"], second["position"]) == ("queued", "resources", 1)
    world.backend.end(first["taskId"], 0)
    await world.reached(second["taskId"], "running")


@pytest.mark.parametrize(
    ("wish", "status", "name", "field"),
    [
        ({"mode": "distributed"}, 422, "roles-required", "roles"),
        ({"mode": "standalone", "roles": ROLES}, 422, "roles-need-distributed", "roles"),
        ({"mode": "horovod", "roles": ROLES}, 422, "mode-not-yet", "mode"),
        ({"roles": [{"name": "a"}, {"name": "A"}]}, 422, "role-name-unfit", "roles[1].name"),
        ({"roles": [{"name": "a"}, {"name": "a"}]}, 422, "role-twice", "roles[1].name"),
        ({"roles": [{"name": "a", "instances": 0}]}, 422, "role-instances", "roles[0].instances"),
        ({"roles": [{"name": "a", "instances": 65}]}, 422, "role-instances", "roles[0].instances"),
        ({"roles": [{"name": "a", "command": "x" * 20_000}]}, 422, "too-long", "roles[0].command"),
        ({"roles": [{"name": "a", "instances": "2"}]}, 422, "field-type", "roles.0.instances"),
        ({"roles": [{"name": "a", "gpu": 2}]}, 422, "field-unknown", "roles.0.gpu"),
        ({"roles": [{"name": "a", "instances": 9}]}, 409, "beyond-zone-cpu", "resourceConfig.cpuCores"),
    ],
)
async def test_what_no_roles_may_be(world: Lab, wish: dict[str, Any], status: int, name: str, field: str) -> None:
    """The first mistake is named with its field, and nothing is made.

    Covers: TRAIN-3b, TRAIN-6, API-1
    """
    answer = await world.platform.ask("POST", "/training-tasks", "member", {**DYNAMIC, **wish})
    assert (answer.status, answer.error["name"], answer.error["field"]) == (status, name, field)
    assert await world.rows(t.tasks) == []


async def test_a_role_needs_a_command(world: Lab) -> None:
    """Where neither the role nor the task nor the project says what to run, the role is named.

    Covers: TRAIN-6
    """
    changed = await world.platform.ask("PATCH", f"/projects/{PROJECT}", "member", {"defaultCommand": ""})
    assert changed.status == 200
    answer = await world.platform.ask("POST", "/training-tasks", "member", {**DYNAMIC, "roles": ROLES})
    assert (answer.status, answer.error["name"], answer.error["field"]) == (
        422,
        "command-required",
        "roles[1].command",
    )


async def test_a_preview_tells_the_price_of_all(world: Lab) -> None:
    """Instances times the specification; roles that would be refused are named and do not count.

    Covers: TRAIN-3b, BILL-10
    """

    async def preview(**wish: Any) -> dict[str, Any]:
        answer = await world.platform.ask("POST", "/training-tasks/preview", "member", {**DYNAMIC, **wish})
        data: dict[str, Any] = answer.data
        return data

    one, three = await preview(), await preview(roles=ROLES)
    assert (one["instances"], three["instances"]) == (1, 3)
    assert Decimal(three["pricePerHour"]) == 3 * Decimal(one["pricePerHour"]) > 0
    assert (three["cpuCores"], three["errors"]) == (1, [])
    wrong = await preview(roles=[{"name": "", "instances": 2}])
    assert (wrong["instances"], wrong["errors"][0]["field"]) == (1, "roles[0].name")


async def test_ranks_with_files_of_their_own_are_one_task(world: Lab) -> None:
    """In pods each rank tells of itself: what is shown is all of them, with the last lines of the one that failed.

    Covers: TRAIN-6, TRAIN-8, TRAIN-9
    """
    made = await world.submit(roles=ROLES)
    folder = world.folder(made["taskId"])

    def tell(role: str, rank: int, state: str, **more: Any) -> None:
        ranks = [{"role": role, "rank": rank, "started_at": 1.0, **more}]
        record = {"state": state, "outcome": "failed" if state == "ended" else None, "ranks": ranks}
        (folder / "part").write_text(json.dumps(record))
        (folder / "part").rename(folder / f"{role}-{rank}.json")

    await world.reached(made["taskId"], "running")
    tell("worker", 0, "running")
    tell("worker", 1, "ended", ended_at=2.0, exit_code=3)
    async with asyncio.timeout(10):
        while len((await world.task(made["taskId"]))["ranks"]) < 2:
            await asyncio.sleep(0.01)
    (folder / "worker-1.log").write_text("broken\n")
    world.backend.end(made["taskId"], 3)
    seen = await world.reached(made["taskId"], "failed")
    assert seen["lastLines"] == ["broken"]
    assert [(one["role"], one["rank"], one["state"]) for one in seen["ranks"]] == [
        ("worker", 0, "running"),
        ("worker", 1, "failed"),
    ]
