"""Limits of workspaces and persons: who sets and sees them, what is refused, what waits and starts by itself."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from gemini_control.managers import limits
from gemini_control.store import tables as t
from gemini_core.queueing import Capacity
from gemini_core.quota import Limits
from sqlalchemy import select

from control_plane.platform import Platform
from control_plane.world import DATASET, DYNAMIC, LAB, MODEL, OTHER, PROJECT, VERSIONS, ZONE, G, Lab

WORKSPACE = f"/workspaces/{LAB}/limits"
MEMBER = f"/workspaces/{LAB}/members/member/limits"
USAGE = f"/workspaces/{LAB}/usage"
NONE = {"cpuCores": None, "memory": None, "gpuCount": None}


def mine(name: str = "member") -> str:
    """The address of a member's limits."""
    return f"/workspaces/{LAB}/members/{name}/limits"


async def limit(world: Lab, person: str | None = None, **most: Any) -> None:
    """Set the limits of the workspace, or of one person."""
    where, who = (WORKSPACE, "operator") if person is None else (mine(person), "owner")
    answer = await world.platform.ask("PUT", where, who, most)
    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    ("where", "may_set", "may_see"),
    [
        (WORKSPACE, {"operator"}, {"operator", "owner", "admin", "member", "colleague", "server"}),
        (MEMBER, {"operator", "owner"}, {"operator", "owner", "admin", "member", "server"}),
    ],
    ids=["workspace", "member"],
)
async def test_who_sets_and_sees_limits(
    platform: Platform, lab: str, where: str, may_set: set[str], may_see: set[str]
) -> None:
    """Covers: RES-5, TEN-2, TEN-2b, TEN-3, ADM-1. To strangers it is not there; what another holds is not told."""
    for caller in ("operator", "owner", "admin", "member", "colleague", "server", "stranger"):
        refused = 404 if caller == "stranger" else 403
        setting = 403 if caller == "stranger" and where == WORKSPACE else refused
        assert (await platform.ask("PUT", where, caller, {})).status == (200 if caller in may_set else setting), caller
        for address in (where, where.replace("/limits", "/usage")):
            answer = await platform.ask("GET", address, caller)
            assert answer.status == (200 if caller in may_see else refused), (address, caller)


@pytest.mark.parametrize("where", ["/workspaces/ws-none/limits", mine("stranger"), mine("nobody")])
async def test_limits_of_what_is_not_there(platform: Platform, lab: str, where: str) -> None:
    """Covers: TEN-3, API-1."""
    assert (await platform.ask("PUT", where, "operator", {})).status == 404
    assert (await platform.ask("GET", where, "operator")).status == 404


async def test_limits_are_set_as_a_whole_and_audited(platform: Platform, lab: str) -> None:
    """Covers: RES-5, TEN-4. What is left out has no limit; the same again changes and says nothing."""
    first = (await platform.ask("PUT", MEMBER, "owner", {"cpuCores": 2.5, "memory": 8, "gpuCount": 0})).data
    assert {key: first[key] for key in NONE} == {"cpuCores": 2.5, "memory": 8, "gpuCount": 0}
    assert first["changedBy"] == "owner"
    again = (await platform.ask("PUT", MEMBER, "operator", {"cpuCores": 2.5, "memory": 8, "gpuCount": 0})).data
    assert again == first
    await platform.ask("PUT", MEMBER, "operator", {"gpuCount": 4})
    assert {**(await platform.ask("GET", MEMBER)).data, "changedAt": ""} == {
        "cpuCores": None,
        "memory": None,
        "gpuCount": 4,
        "changedBy": "operator",
        "changedAt": "",
    }
    rows = (await platform.ask("GET", f"/audit?workspaceId={LAB}", "owner")).data
    assert [(one["person"], one["action"], one["old"], one["new"]) for one in reversed(rows)] == [
        (
            "owner",
            "set-limits",
            {"person": "member"} | NONE,
            {"person": "member", "cpuCores": 2.5, "memory": 8, "gpuCount": 0},
        ),
        (
            "operator",
            "set-limits",
            {"person": "member", "cpuCores": 2.5, "memory": 8, "gpuCount": 0},
            {"person": "member"} | NONE | {"gpuCount": 4},
        ),
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"cpuCores": -1}, "cpuCores"),
        ({"cpuCores": "4"}, "cpuCores"),
        ({"memory": 1e9}, "memory"),
        ({"gpuCount": 1.5}, "gpuCount"),
        ({"gpuCount": True}, "gpuCount"),
        ({"storage": 1}, "storage"),
    ],
)
async def test_limits_that_are_none(platform: Platform, lab: str, body: dict[str, Any], field: str) -> None:
    """Covers: API-1, RES-4. What nothing enforces (storage) is no field."""
    error = (await platform.ask("PUT", WORKSPACE, "operator", body)).error
    assert error["field"] == field


