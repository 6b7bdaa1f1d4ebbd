"""Waiting until an environment is where it was wished to be, with its steps shown as they come."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from typing import Any

from gemini_core.errors import NotFound
from gemini_core.messages import text
from gemini_core.states import EnvironmentState, Target

from gemini_cli import forms
from gemini_cli.errors import Refusal
from gemini_cli.exits import INTERRUPTED
from gemini_cli.session import Session
from gemini_cli.words import language, say

Wire = Mapping[str, Any]
KIND = "dev-environment"


def wait_for(session: Session, environment: str, states: Collection[str]) -> Wire:
    """The environment once its state is one of `states`. Refusal, with the reason, where it will not come to that:
    it failed, or somebody wished otherwise meanwhile."""
    told: set[str] = set()
    try:
        with session.output.busy() as busy:
            for seen in changes(session, environment):
                for line in _news(seen, told):
                    busy(line)
                if seen["state"] in states:
                    return seen
                _refuse_vain(seen, EnvironmentState.STOPPED in states)
    except KeyboardInterrupt:
        sentence = say("What was asked for goes on: gemini env show {id}", id=environment)
        raise Refusal(sentence, INTERRUPTED, "interrupted") from None
    raise AssertionError("changes end by an error only")


def wait_gone(session: Session, environment: str) -> None:
    """Returns when the environment is deleted."""
    try:
        for _ in changes(session, environment):
            pass
    except NotFound:
        return


def changes(session: Session, environment: str) -> Iterator[Wire]:
    """The environment as it is, then as it becomes. NotFound when it is deleted."""
    client = session.client
    with closing(client.events()) as events:
        for event in events:
            kind = event.get("kind")
            if kind in ("hello", "reset"):
                yield client.environments.get(environment)
            elif kind == KIND and event.get("id") == environment:
                if event["change"] == "deleted":
                    raise NotFound("not-found")
                yield event["data"]


def _news(seen: Wire, told: set[str]) -> Iterator[str]:
    """What was not told yet: its state with the reason of a wait, and the step that it is at."""
    waits = forms.reason(seen["reason"]) if seen["state"] == EnvironmentState.QUEUED else ""
    doing = next((step["label"] for step in seen["steps"] if step["state"] == "doing"), "")
    state = text(f"state.{seen['state']}", language())
    line = " · ".join(part for part in (state, doing, waits.replace("\n", " ")) if part)
    if line not in told:
        told.add(line)
        yield line


def _refuse_vain(seen: Wire, stops: bool) -> None:
    state, wished = seen["state"], seen["target"]
    if state == EnvironmentState.FAILED:
        raise Refusal(_why(say("{name} failed.", name=seen["name"]), seen), name="environment-failed")
    if not stops and state == EnvironmentState.STOPPED and wished != Target.RUNNING:
        raise Refusal(_why(say("{name} was stopped.", name=seen["name"]), seen), name="environment-stopped")
    if stops and wished == Target.RUNNING:
        raise Refusal(say("{name} was started again.", name=seen["name"]), name="environment-started")


def _why(sentence: str, seen: Wire) -> str:
    return "\n".join(part for part in (sentence, forms.reason(seen["reason"])) if part)
