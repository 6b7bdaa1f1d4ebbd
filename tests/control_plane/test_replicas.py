"""Two control planes over one PostgreSQL and one store: one leads, both serve."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from gemini_control.managers import platform as platform_reports
from gemini_control.store import sessions
from gemini_control.store import tables as t
from gemini_control.store.lease import NotLeading
from postgresql_fixture import PostgreSQL
from sqlalchemy import Connection, func, insert, select
from tornado.websocket import WebSocketClientConnection

from control_plane.fake_backend import FakeBackend
from control_plane.fake_hub import FakeHub
from control_plane.platform import Platform, make_app
from control_plane.world import DYNAMIC, EMPTY, LAB, PROJECT, Lab, fill_people

SECRET = "one secret of all replicas, long enough"


@dataclass
class Two:
    """Two replicas, `one` and `other`; both see the same place of work, as they would see the same cluster."""

    home: Path
    hub: FakeHub
    url: str
    backend: FakeBackend
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    running: list[Platform] = field(default_factory=list)

    async def start(self) -> Platform:
        """One more replica."""
        file = self.home / "cookie-secret"
        file.write_text(SECRET)
        app = make_app(self.home, self.hub, db_url=self.url, backend=self.backend, cookie_secret_file=str(file))
        # Tests read tokens at once after they change them.
        await app.start_async()
        platform = Platform(app, self.hub)
        self.running.append(platform)
        return platform

    async def stop(self, platform: Platform) -> None:
        """End one in order."""
        self.running.remove(platform)
        platform.client.close()
        await platform.app.stop_async()

    async def leader(self, seconds: float = 30.0) -> Platform:
        """The one that leads, as soon as one does."""
        found: list[Platform] = []

        def look() -> bool:
            found[:] = [one for one in self.running if one.parts.leading.lease.leading]
            return bool(found)

        await until(look, seconds)
        assert len(found) == 1
        return found[0]

    async def follower(self) -> Platform:
        """The other one."""
        leader = await self.leader()
        return next(one for one in self.running if one is not leader)


async def until(look: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until `look` says so."""
    async with asyncio.timeout(seconds):
        while not look():
            await asyncio.sleep(0.01)


@pytest.fixture
async def two(home: Path, hub: FakeHub, postgresql: PostgreSQL) -> AsyncIterator[Two]:
    """Two replicas with a filled world around them."""
    url = postgresql.make()
    two = Two(home, hub, url, FakeBackend(home / "store"))
    try:
        first = await two.start()
        await two.leader()
        await first.store.write(fill_people)
        world = Lab(first)
        await world.fill()
        world.obey()
        code = home / "store" / "projects" / PROJECT / "code"
        code.mkdir(parents=True)
        (code / "train.py").write_text("print('ok')")
        await two.start()
        yield two
    finally:
        for platform in tuple(two.running):
            await two.stop(platform)
        postgresql.drop(url)


async def message(socket: WebSocketClientConnection, seconds: float = 30.0) -> dict[str, Any]:
    """The next message."""
    found = await asyncio.wait_for(socket.read_message(), seconds)
    assert found is not None
    value: dict[str, Any] = json.loads(found)
    return value


async def test_the_follower_serves_and_the_leader_works(two: Two) -> None:
    """What is asked of the follower is done by the leader at once; both tell it the same. Covers: TRAIN-10, API-5."""
    leader, follower = await two.leader(), await two.follower()
    began = time.monotonic()
    world = Lab(follower)
    made = await world.running()
    # Far sooner than the look from time to time: the leader was told.
    assert time.monotonic() - began < 8
    seen = (await leader.ask("GET", f"/dev-environments/{made['id']}")).data
    assert seen["state"] == "running"
    stopped = await follower.ask("POST", f"/dev-environments/{made['id']}/stop")
    assert stopped.status == 200
    await world.until(made["id"], "stopped")
    for platform in (leader, follower):
        assert (await platform.ask("GET", "/health/ready", None)).data["status"] == "ok"


async def test_an_observation_told_to_the_follower_reaches_the_leader(two: Two) -> None:
    """A sandbox that ends by itself, told by the spawner to the replica that does not lead. Covers: ENV-6."""
    follower = await two.follower()
    world = Lab(follower)
    made = await world.running()
    two.backend.end(made["id"], 3)
    del two.hub.servers["member", made["id"]]
    path = f"/environment-observations/{made['id']}"
    assert (await follower.ask("POST", path, "spawner", {"event": "ended"})).status == 200
    seen = await world.until(made["id"], "failed")
    assert seen["reason"] is not None


