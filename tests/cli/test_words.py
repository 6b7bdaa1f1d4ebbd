"""The command line speaks Chinese as well as English: no sentence is forgotten, none is left over."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest
from gemini_cli import words

from cli.texts import spoken

CHINESE = json.loads((files("gemini_cli") / "locale" / "zh_CN.json").read_text(encoding="utf-8"))


def test_every_sentence_is_there_in_chinese() -> None:
    """What the code says and what is translated are the same set. Covers: NB-2."""
    said = spoken()
    assert len(said) > 200
    assert sorted(said - set(CHINESE)) == []
    assert sorted(set(CHINESE) - said) == []


def test_both_name_the_same_things() -> None:
    """Parameters and commands to copy are alike in both languages. Covers: NB-2."""
    for english, chinese in CHINESE.items():
        for pattern in (r"\{\w+\}", r"`[^`]+`", r"--[a-z-]+"):
            assert sorted(re.findall(pattern, english)) == sorted(re.findall(pattern, chinese)), english


def test_a_sentence_without_a_translation_stays_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: NB-2."""
    monkeypatch.setattr(words, "_spoken", ["zh-CN"])
    assert words.say("Total") == "合计"
    assert words.say("no such {thing}", thing="text") == "no such text"
