"""A task in a person's hand: waiting by events, its log, its end, its cost."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from pathlib import Path

import pytest
from control_plane.world import ZONE, Lab
from gemini_client import TaskFailed, TaskHandle
from gemini_control.managers.logs import BEHIND
from gemini_core.errors import GeminiError, NotFound

from .conftest import Person


async def running(world: Lab, person: Person, language: str = "en") -> TaskHandle:
    """A task that runs."""
    made = await world.submit()
    await world.reached(made["taskId"], "running")
    return TaskHandle(person.client(language=language), made["taskId"], pages="/services/gemini/")


async def watched(world: Lab, count: int = 1) -> None:
    """Until so many streams of events are open: from then on only events can tell."""
    async with asyncio.timeout(30):
        while world.platform.parts.events.listeners != count:
            await asyncio.sleep(0.01)


async def test_wait_returns_with_the_end(world: Lab, person: Person) -> None:
    """By an event, at once; and the handle knows all of it. Covers: NB-1."""
    task = await running(world, person)
    waiting = asyncio.create_task(person.do(task.wait))
    await watched(world)
    began = time.monotonic()
    world.backend.end(task.id, 0)
    assert await waiting is task
    assert time.monotonic() - began < 10
    assert (task.state, task.ended, task.status, task.name) == ("succeeded", True, "succeeded", "digits")
    assert task.cost == Decimal("0.0025")
    assert task.url == f"/services/gemini/training-jobs/{task.id}"
    assert await person.do(task.wait) is task
    await watched(world, 0)


async def test_it_can_be_awaited(world: Lab, person: Person) -> None:
    """In a notebook's own loop, many at once over one stream of events. Covers: NB-1."""
    first = await running(world, person)
    second = TaskHandle(first._client, (await world.submit())["taskId"])
    await world.reached(second.id, "running")

    async def ends() -> None:
        await watched(world, 1)
        world.backend.end(first.id, 0)
        world.backend.end(second.id, 0)

    both, _ = await asyncio.gather(asyncio.gather(first, second), ends())
    assert [one.state for one in both] == ["succeeded", "succeeded"]


async def test_a_failure_is_an_answer_and_an_error_only_on_request(world: Lab, person: Person) -> None:
    """Covers: NB-1, TRAIN-9."""
    task = await running(world, person, "zh-CN")
    world.backend.end(task.id, 2)
    assert (await person.do(task.wait)).state == "failed"
    with pytest.raises(TaskFailed) as caught:
        await person.do(task.wait, check=True)
    assert caught.value.task is task
    assert caught.value.text("zh-CN") == "digits：失败。代码错误。请查看日志末尾，修改代码后重试。"


async def test_patience_ends_and_the_task_goes_on(world: Lab, person: Person) -> None:
    """Covers: NB-1."""
    task = await running(world, person)
    with pytest.raises(TimeoutError, match="has not ended after 0 s"):
        await person.do(task.wait, 0.05)
    assert (await world.task(task.id))["state"] == "running"
    await watched(world, 0)


async def test_waiting_outlives_the_loss_of_its_stream(world: Lab, person: Person) -> None:
    """What happened meanwhile is told when the stream is back. Covers: NB-1, TRAIN-10."""
    task = await running(world, person)
    waiting = asyncio.create_task(person.do(task.wait))
    await watched(world)
    for subscription in tuple(world.platform.parts.events._viewers):
        subscription.queue.put_nowait(None)
    await watched(world, 0)
    world.backend.end(task.id, 0)
    assert (await asyncio.wait_for(waiting, 30)).state == "succeeded"


async def test_a_viewer_that_was_too_slow_reads_again(world: Lab, person: Person) -> None:
    """After `reset` the task is read anew. Covers: NB-1."""
    task = await running(world, person)
    waiting = asyncio.create_task(person.do(task.wait))
    await watched(world)
    (subscription,) = world.platform.parts.events._viewers
    subscription.over = True  # from now on it is told nothing, as one that was let go
    world.backend.end(task.id, 0)
    await world.reached(task.id, "succeeded")
    subscription.queue.put_nowait({"kind": "reset"})
    subscription.queue.put_nowait(None)
    assert (await asyncio.wait_for(waiting, 30)).state == "succeeded"