@pytest.mark.parametrize(
    ("whose", "most", "asked", "name", "field"),
    [
        ("member", {"cpuCores": 1.5}, {"cpuCores": 2}, "beyond-person-cpu", "resourceConfig.cpuCores"),
        ("member", {"memory": 2}, {"memory": 3}, "beyond-person-memory", "resourceConfig.memory"),
        (
            None,
            {"gpuCount": 3},
            {"availabilityZone": "az-bj-a", "gpuCount": 4},
            "beyond-workspace-gpu",
            "resourceConfig.gpuCount",
        ),
        (None, {"cpuCores": 0}, {}, "beyond-workspace-cpu", "resourceConfig.cpuCores"),
    ],
)
async def test_more_than_a_whole_limit_is_refused_by_name(
    world: Lab, whose: str | None, most: dict[str, Any], asked: dict[str, Any], name: str, field: str
) -> None:
    """Covers: RES-4, API-1. Both kinds, 409, the field, whose limit; the preview says it before."""
    await limit(world, whose, **most)
    config = {**ZONE, **asked}
    body = {"name": "lab", "projectId": PROJECT, "resourceConfig": config}
    for address, form in (("/dev-environments", body), ("/training-tasks", {**DYNAMIC, "resourceConfig": config})):
        answer = await world.platform.ask("POST", address, body=form)
        assert (answer.status, answer.error["name"], answer.error["field"]) == (409, name, field)
        preview = (await world.platform.ask("POST", f"{address}/preview", body=form)).data
        assert ([one["name"] for one in preview["errors"]], preview["queue"]) == ([name], None)
    chinese = await world.platform.ask(
        "POST", "/training-tasks", body={**DYNAMIC, "resourceConfig": config}, headers={"Accept-Language": "zh-CN"}
    )
    assert "配额" in chinese.json["message"]
    assert (LAB if whose is None else whose) in chinese.json["message"]


async def test_a_specification_beyond_a_limit_is_its_field(world: Lab) -> None:
    """Covers: RES-4, ENV-4."""
    await limit(world, "member", cpuCores=3)
    body = {"name": "lab", "projectId": PROJECT, "specificationId": "local-b2"}
    error = (await world.platform.ask("POST", "/dev-environments", body=body)).error
    assert (error["name"], error["field"]) == ("beyond-person-cpu", "specificationId")


async def test_several_instances_count_together(world: Lab) -> None:
    """Covers: RES-4, TRAIN-6."""
    await limit(world, "member", cpuCores=2)
    roles = [{"name": "main", "instances": 3, "command": "true"}]
    error = (
        await world.platform.ask("POST", "/training-tasks", body={**DYNAMIC, "mode": "distributed", "roles": roles})
    ).error
    assert error["name"] == "beyond-person-cpu"


