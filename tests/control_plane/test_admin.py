"""What operators see and do: everybody's environments and tasks, balances, people, the platform's health."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from typing import Any

import pytest
from gemini_control.backends.base import Shelter
from gemini_control.handlers import platform as handler
from gemini_control.probes import disk
from gemini_control.probes.host import SupervisorProbe
from gemini_control.probes.pulse import Pulse
from gemini_control.store import migrate
from gemini_core.health import (
    Health,
    Verdict,
    of_api,
    of_clock,
    of_disk,
    of_extension,
    of_hub,
    of_nodes,
    of_proxy,
    of_replicas,
    of_sandbox,
    of_schema,
    worst,
)
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from control_plane.fake_hub import FakeHub
from control_plane.platform import ENVIRONMENT, Platform
from control_plane.world import LAB, World

OTHERS = ("owner", "admin", "member", "stranger", "server")
GB = 2**30


async def health(platform: Platform, language: str = "en") -> dict[str, Any]:
    """The parts by name."""
    answer = await platform.ask("GET", "/platform", "operator", headers={"Accept-Language": language})
    return {part["name"]: part for part in answer.data["parts"]}


async def test_only_operators_see_the_whole(platform: Platform, lab: str) -> None:
    """Covers: ADM-1, TEN-2. Neither an owner nor an operator's own server (whatever scopes its token was given)."""
    for person in OTHERS:
        for path in ("/platform", "/users", "/users?search=a"):
            refused = await platform.ask("GET", path, person)
            assert (refused.status, refused.error["name"]) == (403, "scope-missing"), (person, path)
        with pytest.raises(HTTPClientError, match="403"):
            await platform.connect("/platform/stream", person)


async def test_nobody_else_tops_up(platform: Platform, lab: str) -> None:
    """Covers: ADM-1, BILL-7. Not even the owner of the workspace; nothing is posted."""
    for person in OTHERS:
        refused = await platform.ask("POST", f"/workspaces/{LAB}/postings", person, {"amount": "10", "kind": "credit"})
        assert refused.status == 403, person
    assert (await platform.ask("GET", f"/workspaces/{LAB}/balance", "operator")).data["balance"] == "0.000000"


async def test_an_operator_lists_and_stops_everybodys_environments(world: World) -> None:
    """Covers: ADM-1, TEN-2b. By state, workspace, owner and name; the stop is done and in the audit log."""
    world.obey()
    one = await world.running()
    await world.create(name="of a colleague", person="colleague")
    ask = world.platform.ask
    found = (await ask("GET", f"/dev-environments?workspaceId={LAB}&owner=member&search=lab", "operator")).data
    assert [row["id"] for row in found] == [one["id"]]
    assert (await ask("GET", "/dev-environments?owner=nobody", "operator")).data == []
    assert len((await ask("GET", "/dev-environments", "operator")).data) == 2
    for person in ("stranger", "colleague"):
        assert (await ask("POST", f"/dev-environments/{one['id']}/stop", person)).status == 404
    assert (await ask("POST", f"/dev-environments/{one['id']}/stop", "operator")).status == 200
    await world.until(one["id"], "stopped")
    last = (await ask("GET", "/audit", "operator")).data[0]
    assert (last["person"], last["action"], last["objectId"]) == ("operator", "stop", one["id"])


async def test_an_operator_hears_of_everything(world: World) -> None:
    """Covers: ADM-1, API-5. The event stream carries others' environments and balances to an operator alone."""
    operator = await world.platform.connect("/events", "operator")
    stranger = await world.platform.connect("/events", "stranger")
    assert [json.loads(str(await one.read_message()))["kind"] for one in (operator, stranger)] == ["hello", "hello"]
    made = await world.create()
    await world.platform.ask("POST", f"/workspaces/{LAB}/postings", "operator", {"amount": "5"})
    heard = []
    while "balance" not in heard:
        message = json.loads(str(await asyncio.wait_for(operator.read_message(), 10)))
        heard.append(message["kind"])
        assert message["kind"] != "dev-environment" or message["data"]["id"] == made["id"]
    assert "dev-environment" in heard
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(stranger.read_message(), 0.3)
    operator.close()
    stranger.close()


