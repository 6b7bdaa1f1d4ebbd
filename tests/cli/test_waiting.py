"""Waiting for an environment ends with what was asked for, or with why that will not come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from gemini_cli.errors import Refusal
from gemini_cli.session import Session
from gemini_cli.waiting import wait_for

STOPPED_BY_SOMEBODY = {"code": "arrears", "message": "The balance is used up.", "detail": None, "remedy": "Top it up."}


class Platform:
    """Tells of an environment what it is told to, then nothing more: whoever still waits would wait for ever."""

    def __init__(self, *lives: tuple[str, str]) -> None:
        self.environments = self
        self._lives = [_environment(*life) for life in lives]

    def events(self) -> Iterator[dict[str, Any]]:
        """As the client's."""
        yield {"kind": "hello", "cursor": 0}
        for life in self._lives[1:]:
            yield {"kind": "dev-environment", "id": "env-1", "change": "updated", "data": life}
        pytest.fail("it still waits")

    def get(self, environment: str) -> dict[str, Any]:
        """How it is at first."""
        return self._lives[0]


def _environment(state: str, target: str) -> dict[str, Any]:
    reason = STOPPED_BY_SOMEBODY if state == "stopped" else None
    return {"name": "lab", "state": state, "target": target, "reason": reason, "steps": []}


def wait(states: Sequence[str], *lives: tuple[str, str]) -> str:
    """The state that the wait ended with."""
    session = Session(_client=Platform(*lives))  # type: ignore[arg-type]
    return str(wait_for(session, "env-1", states)["state"])


@pytest.mark.parametrize(
    ("states", "lives", "said"),
    [
        (["running"], [("queued", "running"), ("queued", "stopped"), ("stopped", "stopped")], "lab was stopped."),
        (["running"], [("starting", "running"), ("stopping", "stopped"), ("stopped", "deleted")], "lab was stopped."),
        (["running"], [("starting", "running"), ("failed", "stopped")], "lab failed."),
        (["stopped", "failed"], [("stopping", "stopped"), ("stopping", "running")], "lab was started again."),
    ],
)
def test_nobody_waits_for_what_was_taken_back(
    states: Sequence[str], lives: Sequence[tuple[str, str]], said: str
) -> None:
    """By somebody else, an operator, an account in arrears: it is said, with the reason. Covers: NB-2, ENV-3."""
    with pytest.raises(Refusal) as refused:
        wait(states, *lives)
    assert str(refused.value).startswith(said)
    assert ("The balance is used up.\nTop it up." in str(refused.value)) == ("stopped." in said)


@pytest.mark.parametrize(
    ("states", "lives"),
    [
        (["running"], [("stopped", "running"), ("queued", "running"), ("running", "running")]),
        (
            ["running"],
            [("stopping", "running"), ("queued", "running"), ("starting", "running"), ("running", "running")],
        ),
        (["stopped", "failed"], [("queued", "stopped"), ("stopped", "stopped")]),
        (["stopped", "failed"], [("stopping", "deleted"), ("stopped", "deleted")]),
        (["stopped", "failed"], [("failed", "stopped")]),
    ],
)
def test_what_was_asked_for_is_the_end(states: Sequence[str], lives: Sequence[tuple[str, str]]) -> None:
    """Covers: NB-2."""
    assert wait(states, *lives) == lives[-1][0]