async def test_its_log(world: Lab, person: Person) -> None:
    """Whole, its end, and line by line as it is written. Covers: NB-1, TRAIN-8."""
    task = await running(world, person)
    log = world.folder(task.id) / "main-0.log"
    lines = [f"第 {number} 行 {'x' * 80}" for number in range(20_000)]
    log.write_text("\n".join(lines) + "\n")
    assert (await person.do(task.logs)).splitlines() == lines
    assert (await person.do(task.logs, tail=3)).splitlines() == lines[-3:]
    assert len((await person.do(task.logs, tail=5000)).splitlines()) == 5000
    assert await person.do(task.logs, tail=0) == await person.do(task.logs, role="worker") == ""
    following = asyncio.create_task(person.do(lambda: list(task.logs(follow=True))))
    with log.open("a") as writer:
        writer.write("last")
    world.backend.end(task.id, 0)
    assert await following == [*lines, "last"]


async def test_a_log_that_is_followed_late_comes_whole(world: Lab, person: Person) -> None:
    """However far behind, a reader misses nothing: what the stream leaves out is read. Covers: NB-1, TRAIN-8."""
    task = await running(world, person)
    lines = [f"第 {number} 行 {'训' * 40}" for number in range(160_000)]
    (world.folder(task.id) / "main-0.log").write_text("\n".join(lines))
    assert (world.folder(task.id) / "main-0.log").stat().st_size > BEHIND
    world.backend.end(task.id, 0)
    followed = await person.do(lambda: list(task.logs(follow=True)))
    assert len(followed) == len(lines)
    assert followed == lines


async def test_what_it_wrote(world: Lab, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: NB-1, TRAIN-7."""
    task = await running(world, person)
    folder = world.backend.store / world.backend.launches[task.id].output
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.pt").write_text("weights")
    assert [(one["path"], one["size"]) for one in await person.do(task.files)] == [("model.pt", 7)]
    assert await person.do(lambda: task.output) == Path("/gemini/output", folder.name)
    monkeypatch.setenv("GEMINI_OUTPUT", "/elsewhere")
    assert task.output == Path("/elsewhere", folder.name)


async def test_a_stop_is_wished_and_then_seen(world: Lab, person: Person) -> None:
    """Covers: NB-1, TRAIN-9."""
    task = await running(world, person)
    await person.do(task.stop)
    assert (await person.do(task.wait)).state == "stopped"


async def test_it_shows_itself_calmly(world: Lab, person: Person) -> None:
    """One line; what a person typed is no markup. Covers: NB-1."""
    made = await world.submit(taskName="<b>&", resourceConfig={**ZONE, "cpuCores": 8})
    waits = await world.submit(resourceConfig={**ZONE, "cpuCores": 8})
    task = TaskHandle(person.client(), made["taskId"])
    assert repr(task) == f"<TaskHandle {task.id}>"
    shown = await person.do(task._repr_html_)
    assert "&lt;b&gt;&amp;</a>" in shown and "<b>" not in shown
    queued = TaskHandle(person.client(language="zh-CN"), waits["taskId"])
    await person.do(queued.refresh)
    assert repr(queued) == f"<TaskHandle {queued.id} digits · 排队中 (资源不足) · 0.00 算力点>"


async def test_another_person_s_task_is_not_there(world: Lab, person: Person) -> None:
    """Covers: NB-1, TEN-3."""
    made = await world.submit()
    task = TaskHandle(person.client("token-of-stranger"), made["taskId"])
    with pytest.raises(NotFound):
        await person.do(lambda: task.state)
    with pytest.raises(GeminiError):
        await person.do(task.wait)