async def test_a_top_up_and_both_its_sides(world: World) -> None:
    """Covers: ADM-1, BILL-7, BILL-9. The posting, its entries that sum to zero, the new balance, the workspace."""
    ask, postings = world.platform.ask, f"/workspaces/{LAB}/postings"
    made = (await ask("POST", postings, "operator", {"amount": "12.5", "note": "transfer 42"})).data
    shown = (await ask("GET", f"{postings}/{made['id']}", "operator")).data
    assert shown == {
        "posting": made,
        "entries": [
            {"account": LAB, "amount": "12.500000"},
            {"account": "platform:funding", "amount": "-12.500000"},
        ],
    }
    assert (await ask("GET", f"/workspaces/{LAB}", "operator")).data["balance"] == "1012.500000"
    assert (await ask("GET", f"{postings}/{made['id']}", "admin")).status == 200
    assert (await ask("GET", f"{postings}/{made['id']}", "member")).status == 403
    assert (await ask("GET", f"{postings}/{made['id']}", "stranger")).status == 404
    assert (await ask("GET", f"/workspaces/ws-bbbbbbbbbb/postings/{made['id']}", "operator")).status == 404


async def test_workspaces_are_searched(platform: Platform, lab: str) -> None:
    """Covers: ADM-1. A part of the name; a member sees no more by searching."""
    found = (await platform.ask("GET", "/workspaces?search=bbbb", "operator")).data
    assert [(one["name"], one["members"]) for one in found] == [("ws-bbbbbbbbbb", 1)]
    assert (await platform.ask("GET", "/workspaces?search=bbbb", "member")).data == []
    assert (await platform.ask("GET", "/workspaces?search=%25", "operator")).data == []


async def test_users_with_what_they_have(world: World) -> None:
    """Covers: ADM-1. Hub's admin, our operator, workspaces with roles, what runs; one question to the hub a page."""
    world.obey()
    await world.running()
    people = world.platform.hub.people
    people |= {"member": {"last_activity": "2026-11-22T08:00:00.000000Z"}, "owner": {"admin": True}}
    people |= {"operator": {"roles": ["user", "gemini-operator"]}}
    await world.platform.ask("GET", "/users", "operator")
    asked = world.platform.hub.asked
    answer = await world.platform.ask("GET", "/users?limit=2", "operator")
    assert world.platform.hub.asked == asked + 1
    assert answer.data[0] == {
        "id": "member",
        "name": "member",
        "admin": False,
        "operator": False,
        "workspaces": [{"id": LAB, "name": LAB, "role": "member"}],
        "environments": 1,
        "tasks": 0,
        "lastActivity": "2026-11-22T08:00:00.000Z",
        "createdAt": None,
    }
    assert [(one["name"], one["operator"]) for one in answer.data] == [("member", False), ("operator", True)]
    page = answer.json["page"]
    assert page["total"] == 3
    rest = await world.platform.ask("GET", f"/users?limit=2&cursor={page['next']}", "operator")
    assert [(one["name"], one["admin"]) for one in rest.data] == [("owner", True)]
    assert rest.json["page"] == {"next": None, "total": 3}
    assert [one["name"] for one in (await world.platform.ask("GET", "/users?search=MEM", "operator")).data] == [
        "member"
    ]
    assert (await world.platform.ask("GET", "/users?cursor=WyJhIl0", "operator")).status == 422


