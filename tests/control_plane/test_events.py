"""The stream of events: live, resumed, seen only by who may, and never a burden."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from gemini_control import events
from gemini_control.handlers import stream
from gemini_control.store import outbox
from gemini_control.store import tables as t
from gemini_control.viewers import OPERATE, Viewer
from sqlalchemy import delete
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClientConnection

from control_plane.platform import Platform
from control_plane.test_projects import make


async def read(connection: WebSocketClientConnection) -> dict[str, Any] | None:
    """The next message; None where the stream has ended."""
    text = await asyncio.wait_for(connection.read_message(), 10)
    return None if text is None else json.loads(text)


async def until(connection: WebSocketClientConnection, kind: str) -> dict[str, Any]:
    """The next message of a kind."""
    while (message := await read(connection)) is not None:
        if message["kind"] == kind:
            return message
    raise AssertionError(f"the stream ended before {kind}")


async def test_changes_arrive_as_they_happen(platform: Platform, lab: str) -> None:
    """Covers: API-5. First `hello` with the cursor, then each change with the thing as it is."""
    connection = await platform.connect("/events", "colleague")
    assert await read(connection) == {"kind": "hello", "cursor": 0}
    project = await make(platform)
    created = await until(connection, "project")
    assert (created["id"], created["change"], created["cursor"]) == (project, "created", 1)
    assert created["data"] == (await platform.ask("GET", f"/projects/{project}", "colleague")).data
    await platform.ask("DELETE", f"/projects/{project}")
    deleted = await until(connection, "project")
    assert (deleted["change"], deleted["data"]) == ("deleted", None)
    connection.close()


async def test_a_stream_resumes_from_its_cursor(platform: Platform, lab: str) -> None:
    """Covers: API-5. What happened meanwhile comes first, once, in order; then what happens now."""
    for number in range(3):
        await make(platform, name=f"p{number}")
    connection = await platform.connect("/events?cursor=1")
    assert await read(connection) == {"kind": "hello", "cursor": 1}
    await make(platform, name="p3")
    seen = [await until(connection, "project") for _ in range(3)]
    assert [(one["cursor"], one["data"]["name"]) for one in seen] == [(2, "p1"), (3, "p2"), (4, "p3")]
    connection.close()


async def test_none_is_lost_or_doubled_while_joining(platform: Platform, lab: str) -> None:
    """Covers: API-5. Streams that join in the middle of many changes see every one of them exactly once."""

    async def change() -> None:
        for number in range(25):
            await make(platform, name=f"p{number}")

    async def join() -> list[int]:
        connection = await platform.connect("/events?cursor=0")
        await read(connection)
        cursors = [(await until(connection, "project"))["cursor"] for _ in range(25)]
        connection.close()
        return cursors

    changing = asyncio.create_task(change())
    joined = []
    for _ in range(6):
        await asyncio.sleep(0)
        joined.append(asyncio.create_task(join()))
        await platform.ask("GET", "/me")
    await changing
    assert await asyncio.gather(*joined) == [list(range(1, 26))] * 6


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [
        ("private", {"member", "admin", "owner", "operator"}),
        ("workspace", {"member", "colleague", "admin", "owner", "operator"}),
        ("public", {"member", "colleague", "admin", "owner", "operator", "stranger"}),
    ],
)
async def test_who_hears_of_what(platform: Platform, lab: str, visibility: str, seen_by: set[str]) -> None:
    """Covers: TEN-2b, TEN-3, API-5. Live and resumed alike; a public thing of the stranger's ends the wait for all."""
    people = ("member", "colleague", "admin", "owner", "operator", "stranger")
    live = {person: await platform.connect("/events", person) for person in people}
    hidden = await make(platform, visibility=visibility)
    last = await make(platform, "stranger", visibility="public")
    late = {person: await platform.connect("/events?cursor=0", person) for person in people}
    for streams in (live, late):
        for person, connection in streams.items():
            seen = []
            while not seen or seen[-1] != last:
                seen.append((await until(connection, "project"))["id"])
            assert (hidden in seen) == (person in seen_by), person
            connection.close()


