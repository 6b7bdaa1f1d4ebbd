"""Workspaces, their members and their roles."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from gemini_control.store import tables as t
from sqlalchemy import select

from control_plane.platform import Platform
from control_plane.world import LAB, Lab, reach


async def test_who_asks(platform: Platform, lab: str) -> None:
    """Covers: TEN-2, API-1. The person, their workspaces, and the environment where it is a server's token."""
    assert (await platform.ask("GET", "/me")).data == {
        "name": "member",
        "operator": False,
        "environmentId": None,
        "lastProjectId": None,
        "workspaces": [{"id": lab, "name": lab, "role": "member", "balance": "0.000000"}],
    }
    server = (await platform.ask("GET", "/me", "server")).data
    assert (server["name"], server["operator"], server["environmentId"]) == ("member", False, "env-aaaaaaaaaa")
    assert (await platform.ask("GET", "/me", "operator")).data["operator"] is True


async def test_an_operator_makes_a_workspace(platform: Platform) -> None:
    """Covers: TEN-1, TEN-4. With its first owner, each with a number of its own; written into the audit log."""
    first = (await platform.ask("POST", "/workspaces", "operator", {"name": "one", "owner": "owner"})).data
    second = (await platform.ask("POST", "/workspaces", "operator", {"name": "two"})).data
    assert (first["name"], first["role"], second["role"]) == ("one", None, "owner")
    taken = await platform.ask("POST", "/workspaces", "operator", {"name": "one"})
    assert (taken.status, taken.error["name"], taken.error["field"]) == (409, "name-taken", "name")
    assert [one["name"] for one in (await platform.ask("GET", "/workspaces", "operator")).data] == ["two", "one"]
    assert [one["name"] for one in (await platform.ask("GET", "/workspaces", "owner")).data] == ["one"]
    numbers = await platform.store.read(lambda tx: set(tx.scalars(select(t.workspaces.c.number))))
    assert numbers == {1, 2}
    audit = await platform.store.read(lambda tx: tx.execute(select(t.audit)).mappings().all())
    assert [(row["person"], row["action"], row["new"]) for row in audit] == [
        ("operator", "create", {"name": "one"}),
        ("operator", "create", {"name": "two"}),
    ]
    assert audit[0]["source"].startswith("127.0.0.1 ")


@pytest.mark.parametrize("person", ["owner", "member", "server"])
async def test_nobody_else_makes_one(platform: Platform, lab: str, person: str) -> None:
    """Covers: TEN-2."""
    assert (await platform.ask("POST", "/workspaces", person, {"name": "mine"})).status == 403


async def test_members_come_change_and_go(platform: Platform, lab: str) -> None:
    """Covers: TEN-2, TEN-4. Who is taken out is out with the next request."""
    members = f"/workspaces/{lab}/members"
    assert (await platform.ask("POST", members, "admin", {"name": "stranger"})).data["role"] == "member"
    assert (await platform.ask("GET", f"/workspaces/{lab}", "stranger")).data["role"] == "member"
    assert (await platform.ask("POST", members, "owner", {"name": "stranger", "role": "admin"})).data["role"] == "admin"
    names = [one["name"] for one in (await platform.ask("GET", members)).data]
    assert names == ["admin", "colleague", "member", "owner", "stranger"]
    assert (await platform.ask("DELETE", f"{members}/stranger", "owner")).status == 200
    assert (await platform.ask("GET", f"/workspaces/{lab}", "stranger")).status == 404
    actions = await platform.store.read(lambda tx: list(tx.scalars(select(t.audit.c.action))))
    assert actions == ["set-member", "set-member", "remove-member"]


@pytest.mark.parametrize(
    "case",
    [
        ("member", "POST", "stranger", "member", 403),
        ("stranger", "POST", "stranger", "member", 404),
        ("admin", "POST", "stranger", "owner", 403),
        ("admin", "POST", "admin", "owner", 403),
        ("admin", "POST", "owner", "member", 403),
        ("owner", "POST", "owner", "member", 409),
        ("owner", "POST", "stranger", "king", 422),
        ("owner", "POST", "", "member", 422),
        ("owner", "POST", "a\0", "member", 422),
        ("operator", "POST", "stranger", "owner", 200),
        ("member", "DELETE", "colleague", "", 403),
        ("member", "DELETE", "nobody", "", 403),
        ("admin", "DELETE", "owner", "", 403),
        ("admin", "DELETE", "nobody", "", 404),
        ("owner", "DELETE", "owner", "", 409),
        ("member", "DELETE", "member", "", 200),
        ("admin", "DELETE", "member", "", 200),
        ("stranger", "DELETE", "member", "", 404),
    ],
)
async def test_who_may_change_members(platform: Platform, lab: str, case: tuple[str, str, str, str, int]) -> None:
    """Covers: TEN-2, TEN-3. An admin makes no owner; a workspace always has one; everybody may leave."""
    person, method, who, role, status = case
    members = f"/workspaces/{lab}/members"
    if method == "POST":
        answer = await platform.ask("POST", members, person, {"name": who, "role": role})
    else:
        answer = await platform.ask("DELETE", f"{members}/{who}", person)
    assert answer.status == status, answer.body