async def test_a_platform_that_is_well(platform: Platform, hub: FakeHub) -> None:
    """Covers: ADM-1. Every part says how it is, with what is known of it; quick enough to be looked at."""
    began = time.monotonic()
    parts = await health(platform)
    assert time.monotonic() - began < 4
    names = ["proxy", "hub", "control", "database", "disk", "sandbox", "prices", "clock"]
    assert list(parts) == names
    for name in ("proxy", "database", "sandbox", "prices", "clock"):
        assert (parts[name]["state"], parts[name]["remedy"]) == ("ok", None), parts[name]
    facts = {fact["name"]: fact["value"] for part in parts.values() for fact in part["facts"]}
    assert {"version", "schema", "size", "free", "store", "mode", "zone", "lag"} <= set(facts)
    assert facts["schema"] == migrate.head()


async def test_the_hub_refuses_our_token(platform: Platform, hub: FakeHub) -> None:
    """Covers: ADM-1. A hub that answers others but not us starts nothing: said with what to do."""
    parts = await health(platform)
    assert (parts["hub"]["state"], parts["hub"]["message"][:40]) == (
        "failed",
        "JupyterHub does not accept the control p",
    )
    assert "Start the platform again" in parts["hub"]["remedy"]
    hub.add_token("token-of-the-service", "gemini", set(), kind="service")
    await asyncio.sleep(1.1)
    parts = await health(platform)
    assert parts["hub"]["state"] == "ok"
    assert {"name": "version", "label": "Version", "value": "6.0.0"} in parts["hub"]["facts"]