async def test_what_is_beyond_what_is_left_waits_and_holds_up_nobody(world: Lab) -> None:
    """Covers: RES-4, TRAIN-8. Reason and position in both languages; colleagues go on; it starts when room appears."""
    await limit(world, "member", cpuCores=2)
    environment = await world.running()
    config = {**ZONE, "cpuCores": 2}
    preview = (
        await world.platform.ask("POST", "/training-tasks/preview", body={**DYNAMIC, "resourceConfig": config})
    ).data
    assert (preview["queue"]["reason"]["code"], preview["queue"]["position"]) == ("quota", 1)
    assert preview["expectedStart"] == "Waits for quota at position 1; it starts by itself when quota is free"
    first = await world.submit(resourceConfig=config)
    second = await world.submit(resourceConfig=config)
    assert [(one["status"], one["reason"]["code"], one["position"]) for one in (first, second)] == [
        ("queued", "quota", 1),
        ("queued", "quota", 2),
    ]
    assert first["reason"]["detail"] == "personal limit (CPU cores: 2)"
    address = f"/training-tasks/{first['taskId']}"
    chinese = (await world.platform.ask("GET", address, headers={"Accept-Language": "zh-CN"})).data["reason"]
    assert (chinese["message"], chinese["detail"]) == ("配额不足", "个人配额（CPU 2 核）")
    other = await world.submit("owner", projectId=PROJECT, resourceConfig=config)
    assert other["status"] != "queued"
    await world.platform.ask("POST", f"/dev-environments/{environment['id']}/stop")
    await world.reached(first["taskId"], "running")
    assert (await world.task(second["taskId"]))["position"] == 1


async def test_a_limit_that_is_raised_lets_start_at_once(world: Lab) -> None:
    """Covers: RES-4, RES-5."""
    await limit(world, gpuCount=None, cpuCores=1)
    await world.running()
    task = await world.submit()
    assert (task["reason"]["code"], task["reason"]["detail"]) == ("quota", "workspace limit (CPU cores: 1)")
    await limit(world, cpuCores=2)
    await world.reached(task["taskId"], "running")


async def test_a_limit_that_is_lowered_stops_nothing(world: Lab) -> None:
    """Covers: RES-4. What runs goes on and may not start again; what waits says that even all of it is too little."""
    environment = await world.running()
    await limit(world, cpuCores=1)
    task = await world.submit()
    await limit(world, cpuCores=0.5)
    assert (await world.environment(environment["id"]))["state"] == "running"
    waiting = (await world.task(task["taskId"]))["reason"]
    assert waiting["detail"] == "more than the workspace limit (CPU cores: 0.5)"
    for action in ("restart", "stop"):
        answer = await world.platform.ask("POST", f"/dev-environments/{environment['id']}/{action}")
        assert (answer.status, action) in ((409, "restart"), (200, "stop"))
    await world.until(environment["id"], "stopped")
    again = await world.platform.ask("POST", f"/dev-environments/{environment['id']}/start")
    assert (again.status, again.error["name"]) == (409, "beyond-workspace-cpu")


async def test_quota_and_resources_are_told_apart(world: Lab) -> None:
    """Covers: RES-4, TRAIN-8. Within quota without room it is resources; a quota that binds is said first."""
    world.backend.whole = Capacity(1000, 8 * G, {})
    await limit(world, "member", cpuCores=2)
    await world.running()
    assert (await world.submit())["reason"]["code"] == "resources"
    assert (await world.submit(resourceConfig={**ZONE, "cpuCores": 1, "memory": 1}))["position"] == 2
    await limit(world, "member", cpuCores=1)
    assert (await world.submit())["reason"]["code"] == "quota"


