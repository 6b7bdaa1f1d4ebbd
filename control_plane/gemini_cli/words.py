"""The words of the command line: English stands in the code, Chinese in `locale/zh_CN.json` beside it."""

from __future__ import annotations

import json
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


@cache
def _chinese() -> dict[str, str]:
    found: dict[str, str] = json.loads((files("gemini_cli") / "locale" / "zh_CN.json").read_text(encoding="utf-8"))
    return found
