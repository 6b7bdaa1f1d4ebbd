"""The client against a small real control plane: envelope, errors, keys, files, streams."""

from __future__ import annotations

import asyncio
import errno
from contextlib import aclosing
from pathlib import Path

import pytest
from gemini_client import AsyncClient, Client
from gemini_client.transport import LARGEST_ANSWER_BYTES
from gemini_core.errors import Forbidden, InvalidInput, NotFound, Unauthenticated, Unavailable
from tornado.netutil import bind_sockets

from .conftest import TOKEN, Plane


async def test_pages_and_the_whole_list(client: AsyncClient) -> None:
    """Covers: API-5."""
    page = await client.environments.list(limit=2, status=None)
    assert [one["id"] for one in page.items] == ["env-0", "env-1"]
    assert (page.next, page.total) == ("2", 5)
    assert [one["id"] async for one in client.environments.iterate()] == [f"env-{n}" for n in range(5)]


async def test_an_id_is_one_segment(client: AsyncClient) -> None:
    """Whatever an id holds, it names one thing. Covers: API-0."""
    assert await client.environments.get("env-a/b") == {"id": "env-a/b"}
    with pytest.raises(NotFound) as caught:
        await client.environments.get("../datasets")
    assert (caught.value.name, caught.value.status) == ("not-found", 404)


async def test_a_refusal_names_its_field(client: AsyncClient) -> None:
    """Covers: API-1."""
    with pytest.raises(InvalidInput) as caught:
        await client.environments.create({"name": ""})
    assert (caught.value.name, caught.value.field, str(caught.value)) == ("name-required", "name", "Refused.")


async def test_the_language_is_the_callers(plane: Plane) -> None:
    """Covers: API-1."""
    with pytest.raises(Unauthenticated) as caught:
        await AsyncClient(plane.url, "wrong", "zh-CN").environments.list()
    assert str(caught.value) == "请先登录。"


async def test_change_and_delete(client: AsyncClient, plane: Plane) -> None:
    """Covers: API-0."""
    assert await client.environments.update("env-1", {"name": "n"}) == {"id": "env-1", "name": "n"}
    await client.environments.delete("env-1")
    assert [request.method for request in plane.requests] == ["PATCH", "DELETE"]


async def test_a_lost_answer_makes_nothing_twice(client: AsyncClient, plane: Plane) -> None:
    """The repetition has the same key. Covers: API-5."""
    plane.break_after = 1
    assert (await client.environments.create({"name": "one"}))["name"] == "one"
    keys = [request.headers["Idempotency-Key"] for request in plane.requests]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    await client.environments.create({"name": "two"})
    assert plane.requests[-1].headers["Idempotency-Key"] not in keys
    await client.environments.create({"name": "two"}, key="mine")
    assert plane.requests[-1].headers["Idempotency-Key"] == "mine"


async def test_nobody_there() -> None:
    """Covers: API-1."""
    sockets = bind_sockets(0, "127.0.0.1")
    port = sockets[0].getsockname()[1]
    for socket in sockets:
        socket.close()
    client = AsyncClient(f"http://127.0.0.1:{port}/v1", TOKEN)
    with pytest.raises(Unavailable) as caught:
        await client.me()
    assert caught.value.name == "platform-unreachable"
    assert "platform" in str(caught.value)


async def test_an_answer_without_an_envelope(client: AsyncClient) -> None:
    """Covers: API-1."""
    with pytest.raises(Exception) as caught:
        await client.me()
    assert (caught.value.name, caught.value.status) == ("unexpected-answer", 404)  # type: ignore[attr-defined]


async def test_the_spawners_two_calls(client: AsyncClient, plane: Plane) -> None:
    """Covers: ENV-4."""
    assert await client.launch_plans.get("env-1") == {"environment": "env-1", "owner": "alice"}
    await client.observations.post("env-1", "ended", at="2026-01-01T00:00:00Z", exit_code=3)
    event = {"event": "ended", "at": "2026-01-01T00:00:00Z", "exitCode": 3, "lost": False}
    assert plane.observations == [("env-1", {**event, "reason": None, "detail": None})]


async def test_a_file_is_streamed(client: AsyncClient, plane: Plane, tmp_path: Path) -> None:
    """Covers: CAT-3."""
    source = tmp_path / "big"
    with source.open("wb") as file:
        file.truncate(30 << 20)
    answer = await client.datasets.upload("ds-1", "a folder/数据?.bin", source)
    assert answer == {"path": "a folder/数据?.bin", "size": 30 << 20}
    (tmp_path / "empty").touch()
    assert (await client.datasets.upload("ds-1", "empty", tmp_path / "empty"))["size"] == 0