async def test_usage_is_what_is_held_and_what_waits(world: Lab) -> None:
    """Covers: RES-4, ADM-1, TEN-2b. Work inside an environment holds nothing more; another's is seen by who manages."""
    await limit(world, "member", cpuCores=1)
    mounts = {"datasets": [{"datasetId": DATASET, "versionId": VERSIONS[0]}], "models": [{"modelId": MODEL}]}
    environment = await world.running(**mounts)
    await world.submit(launchMode="existing", environmentId=environment["id"], resourceConfig=None)
    await world.submit(resourceConfig={**ZONE, "memory": 0.5})
    held = {"count": 1, "cpuCores": 1, "memory": 2, "gpuCount": 0}
    queued = {"count": 1, "cpuCores": 1, "memory": 0.5, "gpuCount": 0}
    for address, who in ((USAGE, "colleague"), (MEMBER.replace("limits", "usage"), "admin")):
        found = (await world.platform.ask("GET", address, who)).data
        assert (found["held"], found["queued"]) == (held, queued)
    members = (await world.platform.ask("GET", f"/workspaces/{LAB}/members", "owner")).data
    assert {one["name"]: one["quota"]["held"]["count"] for one in members} == {
        "admin": 0,
        "colleague": 0,
        "member": 1,
        "owner": 0,
    }
    assert next(one for one in members if one["name"] == "member")["quota"]["limits"]["cpuCores"] == 1
    seen = (await world.platform.ask("GET", f"/workspaces/{LAB}/members", "colleague")).data
    assert [one["name"] for one in seen if one["quota"]] == ["colleague"]


async def test_leaving_and_coming_back_lifts_no_limit(world: Lab) -> None:
    """Covers: RES-5."""
    await limit(world, "colleague", gpuCount=1)
    members = f"/workspaces/{LAB}/members"
    assert (await world.platform.ask("DELETE", f"{members}/colleague", "admin")).status == 200
    made = (await world.platform.ask("POST", members, "admin", {"name": "colleague"})).data
    assert made["quota"]["limits"]["gpuCount"] == 1


async def test_who_changes_and_who_waits_hear_of_it(world: Lab) -> None:
    """Covers: API-5, RES-5, TEN-2b. An event for those whom it concerns, a topic for who keeps a cluster's queues."""
    heard = asyncio.Event()
    world.platform.store.subscribe(limits.TOPIC, heard.set)
    streams = {who: await world.platform.connect("/events", who) for who in ("member", "colleague")}
    for stream in streams.values():
        await stream.read_message()
    await limit(world, "member", gpuCount=2)
    await limit(world, gpuCount=8)
    await asyncio.wait_for(heard.wait(), 5)
    got = {who: json.loads(await stream.read_message() or "") for who, stream in streams.items()}
    assert [(one["kind"], one["id"]) for one in got.values()] == [("limits", LAB)] * 2
    assert got["colleague"]["cursor"] > got["member"]["cursor"]
    for stream in streams.values():
        stream.close()
    found = await world.platform.store.read(limits.limits_of)
    assert found == ({LAB: Limits(gpu_count=8)}, {(LAB, "member"): Limits(gpu_count=2)})


async def test_quotas_of_workspaces_are_apart(world: Lab) -> None:
    """Covers: TEN-3, RES-4. What one holds counts against no other."""
    await limit(world, cpuCores=1)
    await world.running()
    other = (await world.platform.ask("GET", f"/workspaces/{OTHER}/usage", "stranger")).data
    assert (other["held"]["count"], other["limits"]["cpuCores"]) == (0, None)
    rows = await world.platform.store.read(lambda tx: list(tx.scalars(select(t.workspace_limits.c.workspace_id))))
    assert rows == [LAB]


async def test_the_timeline_says_what_was_waited_for(world: Lab) -> None:
    """Covers: TRAIN-8. Queued for quota and queued for resources are lines of their own."""
    world.backend.whole = Capacity(1000, 8 * G, {})
    await limit(world, "member", cpuCores=1)
    environment = await world.running()
    task = await world.submit()
    await limit(world, "member", cpuCores=2)
    await world.platform.ask("POST", f"/dev-environments/{environment['id']}/stop")
    seen = await world.reached(task["taskId"], "running")
    lines = [(one["state"], one["reason"] and one["reason"]["code"]) for one in seen["timeline"]]
    assert lines[:3] == [("queued", "quota"), ("queued", "resources"), ("allocating", None)]
