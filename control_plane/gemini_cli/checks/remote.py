"""The platform as it is reached from here: connection, sign-in, versions, and how it says that it is."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from gemini_core.errors import GeminiError, Unavailable

from gemini_cli.checks.finding import Finding, Health
from gemini_cli.errors import Refusal
from gemini_cli.exits import NOT_SIGNED_IN, UNREACHABLE, exit_code
from gemini_cli.session import Session
from gemini_cli.verbs.login import token_page
from gemini_cli.words import language, say

if TYPE_CHECKING:
    from gemini_client.connection import Connection

SLOW_SECONDS = 2.0
SOURCES = {
    "variables": "the variables GEMINI_URL and GEMINI_TOKEN",
    "environment": "the environment around us",
    "login": "`gemini login`",
}
_STATES = {"ok": Health.OK, "failed": Health.FAILED}


def check_platform(session: Session, *, needed: bool) -> Iterator[Finding]:
    """All of it, as far as it can be asked. Where no sign-in is `needed` (on its own machine), none is a warning."""
    try:
        connection = session.connection()
    except (GeminiError, Refusal) as error:
        state = Health.FAILED if needed else Health.WARNING
        said = error.text(language()) if isinstance(error, GeminiError) else str(error)
        yield Finding("connection", say("Sign-in"), state, said, code=NOT_SIGNED_IN)
        return
    answered = yield from _answer(session, connection)
    if answered is None:
        return
    yield _versions(answered)
    yield from _token(session, connection)


def _answer(session: Session, connection: Connection) -> Generator[Finding, None, dict[str, Any] | None]:
    began = time.monotonic()
    title, source = say("Connection"), say(SOURCES[connection.source])
    try:
        health: dict[str, Any] = session.client.health()
    except GeminiError as error:
        said = say("{url} (from {source}): {said}", url=connection.url, source=source, said=error.text(language()))
        remedy = say("Check the address, the network, and that the platform runs.")
        code = UNREACHABLE if isinstance(error, Unavailable) else exit_code(error)
        yield Finding("connection", title, Health.FAILED, said, remedy, code)
        return None
    seconds = time.monotonic() - began
    took = round(1000 * seconds)
    told = say("{url} (from {source}) answers in {time} ms.", url=connection.url, source=source, time=took)
    slow = seconds > SLOW_SECONDS
    remedy = say("The network or the platform's machine is very busy.") if slow else ""
    yield Finding("connection", title, Health.WARNING if slow else Health.OK, told, remedy)
    return health


def _versions(health: dict[str, Any]) -> Finding:
    here, there = version("gemini-jupyter"), health.get("version", "")
    title = say("Versions")
    if here == there:
        return Finding("versions", title, Health.OK, say("Both are {version}.", version=here))
    told = say("This command is {here}, the platform is {there}.", here=here, there=there or "?")
    remedy = say("Install the platform's: pip install gemini-jupyter=={there}", there=there) if there else ""
    return Finding("versions", title, Health.WARNING, told, remedy)


def _token(session: Session, connection: Connection) -> Iterator[Finding]:
    title = say("Token")
    try:
        me = session.client.me()
    except GeminiError as error:
        remedy = say("Make another one at {page}, then run `gemini login`.", page=token_page(connection.url))
        yield Finding("token", title, Health.FAILED, error.text(language()), remedy, exit_code(error))
        return
    yield Finding("token", title, Health.OK, say("You are {name}.", name=me["name"]))
    yield _workspaces(me)
    if me["operator"]:
        yield from _parts(session)


def _workspaces(me: dict[str, Any]) -> Finding:
    title = say("Workspaces")
    names = ", ".join(f"{one['name']} ({one['role']})" for one in me["workspaces"])
    if names:
        return Finding("workspaces", title, Health.OK, names)
    return Finding("workspaces", title, Health.WARNING, say("None."), say("Ask the owner of one to add you."))


def _parts(session: Session) -> Iterator[Finding]:
    """What an operator is told of each part of the platform, by the platform itself."""
    try:
        parts = session.client.platform()["parts"]
    except GeminiError as error:
        yield Finding("parts", say("Platform"), Health.WARNING, error.text(language()))
        return
    for part in parts:
        state = _STATES.get(part["state"], Health.WARNING)
        told = " ".join(text for text in (part["message"], part["detail"]) if text)
        yield Finding(f"part-{part['name']}", part["title"], state, told, part["remedy"] or "")
