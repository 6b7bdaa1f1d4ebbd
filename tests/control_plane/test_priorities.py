"""Priorities of tasks: who waits in front of whom, and what each is told."""

from __future__ import annotations

from control_plane.world import DYNAMIC, ZONE, Lab

ALL = {**ZONE, "cpuCores": 8}


async def test_the_higher_priority_starts_first(world: Lab) -> None:
    """Who came later with a higher priority starts before; who is overtaken is told so.

    Covers: RES-7, RES-4
    """
    running = await world.submit(resourceConfig=ALL)
    low = await world.submit(resourceConfig=ALL, priority="low")
    assert (low["status"], low["position"], low["reason"]["detail"]) == ("queued", 1, "CPU is short")
    high = await world.submit(resourceConfig=ALL, priority="high")
    assert (high["position"], high["reason"]["detail"]) == (1, "CPU is short")
    seen = await world.task(low["taskId"])
    assert (seen["position"], seen["priority"]) == (2, "low")
    assert seen["reason"]["detail"] == "CPU is short, higher priorities are in front"
    await world.reached(running["taskId"], "running")
    world.backend.end(running["taskId"], 0)
    await world.reached(high["taskId"], "running")
    assert (await world.task(low["taskId"]))["state"] == "queued"
    assert world.backend.launches[high["taskId"]].priority == "high"
    body = {**DYNAMIC, "resourceConfig": ALL, "priority": "high"}
    preview = (await world.platform.ask("POST", "/training-tasks/preview", "member", body)).data
    assert preview["queue"]["position"] == 1


async def test_a_task_in_an_environment_has_none(world: Lab) -> None:
    """It waits in no line, so a priority of it would mean nothing, and is refused.

    Covers: RES-7, API-1
    """
    body = {**DYNAMIC, "launchMode": "existing", "environmentId": "env-aaaaaaaaaa", "priority": "high"}
    answer = await world.platform.ask("POST", "/training-tasks", "member", {**body, "resourceConfig": None})
    assert (answer.status, answer.error["name"], answer.error["field"]) == (422, "priority-needs-dynamic", "priority")
