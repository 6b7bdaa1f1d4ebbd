"""`gemini login` and `logout`: which platform this account speaks to, and as whom."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from gemini_cli.commands import Verb
from gemini_cli.errors import Refusal
from gemini_cli.exits import NOT_SIGNED_IN, USAGE
from gemini_cli.session import Session, command_session
from gemini_cli.words import language, say

HOW = """\
Make a token on the hub's page, signed in as yourself:
  {page}
Leave "Command line and scripts of Gemini" chosen, press "Make token", and copy what it shows."""


@click.command("login", cls=Verb, help="Sign in to a platform with a token of its hub.")
@click.argument("address", metavar="[URL]", required=False)
@click.option("--token", help="The token. Without it, it is asked for, or read from standard input in a script.")
def login(address: str | None, token: str | None) -> None:
    """Tries the token before it is kept; it is kept where this account alone can read it."""
    from gemini_client import Client
    from gemini_client.connection import api_base, save_login

    session = command_session()
    base = api_base(address or session.url or _usual_address())
    given = (token or _ask(session, base)).strip()
    if not given:
        raise Refusal(say("No token was given."), USAGE, "token-required")
    client = Client(base, given, language())
    try:
        me = _who(client, base)
    finally:
        client.close()
    path = save_login(base, given)
    if session.show({"url": base, "name": me["name"], "workspaces": me["workspaces"]}):
        return
    session.output.say("Signed in to {url} as {name}.", url=base, name=me["name"])
    session.output.say("The token is kept in {path}, readable by you alone.", path=path)
    if not me["workspaces"]:
        session.output.note("You are in no workspace yet. Ask the owner of one to add you.")


def _usual_address() -> str:
    """Where the platform probably is: as the variable says, where we signed in before, on this machine."""
    from gemini_client.connection import find_connection
    from gemini_core.errors import Unauthenticated

    from gemini_cli.settings import read_settings

    if os.environ.get("GEMINI_URL"):
        return os.environ["GEMINI_URL"]
    try:
        return find_connection().url
    except Unauthenticated:
        settings = read_settings(os.environ)
    if settings.home.is_dir():
        return settings.url
    raise Refusal(say("Which platform? Give its address: gemini login https://hub.example.org"), USAGE, "url-required")


def _ask(session: Session, base: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    session.output.note(HOW, page=token_page(base))
    asked: str = click.prompt(say("Token"), hide_input=True, err=True)
    return asked


def _who(client: Any, base: str) -> dict[str, Any]:
    from gemini_core.errors import Forbidden, GeminiError, Unauthenticated

    try:
        me: dict[str, Any] = client.me()
    except Unauthenticated as error:
        sentence = say("The platform does not know this token: it was copied in part, has expired or was revoked.")
        raise Refusal(f"{sentence}\n{_how(base)}", NOT_SIGNED_IN, "token-unknown") from error
    except Forbidden as error:
        sentence = say("This token is not allowed to use the platform.")
        raise Refusal(f"{sentence} {error.text(language())}\n{_how(base)}", NOT_SIGNED_IN, error.name) from error
    except GeminiError as error:
        if error.name == "unexpected-answer":
            sentence = say("There is no Gemini platform at {url}. Give the address of its hub.", url=base)
            raise Refusal(sentence, name="no-platform-there") from error
        raise
    return me


def _how(base: str) -> str:
    return say(HOW, page=token_page(base))


def token_page(base: str) -> str:
    """Where the hub of this platform gives tokens."""
    from gemini_client.connection import API, SERVICE

    return base.removesuffix(SERVICE + API) + "/hub/token"


@click.command("logout", cls=Verb, help="Forget the token.")
def logout() -> None:
    """Removes the saved login; the token itself goes on to be good until it is revoked in the hub."""
    from gemini_client.connection import find_connection, forget_login
    from gemini_core.errors import GeminiError

    session = command_session()
    try:
        page = token_page(find_connection({**os.environ, "GEMINI_URL": "", "GEMINI_TOKEN": ""}).url)
    except GeminiError:
        page = ""
    there = forget_login()
    if session.show({"forgotten": there}):
        return
    if not there:
        session.output.say("Nobody was signed in here.")
        return
    session.output.say("Forgotten. The token itself is good until it is revoked: {page}", page=page)
