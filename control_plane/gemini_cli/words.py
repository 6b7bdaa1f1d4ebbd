"""The words of the command line: English stands in the code, Chinese in `locale/zh_CN.json` beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from gemini_core import messages

LANGUAGES = messages.LANGUAGES

_spoken = ["en"]


def language() -> str:
    """The language that is spoken now: `en` or `zh-CN`."""
    return _spoken[0]


def speak(language: str) -> None:
    """From now on in this language."""
    _spoken[0] = language


def say(english: str, **params: object) -> str:
    """The sentence in the language that is spoken, its parameters filled in."""
    sentence = _chinese().get(english, english) if language() == "zh-CN" else english
    return sentence.format(**params) if params else sentence


def retold(english: str, templates: Iterable[str]) -> str:
    """What another program said in English, in the language that is spoken where it is one of `templates`."""
    for template in templates:
        found = _pattern(template).fullmatch(english)
        if found is not None:
            return say(template, **{name: retold(part, templates) for name, part in found.groupdict().items()})
    return english


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*?)", re.escape(template)), re.DOTALL)


@cache
def _chinese() -> dict[str, str]:
    found: dict[str, str] = json.loads((files("gemini_cli") / "locale" / "zh_CN.json").read_text(encoding="utf-8"))
    return found
