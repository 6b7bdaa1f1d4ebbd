"""What the hub says of a start that it refused, in another language: our own sentences come back from it in English."""

from __future__ import annotations

import re
from functools import cache

from gemini_core import messages

_PREFIX = "Spawn failed: "
_HUBS_OWN = {"Spawn cancelled": "spawn-cancelled", "Spawn failed": "spawn-unsaid"}
_OURS = re.compile(r"spawn-.*|environment-not-admitted|not-found|hub-unreachable|not-allowed|scope-missing")
_PLACE = re.compile(r"\\\{(\w+)\\\}")


def retold(text: str, language: str) -> str:
    """`text` in `language` where it is a sentence of ours (or one of the hub's that is known), else as it is."""
    said = text.removeprefix(_PREFIX).strip()
    if said in _HUBS_OWN:
        return messages.text(_HUBS_OWN[said], language)
    for name, pattern in _patterns():
        found = pattern.fullmatch(said)
        if found is not None:
            return messages.text(name, language, **found.groupdict())
    return said


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The English of each sentence, its parameters as groups; the longest first, so that the closest is found."""
    names = sorted(filter(_OURS.fullmatch, messages.names()), key=lambda name: -len(messages.template(name)))
    return tuple((name, _pattern(messages.template(name))) for name in names)


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_PLACE.sub(r"(?P<\1>.*)", re.escape(template)), re.DOTALL)