async def test_a_refused_file_is_not_sent(client: AsyncClient, plane: Plane, tmp_path: Path) -> None:
    """Covers: CAT-11."""
    plane.arrears = True
    source = tmp_path / "big"
    with source.open("wb") as file:
        file.truncate(200 << 20)
    with pytest.raises(Forbidden) as caught:
        await client.datasets.upload("ds-1", "big", source)
    assert caught.value.name == "in-arrears"
    assert plane.received == 0


async def test_a_refusal_during_the_upload_is_heard(tmp_path: Path) -> None:
    """A proxy on the way answers and hangs up while the bytes still come. Covers: CAT-11."""
    refusal = b'{"code": 403, "message": "Top up.", "data": null, "error": {"name": "in-arrears"}}'

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 403 Forbidden\r\nContent-Length: {len(refusal)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + refusal)
        await writer.drain()
        await reader.readexactly(1 << 20)
        writer.transport.abort()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    source = tmp_path / "big"
    with source.open("wb") as file:
        file.truncate(200 << 20)
    client = AsyncClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", TOKEN)
    with pytest.raises(Forbidden) as caught:
        await asyncio.wait_for(client.datasets.upload("ds-1", "big", source), 20)
    assert caught.value.name == "in-arrears"
    server.close()


async def test_a_file_of_any_size_comes_down(client: AsyncClient, plane: Plane, tmp_path: Path) -> None:
    """Covers: CAT-3, NB-2. What is larger than any answer in JSON may be, too."""
    plane.file_pieces = (LARGEST_ANSWER_BYTES >> 20) + 1
    await client.datasets.download("ds-1", "ver-1", "a.csv", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").stat().st_size == plane.file_pieces << 20


async def test_a_full_disk_is_no_silent_platform(client: AsyncClient, plane: Plane) -> None:
    """Covers: NB-2. What keeps a piece from being written is told as it is."""
    plane.file_pieces = 8

    def full(piece: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        await client.datasets._transport.download("datasets/ds-1/versions/ver-1/files/a", {}, full)


async def test_a_log_as_a_file(client: AsyncClient, tmp_path: Path) -> None:
    """Covers: TRAIN-8."""
    await client.tasks.save_log("task-1", tmp_path / "log")
    assert (tmp_path / "log").stat().st_size == 800_000
    with pytest.raises(NotFound):
        await client.tasks.save_log("task-2", tmp_path / "other")
    assert (tmp_path / "other").read_bytes() == b""


async def test_a_followed_log_goes_on_where_it_was(client: AsyncClient) -> None:
    """Covers: TRAIN-8."""
    pieces = [piece async for piece in client.tasks.follow_log("task-1")]
    assert [(piece["offset"], piece["text"]) for piece in pieces] == [(0, "line 1\n"), (7, "line 2\n")]


async def test_events_resume_at_their_cursor(client: AsyncClient, plane: Plane) -> None:
    """Covers: API-5."""
    seen = []
    async with aclosing(client.events()) as stream:  # type: ignore[type-var]
        async for event in stream:
            seen.append((event["kind"], event["cursor"]))
            if len(seen) == 6:
                break
    assert seen == [("hello", 0), *[("dev-environment", n) for n in (1, 2)], ("hello", 2)] + [
        ("dev-environment", n) for n in (3, 4)
    ]
    assert plane.cursors == ["", "2"]


async def test_a_refused_stream_says_why(plane: Plane) -> None:
    """Covers: API-1."""
    with pytest.raises(Unauthenticated):
        await anext(AsyncClient(plane.url, "wrong").events())


async def test_the_same_without_await(plane: Plane) -> None:
    """Covers: NB-2."""

    def use() -> None:
        with Client(plane.url, TOKEN) as client:
            assert client.environments.list().total == 5
            assert len(list(client.environments.iterate())) == 5
            assert [piece["text"] for piece in client.tasks.follow_log("task-1")] == ["line 1\n", "line 2\n"]
            with pytest.raises(NotFound):
                client.environments.get("env-none")
            events = client.events()
            assert next(events)["kind"] == "hello"
            events.close()

    await asyncio.to_thread(use)


async def test_a_name_that_only_browsers_know(plane: Plane) -> None:
    """The address that people open is good here, too, whatever this machine's resolver knows. Covers: NB-2."""
    named = plane.url.replace("127.0.0.1", "hub.localhost")
    assert named != plane.url
    assert (await AsyncClient(named, TOKEN).environments.list()).total == 5
