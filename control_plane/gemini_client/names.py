"""From the names that people use to the platform's ids; what is not there is refused with what is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from gemini_core.errors import InvalidInput, NotFound
from gemini_core.ids import of_kind
from gemini_core.messages import text

if TYPE_CHECKING:
    from gemini_client.sync import Client

Model = dict[str, Any]
MOST_SHOWN = 8
_VERSION = re.compile(r"(.+)@v?(\d+|ver-[a-z0-9]{10})")


@dataclass(frozen=True)
class Pick:
    """A dataset or model with the version that was named; None is the newest, or the one that is mounted."""

    asset: str
    version: str | None = None


def find(known: Iterable[Model], said: str, kind: str, field: str, language: str = "en") -> Model:
    """The one of `known` with this name or id.

    InvalidInput names the field, and what there is: the nearest names first, never more than a line of them.
    """
    things = list(known)
    found = [one for one in things if said == one["id"]] or [one for one in things if said == one["name"]]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(one["id"] for one in found)
        raise InvalidInput("named-twice", field=field, said=said, known=ids)
    names = listed([str(one["name"]) for one in things], said, language)
    raise InvalidInput(f"no-such-{kind}", field=field, said=said, known=names)


def listed(names: list[str], near: str, language: str) -> str:
    """Names in one line, those like `near` first; a word for none."""
    close = get_close_matches(near, names, MOST_SHOWN)
    ordered = [*close, *(name for name in dict.fromkeys(names) if name not in close)]
    shown = ("、" if language == "zh-CN" else ", ").join(ordered[:MOST_SHOWN])
    return (shown + (" …" if len(ordered) > MOST_SHOWN else "")) or text("none-there", language)


def find_task(client: Client, said: str) -> Model:
    """The task with this id, or the latest of this name."""
    try:
        if of_kind(said, "task"):
            found: Model = client.tasks.get(said)
            return found
    except NotFound:
        pass
    latest: list[Model] = client.tasks.list(search=said, limit=200).items
    for task in latest:
        if task["taskName"] == said:
            return task
    names = [task["taskName"] for task in client.tasks.list(limit=MOST_SHOWN).items]
    raise NotFound("no-such-task", field="task", said=said, known=listed(names, said, client.language))


class Lookup:
    """Finds things of one client, each list read once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lists: dict[str, list[Model]] = {}

    def all(self, what: str) -> list[Model]:
        """All `zones`, `datasets`, … of the client's lists; `workspaces` are the caller's own."""
        if what not in self._lists:
            self._lists[what] = list(getattr(self._client, what).iterate())
        return self._lists[what]

    def one(self, what: str, said: str, kind: str, field: str) -> Model:
        """The one of that name or id."""
        return self.of(self.all(what), said, kind, field)

    def of(self, known: list[Model], said: str, kind: str, field: str) -> Model:
        """The one of `known` of that name or id."""
        return find(known, said, kind, field, self._client.language)

    def environment(self, said: str, person: str) -> Model:
        """An environment of the person's own; where none is called so, those that run are named."""
        own = [one for one in self.all("environments") if one["owner"] == person]
        if any(said in (one["id"], one["name"]) for one in own):
            return self.of(own, said, "environment", "environmentId")
        running = [one for one in own if one["state"] == "running"]
        return self.of(running, said, "environment", "environmentId")

    def asset(self, kind: str, said: str, workspace: str | None) -> Pick:
        """A dataset or a model (`kind`) by `name`, `name@version` or id; of two namesakes the workspace's own."""
        things = self.all(f"{kind}s")
        near = [one for one in things if workspace in (None, one["workspaceId"])]
        split = None if any(said in (one["id"], one["name"]) for one in things) else _VERSION.fullmatch(said)
        name = split[1] if split else said
        pool = near if any(name == one["name"] for one in near) else things
        asset = self.of(pool, name, kind, f"{kind}Id")
        return Pick(asset["id"], self._version(kind, asset, split[2]) if split else None)

    def _version(self, kind: str, asset: Model, said: str) -> str:
        versions: list[Model] = getattr(self._client, f"{kind}s").versions(asset["id"], limit=200).items
        for version in versions:
            if said in (version["id"], str(version["number"])):
                return str(version["id"])
        known = listed([f"{asset['name']}@{one['number']}" for one in versions], said, self._client.language)
        raise InvalidInput("no-such-version", field=f"{kind}VersionId", asset=asset["name"], said=said, known=known)