async def test_the_work_of_who_is_taken_out_is_stopped(world: Lab) -> None:
    """Covers: TEN-3, TEN-4. Running or waiting, in the same moment; nobody else's; others get the room."""
    ask = world.platform.ask
    large = {"availabilityZone": "local", "cpuCores": 5, "memory": 1}
    wish: dict[str, Any] = {"specificationId": None, "resourceConfig": large}
    running, task = await world.running(**wish), await world.submit()
    await world.reached(task["taskId"], "running")
    waiting, late = await world.create(**wish), await world.submit(resourceConfig=large)
    other = await world.create("colleague", **wish)
    assert [one["state"] for one in (waiting, other)] == ["queued"] * 2 and late["status"] == "queued"
    assert (await ask("DELETE", f"/workspaces/{LAB}/members/member", "owner")).status == 200
    await reach(lambda: world.environment(other["id"], "colleague"), "running")
    for one in (running, waiting):
        seen = await reach(partial(world.environment, one["id"], "owner"), "stopped")
        assert (seen["target"], seen["reason"]["code"]) == ("stopped", "user-stopped")
    for one in (task, late):
        async with asyncio.timeout(30):
            while (await world.task(one["taskId"], "owner"))["state"] != "stopped":
                await asyncio.sleep(0.01)
    runs = {run["holder_id"]: run["ended_at"] for run in await world.rows(t.runs)}
    assert set(runs) == {running["id"], task["taskId"], other["id"]}
    assert runs[running["id"]] and runs[task["taskId"]] and runs[other["id"]] is None
    stops = [
        row["object_id"] for row in await world.rows(t.audit) if (row["action"], row["person"]) == ("stop", "owner")
    ]
    assert sorted(stops) == sorted([running["id"], waiting["id"], task["taskId"], late["taskId"]])


@pytest.mark.parametrize("name", ["", "  ", "\t"])
async def test_nobody_is_no_member(platform: Platform, lab: str, name: str) -> None:
    """Covers: TEN-2. A member without a name could never be taken out again."""
    answer = await platform.ask("POST", f"/workspaces/{lab}/members", "owner", {"name": name})
    assert (answer.status, answer.error["name"], answer.error["field"]) == (422, "field-required", "name")
    made = (await platform.ask("POST", "/workspaces", "operator", {"name": "theirs", "owner": name})).data
    found = (await platform.ask("GET", f"/workspaces/{made['id']}/members", "operator")).data
    assert [one["name"] for one in found] == ["operator"]


async def test_who_reads_the_audit_log(platform: Platform, lab: str) -> None:
    """Covers: TEN-4. Owners their workspace's, operators all; newest first; nobody else."""
    await platform.ask("POST", f"/workspaces/{lab}/members", "owner", {"name": "stranger"})
    await platform.ask("POST", "/workspaces", "operator", {"name": "new"})
    (entry,) = (await platform.ask("GET", f"/audit?workspaceId={lab}", "owner")).data
    assert (entry["person"], entry["action"], entry["old"]) == ("owner", "set-member", None)
    assert entry["new"] == {"person": "stranger", "role": "member"}
    assert (await platform.ask("GET", "/audit", "owner")).data == [entry]
    everything = (await platform.ask("GET", "/audit", "operator")).data
    assert [one["action"] for one in everything] == ["create", "set-member"]
    for person, status in {"member": 403, "admin": 403, "colleague": 403}.items():
        assert (await platform.ask("GET", f"/audit?workspaceId={lab}", person)).status == status
    assert (await platform.ask("GET", "/audit?workspaceId=ws-bbbbbbbbbb", "owner")).status == 404


async def test_who_is_in_none(platform: Platform) -> None:
    """Covers: TEN-1. Who is in no workspace reads what to do."""
    answer = await platform.ask("POST", "/projects", body={"name": "x"})
    assert (answer.status, answer.error["name"]) == (403, "no-workspace")
