"""What Tab offers behind `%gemini`: verbs, options, scripts, and the names of what is on the platform."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Iterable
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import Any

from gemini_client import AsyncClient
from gemini_client.options import Option
from gemini_core.errors import GeminiError

from gemini_magics.looking import SUMS
from gemini_magics.parsing import HELP, VERB, VERBS, Verb
from gemini_magics.session import Session
from gemini_magics.training import scripts_below

PATIENCE_SECONDS = 1.5
FRESH_SECONDS = 10.0
MOST = 200
_NAMES = re.compile(r"%{1,2}gemini\s+(.*)$", re.DOTALL)
_LISTS = {
    "environments": ("environments", "name", {"status": "running"}),
    "tasks": ("tasks", "taskName", {}),
    "gpus": ("zones", "gpuInventory", {}),
    "images": ("images", "id", {}),
}


class Completion:
    """IPython's hook `complete_command`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._kept: dict[str, tuple[float, list[str]]] = {}

    def __call__(self, shell: Any, event: Any) -> list[str]:
        """What may stand where the cursor is; nothing rather than late where the platform is slow."""
        found = _NAMES.search(event.text_until_cursor)
        return self.offers(found[1]) if found else []

    def offers(self, typed: str) -> list[str]:
        """What may follow `typed`, the text behind `%gemini`."""
        words = _words(typed)
        if len(words) <= 1:
            return [verb.name for verb in VERBS] + [f"--{HELP.name}"]
        verb = VERB.get(words[0])
        if verb is None:
            return []
        current, before = words[-1], words[-2]
        name, equals, _ = current.partition("=")
        option = _option(verb, name if equals else before)
        if option is not None and (equals or option.kind != "flag"):
            return self._values(option)
        return [*self._positional(verb), *(f"--{one.name}" for one in (*verb.options, HELP))]

    def _positional(self, verb: Verb) -> list[str]:
        if verb.name == "train":
            root = Path.cwd()
            return scripts_below(root)
        return self._names("tasks") if verb.most else []

    def _values(self, option: Option) -> list[str]:
        if option.name == "by":
            return list(SUMS)
        return self._names(option.names) if option.names else []

    def _names(self, what: str) -> list[str]:
        asked_at, names = self._kept.get(what, (float("-inf"), []))
        if time.monotonic() - asked_at > FRESH_SECONDS:
            names = [_typed(name) for name in dict.fromkeys(self._ask(what))]
            self._kept[what] = (time.monotonic(), names)
        return names

    def _ask(self, what: str) -> list[str]:
        resource, key, filters = _LISTS.get(what, (what, "name", {}))

        async def names(client: AsyncClient) -> list[str]:
            if what == "workspaces":
                return [one["name"] for one in (await client.me())["workspaces"]]
            page = await getattr(client, resource).list(limit=MOST, **filters)
            return [name for one in page.items for name in _each(one[key])]

        try:
            future = self.session.client.begin(names)
        except GeminiError:
            return []
        try:
            return future.result(PATIENCE_SECONDS)
        except (GeminiError, FutureTimeout):
            future.cancel()
            return []


def _each(value: Any) -> Iterable[str]:
    return [value] if isinstance(value, str) else value


def _option(verb: Verb, word: str) -> Option | None:
    return next((one for one in verb.options if word == f"--{one.name}"), None)


def _words(typed: str) -> list[str]:
    """The words so far; the last one is what the cursor is in, empty behind a space."""
    try:
        words = shlex.split(typed)
    except ValueError:
        words = typed.split()
    return [*words, ""] if not typed or typed[-1].isspace() else words


def _typed(name: str) -> str:
    """A name as it must be typed to stay one word."""
    return re.sub(r"([\s'\"\\])", r"\\\1", name)
