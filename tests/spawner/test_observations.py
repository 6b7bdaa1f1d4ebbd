"""Observations are told in order and again until they are heard."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from gemini_core.errors import NotFound, Unavailable
from gemini_sandbox import Observation
from gemini_spawner import observations
from gemini_spawner.observations import Teller, make_observation, start_that_ended
from gemini_spawner.steps import Steps

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Listener:
    """A control plane that fails some times before it listens."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.heard: list[str] = []

    async def __call__(self, observation: dict[str, Any]) -> None:
        """Fails, or hears."""
        if self.failures:
            raise self.failures.pop(0)
        self.heard.append(observation["event"])


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again at once."""
    monkeypatch.setattr(observations, "FIRST_PAUSE_SECONDS", 0.001)


async def test_heard_in_order_after_a_silence() -> None:
    """What comes later waits for what came first, however often that must be repeated."""
    listener = Listener(Unavailable("platform-unreachable"), Unavailable("platform-unreachable"))
    teller = Teller(listener, logging.getLogger("test"))
    teller.tell(make_observation("stop-requested", AT))
    await teller.tell(make_observation("ended", AT))
    assert listener.heard == ["stop-requested", "ended"]


async def test_a_refusal_is_not_repeated() -> None:
    """An environment that is gone is told once; the next observation is sent."""
    listener = Listener(NotFound("not-found"))
    teller = Teller(listener, logging.getLogger("test"))
    teller.tell(make_observation("started", AT))
    await teller.tell(make_observation("ended", AT))
    assert listener.heard == ["ended"]


async def test_waiting_is_bounded() -> None:
    """A stop does not wait for a control plane that is away, and goes on telling it."""
    listener = Listener(*[Unavailable("platform-unreachable")] * 200)
    teller = Teller(listener, logging.getLogger("test"))
    await teller.tell_within(make_observation("stop-requested", AT), 0.02)
    assert listener.heard == []
    listener.failures.clear()
    await teller.tell(make_observation("ended", AT))
    assert listener.heard == ["stop-requested", "ended"]


def test_times_are_utc() -> None:
    """The wire's form of a moment."""
    assert make_observation("ended", AT, lost=True) == {"event": "ended", "at": "2026-01-02T03:04:05Z", "lost": True}


@pytest.mark.parametrize(
    ("seen", "english"),
    [
        ({"exit_code": 1, "detail": "[Errno 2] No such file: '/srv/g/x'"}, "Its last words: No such file: '…/x'"),
        ({"signal": 9}, "was killed while it was starting (signal 9)"),
        ({"exit_code": 3}, "(exit code 3) and said nothing"),
        ({"lost": True}, "what watched over it was killed"),
    ],
)
def test_a_start_that_ended_is_told_as_people_say_it(seen: dict[str, Any], english: str) -> None:
    """Covers: TRAIN-9. Nothing that is not known is shown as a value, in either language."""
    error = start_that_ended(Observation("env-aaaaaaaaaa", "ended", **seen), "/srv/g")
    assert english in error.text("en")
    for language in ("en", "zh-CN"):
        assert "None" not in error.text(language)


async def test_steps_reach_a_late_reader() -> None:
    """Whoever opens the progress page late reads the steps from the first."""
    steps = Steps()
    steps.add(20, "checked")
    steps.add(60, "started")
    steps.close()
    assert [step["progress"] async for step in steps.follow()] == [20, 60]