async def test_streams_of_both_tell_all_in_order(two: Two) -> None:
    """Changes made at either replica come at both, each once and in their order; a stream that lost one replica goes
    on at the other. Covers: API-5."""
    leader, follower = await two.leader(), await two.follower()
    sockets = [await one.connect("/events") for one in (leader, follower)]
    start = [(await message(socket))["cursor"] for socket in sockets]
    assert start[0] == start[1]
    bodies = [{"name": f"p{number}"} for number in range(6)]
    for number, body in enumerate(bodies):
        answer = await (leader, follower)[number % 2].ask("POST", "/projects", "member", body)
        assert answer.status == 200, answer.body
    told = []
    for socket in sockets:
        cursors: list[int] = []
        while len(cursors) < len(bodies):
            event = await message(socket)
            if event["kind"] == "project":
                cursors.append(event["cursor"])
        told.append(cursors)
        socket.close()
    assert told[0] == told[1] == sorted(set(told[0]))
    last = told[0][2]
    again = await follower.connect(f"/events?cursor={last}")
    assert (await message(again))["kind"] == "hello"
    rest = [(await message(again))["cursor"] for _ in bodies[3:]]
    assert rest == told[0][3:]
    again.close()


async def test_operators_see_both(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: ADM-1. Who leads, who else is there, and that one alone is too few; asked at either."""
    leader, follower = await two.leader(), await two.follower()

    async def part(platform: Platform) -> dict[str, Any]:
        parts: list[dict[str, Any]] = (await platform.ask("GET", "/platform", "operator")).data["parts"]
        found = next(one for one in parts if one["name"] == "replicas")
        return {**found, "facts": {fact["name"]: fact["value"] for fact in found["facts"]}}

    await two.stop(follower)
    alone = await part(leader)
    assert (alone["state"], alone["facts"]["others"]) == ("warning", "–")
    monkeypatch.setattr(platform_reports, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(sessions, "NAME", f"{sessions.PROGRAM} another")
    third = await two.start()
    for platform in (leader, third):
        seen = await part(platform)
        assert (seen["state"], seen["facts"]["others"]) == ("ok", "another"), seen
        assert seen["facts"]["leader"] == alone["facts"]["leader"] and seen["facts"]["since"]


async def test_one_key_at_both_makes_one_thing(two: Two) -> None:
    """Covers: API-5. The same request reaches both replicas at the same moment."""
    leader, follower = await two.leader(), await two.follower()

    async def both(path: str, number: int, body: dict[str, Any]) -> list[Any]:
        headers = {"Idempotency-Key": f"{path}-{number}"}
        asked = [one.ask("POST", path, "member", body, headers=headers) for one in (leader, follower)]
        return [answer.data for answer in await asyncio.gather(*asked)]

    for number in range(5):
        assert len({made["id"] for made in await both("/projects", number, {"name": f"twice-{number}"})}) == 1
        task = {**DYNAMIC, "taskName": f"t{number}", "projectId": PROJECT}
        assert len({made["taskId"] for made in await both("/training-tasks", number, task)}) == 1
    rows = await leader.store.read(lambda tx: tx.scalar(select(func.count()).select_from(t.tasks)))
    assert rows == 5


async def test_commits_at_both_take_turns(two: Two) -> None:
    """Both seal one draft at the same time: one version, and a refusal because nothing changed. Covers: CAT-6."""
    leader, follower = await two.leader(), await two.follower()
    for number, one in enumerate((leader, follower)):
        path = f"/datasets/{EMPTY}/draft/files/{number}.bin"
        assert (await one.ask("PUT", path, "member", bytes(200_000))).status == 200
    commits = [one.ask("POST", f"/datasets/{EMPTY}/versions", "member", {}) for one in (leader, follower)]
    answers = await asyncio.gather(*commits)
    assert sorted(answer.status for answer in answers) == [200, 409], [answer.body for answer in answers]
    made = next(answer.data for answer in answers if answer.status == 200)
    assert [one.name for one in (two.home / "store" / "versions").iterdir()] == [made["id"]]


async def test_a_log_is_followed_at_the_follower(two: Two) -> None:
    """Covers: TRAIN-8. While the leader's task runs, a viewer of the other replica reads it to its end."""
    follower = await two.follower()
    world = Lab(follower)
    task = (await world.submit())["taskId"]
    await world.reached(task, "running")
    folder = world.folder(task)
    world.write(folder, "running")
    (folder / "main-0.log").write_text("one\n")
    socket = await follower.connect(f"/training-tasks/{task}/log/stream")
    assert (await message(socket))["text"] == "one\n"
    with (folder / "main-0.log").open("a") as log:
        log.write("two\n")
    assert (await message(socket))["text"] == "two\n"
    two.backend.end(task, 0)
    world.write(folder, "ended", "succeeded")
    assert await message(socket, 20) == {"end": True}
    socket.close()


async def test_a_leader_that_ends_hands_over_at_once(two: Two) -> None:
    """Covers: TRAIN-10. SIGTERM of the leader: the other leads within a second, and nothing is lost."""
    leader, follower = await two.leader(), await two.follower()
    world = Lab(follower)
    made = await world.running()
    ending = asyncio.create_task(two.stop(leader))
    began = time.monotonic()
    await until(lambda: follower.parts.leading.lease.leading)
    # A busy machine has five; a leader that says nothing would keep it much longer.
    assert time.monotonic() - began < 5
    await ending
    await follower.ask("POST", f"/dev-environments/{made['id']}/stop")
    await world.until(made["id"], "stopped")
    runs = await world.rows(t.runs)
    assert [run["ended_at"] is not None for run in runs] == [True]


async def test_who_lost_the_lease_writes_nothing(two: Two, postgresql: PostgreSQL) -> None:
    """A leader whose connection dies stops within seconds and follows; what it still tries to write in between is
    undone, whatever it believes. Covers: TRAIN-10."""
    leader, follower = await two.leader(), await two.follower()
    late = leader.parts.leading.lease.leaders()
    term = leader.parts.leading.lease._term

    def write(tx: Connection) -> None:
        tx.execute(insert(t.persons).values(name="late", first_seen_at=datetime.now(UTC)))

    await late.write(lambda tx: None)
    session = leader.parts.leading.lease._session
    assert session is not None
    postgresql.run(f"SELECT pg_terminate_backend({session._connection.info.backend_pid})")
    await until(lambda: follower.parts.leading.lease.leading, 15)
    # It goes on as if it had been frozen and knew nothing.
    leader.parts.leading.lease._term = term
    with pytest.raises(NotLeading):
        await late.write(write)
    leader.parts.leading.lease._term = None
    assert not await leader.store.read(lambda tx: tx.scalar(select(t.persons.c.name).where(t.persons.c.name == "late")))
    assert leader.parts.leading.lease.holder == sessions.NAME
    made = await Lab(leader).running()
    assert made["workspaceId"] == LAB


async def test_a_leader_whose_term_was_overtaken_leads_no_more(two: Two) -> None:
    """One that was frozen between taking the lock and counting its term counts it when another leads already: neither
    may then hold the lease for good and write nothing. Covers: TRAIN-10."""
    leader, follower = await two.leader(), await two.follower()
    term = await follower.store.write(follower.parts.leading.lease._begin)
    async with asyncio.timeout(15):
        while not any((one.parts.leading.lease._term or 0) > term for one in (leader, follower)):
            await asyncio.sleep(0.02)
    made = await Lab(follower).running()
    assert made["workspaceId"] == LAB


async def test_a_database_that_was_away(two: Two, postgresql: PostgreSQL) -> None:
    """Every connection of both is cut at once: what is asked meanwhile is refused by name at most, then one leads
    again, both hear each other, and nothing is done twice. Covers: TRAIN-10, API-1."""
    await two.leader()
    name = two.url.partition("?")[0].rpartition("/")[2]
    first, second = two.running

    async def term() -> int:
        return int(await first.store.read(lambda tx: tx.scalar(select(t.leases.c.term))) or 0)

    before = await term()
    postgresql.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    answers = [await one.ask("GET", "/me") for one in (first, second, first, second)]
    assert {answer.status for answer in answers} <= {200, 503}, [answer.body for answer in answers]
    async with asyncio.timeout(30):
        while await term() < before + 1:
            await asyncio.sleep(0.02)
    leader = await two.leader()
    follower = await two.follower()
    made = await Lab(follower).running()
    await follower.ask("POST", f"/dev-environments/{made['id']}/stop")
    await Lab(leader).until(made["id"], "stopped")