async def test_a_hub_that_is_away_is_told_to_who_watches(
    platform: Platform, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Covers: ADM-1. Nobody can sign in any more, but the open stream goes on and names what to do,
    in the language that was chosen on the pages."""
    monkeypatch.setattr(handler, "LOOK_EVERY_SECONDS", 1.1)
    headers = {"Authorization": "token token-of-operator", "Accept-Language": "en", "Cookie": "gemini-language=zh-CN"}
    stream = await websocket_connect(HTTPRequest(platform.url("/platform/stream", "ws"), headers=headers))
    first = json.loads(str(await stream.read_message()))
    assert {part["name"]: part["state"] for part in first["parts"]}["proxy"] == "ok"
    await hub.stop()
    seen = json.loads(str(await asyncio.wait_for(stream.read_message(), 10)))
    parts = {part["name"]: part for part in seen["parts"]}
    assert (seen["state"], parts["hub"]["state"], parts["proxy"]["state"]) == ("failed", "failed", "failed")
    assert "logs/hub.log" in parts["hub"]["remedy"]
    assert "无响应" in parts["hub"]["message"]
    stream.close()


async def test_a_proxy_that_lost_its_way(platform: Platform, hub: FakeHub) -> None:
    """Covers: ADM-1. It answers, but not with us behind it."""
    hub.way_status = 404
    proxy = (await health(platform))["proxy"]
    assert (proxy["state"], "HTTP 404" in proxy["message"], "logs/hub.log" in proxy["remedy"]) == ("failed", True, True)


async def test_a_database_that_somebody_holds(platform: Platform) -> None:
    """Covers: ADM-1. Another process's lock keeps our writes waiting: said before one gives up, and over when it is."""
    if not platform.store.sqlite:
        pytest.skip("a PostgreSQL server has no file that somebody could hold")
    holder = sqlite3.connect(platform.home / "control.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    found = (await health(platform))["database"]
    assert time.monotonic() - began < 4
    assert (found["state"], "cannot be written" in found["message"]) == ("failed", True)
    assert "control.sqlite" in found["remedy"]
    holder.execute("ROLLBACK")
    holder.close()
    async with asyncio.timeout(30):
        while (await health(platform))["database"]["state"] != "ok":
            await asyncio.sleep(0.2)


async def test_prices_and_sandboxes_that_lack_something(world: World) -> None:
    """Covers: ADM-1. A mistake in the file is quoted; a machine without sandboxes says so with the trial's words."""
    (world.platform.home / "prices.toml").write_text("nonsense = [")
    world.backend.sheltered = Shelter("plain", False, False, False, ("No sandbox.", "Programs are missing."))
    parts = await health(world.platform)
    assert (parts["prices"]["state"], bool(parts["prices"]["detail"])) == ("warning", True)
    assert (parts["sandbox"]["state"], parts["sandbox"]["detail"]) == ("warning", "No sandbox.\nPrograms are missing.")


async def test_a_part_that_cannot_be_looked_at_is_unknown(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: ADM-1. The others are still said; what was raised is nobody's business but the log's."""

    def broken() -> None:
        raise OSError("secret")

    monkeypatch.setattr(platform.app.backend, "shelter", broken)
    parts = await health(platform)
    assert (parts["sandbox"]["state"], parts["database"]["state"]) == ("unknown", "ok")
    assert "secret" not in json.dumps(parts)


async def test_the_supervisors_lock_is_seen(tmp_path: Any) -> None:
    """Covers: ADM-1. Held: it lives; let go: nothing watches; a system that lists no locks: unknown."""
    import fcntl

    lock = tmp_path / "platform.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert (await SupervisorProbe(lock).find()).verdict.state == Health.OK
    assert (await SupervisorProbe(lock).find()).verdict.state == Health.WARNING
    assert (await SupervisorProbe(lock, tmp_path / "nothing").find()).verdict.state == Health.UNKNOWN


async def test_the_store_is_measured_once_a_file(tmp_path: Any) -> None:
    """Covers: ADM-1. A version's hard link of a blob is the same bytes."""
    (tmp_path / "blob").write_bytes(b"x" * 100_000)
    (tmp_path / "version").hardlink_to(tmp_path / "blob")
    measured = disk.StoreSize(tmp_path)
    measured.refresh()
    async with asyncio.timeout(30):
        while measured.bytes is None:
            await asyncio.sleep(0.01)
    assert 100_000 <= measured.bytes < 110_000


def test_the_pulse_feels_waits_and_steps() -> None:
    """Covers: ADM-1. A clock that was set is known for a day, a slew never; a wait for a minute."""
    wall, steady = [1000.0], [0.0]
    pulse = Pulse(lambda: wall[0], lambda: steady[0])

    def beat(late: float, seconds: float = 0.5, step: float = 0.0) -> None:
        steady[0] += seconds
        wall[0] += seconds + step
        pulse.beat(late)

    for _ in range(20):
        beat(0.01, step=0.001)
    assert (pulse.longest_wait(), pulse.largest_step()) == (0.01, 0.0)
    beat(2.0, step=-3600.0)
    assert (pulse.longest_wait(), round(pulse.largest_step())) == (2.0, -3600)
    beat(0.0, seconds=61.0)
    assert pulse.longest_wait() == 0.0
    beat(0.0, seconds=90_000.0)
    assert pulse.largest_step() == 0.0


@pytest.mark.parametrize(
    ("verdict", "state", "name"),
    [
        (of_proxy(200), Health.OK, "proxy-ok"),
        (of_proxy(None), Health.FAILED, "proxy-silent"),
        (of_proxy(404), Health.FAILED, "proxy-astray"),
        (of_hub(403), Health.FAILED, "hub-refuses"),
        (of_hub(503), Health.FAILED, "hub-failing"),
        (of_schema("0005", "0006"), Health.FAILED, "database-version"),
        (of_disk(100 * GB, 10_000 * GB, None), Health.OK, "disk-ok"),
        (of_disk(5 * GB, 20 * GB, 100), Health.OK, "disk-ok"),
        (of_disk(5 * GB, 100 * GB, 100), Health.WARNING, "disk-low"),
        (of_disk(GB // 4, GB, 100), Health.FAILED, "disk-full"),
        (of_disk(100 * GB, 100 * GB, 0), Health.FAILED, "disk-files"),
        (of_sandbox("root", True, True, ()), Health.OK, "sandbox-ok"),
        (of_sandbox("person", False, True, ()), Health.OK, "sandbox-person"),
        (of_sandbox("person", False, False, ()), Health.WARNING, "sandbox-unlimited-person"),
        (of_sandbox("root", True, False, ()), Health.WARNING, "sandbox-unlimited-root"),
        (of_clock(-2.5), Health.WARNING, "clock-stepped"),
        (of_replicas(2, led=True), Health.OK, "replicas-ok"),
        (of_replicas(1, led=True), Health.WARNING, "replicas-single"),
        (of_replicas(2, led=False), Health.FAILED, "replicas-leaderless"),
        (of_api(200, ""), Health.OK, "kubernetes-ok"),
        (of_api(0, "no route"), Health.FAILED, "kubernetes-silent"),
        (of_api(403, "forbidden"), Health.FAILED, "kubernetes-refuses"),
        (of_nodes(2, 2), Health.OK, "nodes-ok"),
        (of_nodes(1, 2), Health.WARNING, "nodes-some"),
        (of_nodes(0, 2), Health.FAILED, "nodes-none"),
        (of_extension(200, "JobSet", ""), Health.OK, "extension-ok"),
        (of_extension(404, "JobSet", ""), Health.FAILED, "extension-missing"),
        (of_extension(500, "JobSet", ""), Health.FAILED, "extension-silent"),
    ],
)
def test_verdicts(verdict: Verdict, state: Health, name: str) -> None:
    """Covers: ADM-1."""
    assert (verdict.state, verdict.name) == (state, name)


def test_the_worst_part_is_the_whole() -> None:
    """Covers: ADM-1. Unknown is worse than well and better than a warning."""
    assert worst([Health.OK, Health.UNKNOWN]) == Health.UNKNOWN
    assert worst([Health.WARNING, Health.UNKNOWN, Health.OK]) == Health.WARNING
    assert worst([Health.FAILED, Health.WARNING]) == Health.FAILED


def test_every_trouble_has_its_remedy_and_both_languages() -> None:
    """Covers: ADM-1. Whatever is not well says what to do; parts, facts and modes have names."""
    from gemini_core import cluster_diagnoses, diagnoses

    texts = {**diagnoses.TEXTS, **cluster_diagnoses.TEXTS}
    troubles = {
        "unanswered",
        *("proxy-silent", "proxy-astray", "hub-silent", "hub-failing", "hub-refuses", "control-slow"),
        *("supervisor-gone", "database-locked", "database-version", "disk-low", "disk-full", "disk-files"),
        *("sandbox-plain", "sandbox-unlimited-root", "sandbox-unlimited-person", "prices-fault", "clock-stepped"),
        *("replicas-single", "replicas-leaderless", "kubernetes-silent", "kubernetes-refuses"),
        *("nodes-some", "nodes-none", "extension-missing", "extension-silent"),
    }
    assert {f"remedy.health.{name}" for name in troubles} <= set(texts)
    assert {f"health.{name}" for name in troubles} <= set(texts)
    for name, (english, chinese) in texts.items():
        assert english and chinese, name
        assert english.endswith(".") == chinese.endswith("。"), name


async def test_an_operators_server_may_not_operate(platform: Platform, lab: str) -> None:
    """Covers: TEN-2, ADM-1. Its token carries the scope, yet it tops nothing up and looks at nothing."""
    own = f"access:servers!server=operator/{ENVIRONMENT}"
    scopes = set(platform.hub.tokens["token-of-operator"]["scopes"]) | {own}
    platform.hub.add_token("token-of-inside", "operator", scopes)
    for method, path in (("GET", "/platform"), ("GET", "/users"), ("POST", f"/workspaces/{LAB}/postings")):
        assert (await platform.ask(method, path, "inside", {"amount": "5"} if method == "POST" else None)).status == 403
    assert (await platform.ask("GET", "/workspaces", "inside")).data == []