async def test_hiding_a_thing_takes_it_from_who_saw_it(platform: Platform, lab: str) -> None:
    """Covers: TEN-5, API-5. A colleague hears that it is gone; its owner that it is there, changed."""
    project = await make(platform, visibility="workspace")
    # From the creation on: it may not have been told yet.
    colleague, owner = [await platform.connect("/events?cursor=1", person) for person in ("colleague", "member")]
    await platform.ask("PATCH", f"/projects/{project}", body={"visibility": "private"})
    assert (await until(colleague, "project"))["change"] == "deleted"
    assert [(await until(owner, "project"))["change"] for _ in range(2)] == ["deleted", "updated"]
    colleague.close()
    owner.close()


@pytest.mark.parametrize(("visibility", "viewer"), [("workspace", "colleague"), ("public", "stranger")])
async def test_an_old_event_does_not_show_what_was_hidden_since(
    platform: Platform, lab: str, visibility: str, viewer: str
) -> None:
    """Covers: TEN-3, TEN-5, API-5. By an old cursor, too, nobody is told how a thing is that they may not see now."""
    project = await make(platform, visibility=visibility)
    await platform.ask("PATCH", f"/projects/{project}", body={"visibility": "private", "name": "hidden now"})
    last = await make(platform, "stranger", visibility="public")
    for person in (viewer, "member"):
        connection, seen = await platform.connect("/events?cursor=0", person), []
        while not seen or seen[-1]["id"] != last:
            seen.append(await until(connection, "project"))
        told = [(one["change"], (one["data"] or {}).get("name")) for one in seen[:-1]]
        if person == viewer:
            assert told == [("deleted", None), ("deleted", None)]
        else:
            assert told == [("created", "hidden now"), ("deleted", None), ("updated", "hidden now")]
        connection.close()


