"""Logs of tasks: windows, the whole file, the live stream, and what is not shown."""

from __future__ import annotations

import json
from pathlib import Path

from control_plane.world import Lab


async def test_the_log_is_read_in_windows_and_whole(world: Lab) -> None:
    """Covers: TRAIN-8."""
    made = await world.submit()
    folder = world.folder(made["taskId"])
    (folder / "main-0.log").write_bytes("ab训练\n".encode() * 3)
    base = f"/training-tasks/{made['taskId']}/log"
    first = (await world.platform.ask("GET", f"{base}?limit=4")).data
    assert (first["text"], first["next"], first["size"], first["ended"]) == ("ab", 2, 27, False)
    tail = (await world.platform.ask("GET", f"{base}?offset=-9")).data
    assert (tail["text"], tail["offset"]) == ("ab训练\n", 18)
    assert (await world.platform.ask("GET", f"{base}?role=worker")).data["size"] == 0
    assert (await world.platform.ask("GET", f"{base}?role=../x")).status == 422
    assert (await world.platform.ask("GET", f"{base}?offset=x")).status == 422
    whole = await world.platform.ask("GET", f"{base}/file")
    assert whole.body == (folder / "main-0.log").read_bytes()


async def test_a_planted_link_shows_nothing_of_the_host(world: Lab, tmp_path: Path) -> None:
    """Covers: TEN-3."""
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    made = await world.submit()
    (world.folder(made["taskId"]) / "main-0.log").symlink_to(secret)
    answer = await world.platform.ask("GET", f"/training-tasks/{made['taskId']}/log")
    assert (answer.data["text"], answer.data["size"]) == ("", 0)
    assert (await world.platform.ask("GET", f"/training-tasks/{made['taskId']}/log/file")).status == 404


async def test_the_log_is_streamed_from_an_offset_to_the_end(world: Lab) -> None:
    """Covers: TRAIN-8, API-5."""
    made = await world.submit()
    await world.reached(made["taskId"], "running")
    log = world.folder(made["taskId"]) / "main-0.log"
    socket = await world.platform.connect(f"/training-tasks/{made['taskId']}/log/stream?offset=2")
    with log.open("ab", buffering=0) as writer:
        writer.write("ab训".encode())
        first = json.loads(await socket.read_message() or "")
        assert first == {"offset": 2, "next": 5, "text": "训"}
        writer.write("练".encode()[:2])
        writer.write("练".encode()[2:])
        text = ""
        while text != "练":
            text += json.loads(await socket.read_message() or "").get("text", "")
        writer.write(b"x" * 200_000)
    sizes = []
    while sum(sizes) < 200_000:
        sizes.append(len(json.loads(await socket.read_message() or "")["text"]))
    assert max(sizes) <= 65536
    world.backend.end(made["taskId"], 0)
    assert json.loads(await socket.read_message() or "") == {"end": True}
    assert await socket.read_message() is None


async def test_a_viewer_far_behind_is_told_what_was_left_out(world: Lab) -> None:
    """Covers: TRAIN-8."""
    made = await world.submit()
    await world.reached(made["taskId"], "running")
    log = world.folder(made["taskId"]) / "main-0.log"
    with log.open("wb") as writer:
        writer.truncate(40 << 20)
    world.backend.end(made["taskId"], 0)
    socket = await world.platform.connect(f"/training-tasks/{made['taskId']}/log/stream")
    dropped = json.loads(await socket.read_message() or "")
    assert dropped["dropped"] == (40 << 20) - 65536
    rest = json.loads(await socket.read_message() or "")
    assert rest["next"] == 40 << 20
    socket.close()
