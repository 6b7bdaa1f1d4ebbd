"""The queue of keys, alone."""

from __future__ import annotations

import asyncio

import pytest
from gemini_control.reconcilers import workqueue
from gemini_control.reconcilers.workqueue import WorkQueue


async def test_a_key_is_worked_on_by_one_at_a_time_and_again_when_woken() -> None:
    """Covers: TRAIN-10."""
    inside = 0
    most = 0
    calls = 0
    first = asyncio.Event()
    gate = asyncio.Event()

    async def work(key: str) -> None:
        nonlocal inside, most, calls
        inside += 1
        calls += 1
        most = max(most, inside)
        first.set()
        await gate.wait()
        inside -= 1

    queue = WorkQueue("test", work)
    queue.wake("a")
    await first.wait()
    queue.wake("a")
    queue.wake("a")
    gate.set()
    await queue.settle()
    assert (most, calls) == (1, 2)
    await queue.close()


async def test_what_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: TRAIN-10."""
    monkeypatch.setattr(workqueue, "FIRST_BACKOFF", 0.001)
    done = asyncio.Event()
    calls = 0

    async def work(key: str) -> None:
        nonlocal calls
        calls += 1
        if calls < 4:
            raise OSError("away")
        done.set()

    queue = WorkQueue("test", work)
    queue.wake("a")
    await asyncio.wait_for(done.wait(), 5)
    assert calls == 4
    await queue.close()


async def test_it_looks_again_when_it_was_asked_to() -> None:
    """Covers: TRAIN-10."""
    done = asyncio.Event()
    calls = 0

    async def work(key: str) -> float | None:
        nonlocal calls
        calls += 1
        if calls == 3:
            done.set()
            return None
        return 0.001

    queue = WorkQueue("test", work)
    queue.wake("a")
    await asyncio.wait_for(done.wait(), 5)
    await queue.settle()
    assert calls == 3
    await queue.close()


async def test_keys_do_not_wait_for_each_other_and_closing_ends_all() -> None:
    """Covers: TRAIN-10."""
    reached = asyncio.Event()

    async def work(key: str) -> None:
        if key == "slow":
            await asyncio.Event().wait()
        reached.set()

    queue = WorkQueue("test", work)
    queue.wake("slow")
    queue.wake("fast")
    await asyncio.wait_for(reached.wait(), 5)
    await queue.close()
    queue.wake("fast")
    await queue.settle()


async def test_a_key_that_was_woken_right_before_the_end_is_worked_on_in_the_next_life() -> None:
    """Its work had not begun when it was cancelled. Covers: TRAIN-10."""
    done = asyncio.Event()

    async def work(key: str) -> None:
        done.set()

    queue = WorkQueue("test", work)
    queue.wake("a")
    await queue.close()
    assert not done.is_set()
    queue.open()
    queue.wake("a")
    async with asyncio.timeout(30):
        await done.wait()
    await queue.close()