async def test_who_missed_too_much_fetches_again(platform: Platform, lab: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: API-5, PERF-1. Telling each of very many changes would keep others waiting."""
    monkeypatch.setattr(events, "MOST_MISSED", 2)
    for number in range(3):
        await make(platform, name=f"p{number}")
    connection = await platform.connect("/events?cursor=0")
    assert [await read(connection), await read(connection)] == [{"kind": "reset"}, {"kind": "hello", "cursor": 3}]
    connection.close()
    connection = await platform.connect("/events?cursor=1")
    assert await read(connection) == {"kind": "hello", "cursor": 1}
    assert (await until(connection, "project"))["cursor"] == 2
    connection.close()


async def test_a_removed_member_hears_no_more(platform: Platform, lab: str) -> None:
    """Covers: TEN-2, TEN-3. From the very next event, on a stream that stays open."""
    connection = await platform.connect("/events", "colleague")
    await read(connection)
    await platform.ask("DELETE", f"/workspaces/{lab}/members/colleague", "owner")
    await make(platform)
    await make(platform, "stranger", visibility="public")
    message = await until(connection, "project")
    assert message["data"]["owner"] == "stranger"
    connection.close()


async def test_a_cursor_that_is_too_old(platform: Platform, lab: str) -> None:
    """Covers: API-5. Said aloud, so that the viewer fetches again; also where the database is older than the viewer."""
    for number in range(3):
        await make(platform, name=f"p{number}")
    await platform.store.write(lambda tx: outbox.prune(tx, kept=1))
    for cursor in (1, 99):
        connection = await platform.connect(f"/events?cursor={cursor}")
        assert [await read(connection), await read(connection)] == [{"kind": "reset"}, {"kind": "hello", "cursor": 3}]
        connection.close()
    connection = await platform.connect("/events?cursor=2")
    assert await read(connection) == {"kind": "hello", "cursor": 2}
    assert (await until(connection, "project"))["cursor"] == 3
    connection.close()


async def test_a_pruned_cursor_is_never_used_again(platform: Platform, lab: str) -> None:
    """Covers: API-5."""
    await make(platform)
    await platform.store.write(lambda tx: tx.execute(delete(t.outbox)) and None)
    await make(platform, name="next")
    assert await platform.store.read(outbox.newest) == 2


@pytest.mark.parametrize("cursor", ["x", "-1", "1" * 19, "%C2%B2"])
async def test_a_cursor_that_is_none(platform: Platform, lab: str, cursor: str) -> None:
    """Covers: API-5. Refused before the upgrade, as any field."""
    with pytest.raises(HTTPClientError) as caught:
        await platform.connect(f"/events?cursor={cursor}")
    assert caught.value.code == 422


async def test_a_stranger_to_the_hub_gets_no_stream(platform: Platform) -> None:
    """Covers: API-5."""
    with pytest.raises(HTTPClientError) as caught:
        await platform.connect("/events", "nobody")
    assert caught.value.code == 401


async def test_usage_is_told_and_not_kept(platform: Platform, lab: str) -> None:
    """Covers: ENV-6, TEN-2b. To who may see the person's work, without a cursor."""
    own, other = await platform.connect("/events"), await platform.connect("/events", "colleague")
    await read(own), await read(other)
    assert platform.parts.events.listeners == 2
    data = {"cpu": 0.5, "memory": 1.25}
    platform.parts.events.publish_ephemeral("usage", "env-aaaaaaaaaa", "member", lab, data)
    assert await read(own) == {"kind": "usage", "id": "env-aaaaaaaaaa", "data": data}
    await make(platform)
    message = await read(other)
    assert message is not None and message["kind"] == "project"
    assert await platform.store.read(outbox.newest) == 1
    own.close()
    other.close()


async def test_who_cannot_keep_up_is_let_go(platform: Platform, lab: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: API-5. Told to fetch again, and closed; nobody else waits for them."""
    monkeypatch.setattr(events, "QUEUE_LIMIT", 5)
    slow = await platform.parts.events.subscribe(_viewer("member"), None)
    quick = await platform.connect("/events")
    await read(quick)
    for number in range(8):
        await make(platform, name=f"p{number}")
        assert (await until(quick, "project"))["data"]["name"] == f"p{number}"
    messages = [slow.queue.get_nowait() for _ in range(slow.queue.qsize())]
    assert messages == [{"kind": "reset"}, None]
    platform.parts.events.unsubscribe(slow)
    quick.close()


async def test_who_is_signed_out_is_closed(platform: Platform, lab: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: TEN-2. A stream is asked again and again whether its token still holds."""
    monkeypatch.setattr(stream, "RECHECK_SECONDS", 0.01)
    connection = await platform.connect("/events")
    await read(connection)
    del platform.hub.tokens["token-of-member"]
    platform.app.hub_auth.cache.clear()
    assert await read(connection) is None
    assert connection.close_code == stream.LOST_SIGN_IN
    while platform.parts.events.listeners:
        await asyncio.sleep(0.01)


async def test_whose_role_is_taken_comes_again_without_it(
    platform: Platform, lab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Covers: TEN-2. A stream of an operator ends with that; the next one of the same person tells them less."""
    monkeypatch.setattr(stream, "RECHECK_SECONDS", 0.01)
    connection = await platform.connect("/events", "operator")
    await read(connection)
    platform.hub.tokens["token-of-operator"]["scopes"].remove(OPERATE)
    platform.app.hub_auth.cache.clear()
    assert await read(connection) is None
    assert connection.close_code == stream.GOING_AWAY
    again = await platform.connect("/events", "operator")
    await read(again)
    await make(platform)
    last = await make(platform, "stranger", visibility="public")
    assert (await until(again, "project"))["id"] == last
    again.close()


def _viewer(name: str) -> Any:
    return Viewer(name, False, None, "en", "test")


async def test_a_replica_that_is_behind_repeats_nothing(platform: Platform, lab: str) -> None:
    """Covers: API-5. What another replica told a viewer already does not come again from one that has not read it."""
    for number in range(3):
        await make(platform, name=f"p{number}")
    behind = events.Broadcaster(platform.store)
    subscription = await behind.subscribe(Viewer("member", False, None, "en", "test"), 3)
    assert subscription.queue.get_nowait() == {"kind": "hello", "cursor": 3}
    await make(platform, name="p3")
    while await behind._send_new():
        pass
    assert [(subscription.queue.get_nowait() or {})["cursor"]] == [4] and subscription.queue.empty()
