"""Names and ids as people type them: found on the platform, and completed by the shell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click
from gemini_core.ids import of_kind

from gemini_cli.errors import Refusal
from gemini_cli.session import Session, session_of
from gemini_cli.words import language, say

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem
    from gemini_client import AsyncClient, Page

Wire = dict[str, Any]
COMPLETE_SECONDS = 2.0
COMPLETE_MOST = 200
# What a shell takes as one word without quotes; anything else is completed by its id.
_PLAIN = re.compile(r"[\w.@:+-]+")


class NameOf(click.ParamType[str]):
    """The name or id of one of `collection` of the client (`environments`, `tasks`, `datasets`, …)."""

    name = "name"

    def __init__(self, collection: str) -> None:
        self.collection = collection

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """What stands for it in the help."""
        return "NAME"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """What is there and begins so. A platform that does not answer at once completes nothing, silently."""
        from gemini_core.errors import GeminiError

        try:
            return complete(session_of(ctx), self.collection_for(ctx), incomplete)
        except (GeminiError, Refusal, TimeoutError):
            return []

    def collection_for(self, ctx: click.Context) -> str:
        """Which collection is meant: `--model` of the same verb means models."""
        return "models" if self.collection == "datasets" and ctx.params.get("model") is True else self.collection


def complete(session: Session, collection: str, incomplete: str) -> list[CompletionItem]:
    """Names, or ids of what has no plain name, that begin so."""
    from click.shell_completion import CompletionItem

    async def ask(client: AsyncClient) -> list[Wire]:
        if collection == "workspaces":
            mine: list[Wire] = (await client.me())["workspaces"]
            return mine
        found: Page = await getattr(client, collection).list(limit=COMPLETE_MOST)
        return found.items

    things = session.client.begin(ask).result(COMPLETE_SECONDS)
    seen: dict[str, CompletionItem] = {}
    for one in things:
        name = one.get("taskName") or one["name"]
        word = name if _PLAIN.fullmatch(name) else one["id"]
        seen.setdefault(word, CompletionItem(word, help=name if word != name else one["id"]))
    return [item for word, item in seen.items() if word.startswith(incomplete)]


def find_one(things: Iterable[Wire], said: str, kind: str) -> Wire:
    """The one with this name or id. GeminiError names what there is, or that several are called so."""
    from gemini_client.names import find

    return find(things, said, kind, kind, language())


def find_environment(session: Session, said: str) -> Wire:
    """The environment of this name or id; the person's own before others'."""
    client = session.client
    if of_kind(said, "environment"):
        found: Wire = client.environments.get(said)
        return found
    things = [one for one in client.environments.iterate(search=said) if one["name"] == said]
    if not things:
        things = list(client.environments.iterate(state="running"))
    elif len(things) > 1:
        person = client.me()["name"]
        things = [one for one in things if one["owner"] == person] or things
    return find_one(things, said, "environment")


def find_task(session: Session, said: str | None, *, going: bool = False) -> Wire:
    """The task of this id or name, the latest where none is named.

    Several of one name: the latest, which is said; with `going` the one that has not ended, and a refusal where
    several have not.
    """
    from gemini_client.names import find_task as find_latest

    client = session.client
    if said is not None and not of_kind(said, "task"):
        same: list[Wire] = [one for one in client.tasks.list(search=said, limit=200).items if one["taskName"] == said]
        alive = [one for one in same if one["endedAt"] is None] if going else []
        if len(alive) == 1:
            return alive[0]
        if alive:
            return find_one([{**one, "name": said} for one in alive], said, "task")
        if len(same) > 1:
            sentence = "{count} tasks are called {name}; this is the latest, {id}."
            session.output.note(sentence, count=len(same), name=said, id=same[0]["id"])
    if said is None:
        latest: list[Wire] = client.tasks.list(limit=1, owner=client.me()["name"]).items
        if not latest:
            raise Refusal(say("You have submitted no task yet."), name="no-task-yet")
        return latest[0]
    task: Wire = find_latest(client, said)
    return task
