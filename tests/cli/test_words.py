"""The command line speaks Chinese as well as English: no sentence is forgotten, none is left over."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest
from gemini_cli import words
from gemini_cli.program import run
from gemini_cli.sandbox import LACKS, Abilities
from gemini_sandbox import SandboxError, abilities

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


@pytest.mark.parametrize(
    ("line", "variables", "said"),
    [
        ("tasks --state asleep", {}, "'--state' 的值无效：'asleep' 不是以下之一：'queued'"),
        ("tasks --limit many", {}, "'--limit' 的值无效：'many' 不是有效的整数。"),
        ("status a b", {}, "多余的参数（b）"),
        ("tasks --state", {}, "选项 '--state' 需要一个值。"),
        ("up", {"GEMINI_PORT": "x"}, "GEMINI_PORT=x 不是 1024 到 65000 之间的端口。"),
        ("up", {"GEMINI_SUBDOMAINS": "http://localhost:8000"}, "名称中需要有点"),
    ],
)
def test_what_click_and_the_supervisor_refuse_is_chinese_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, variables: dict[str, str], said: str
) -> None:
    """Covers: NB-2."""
    for name, value in {"GEMINI_LANGUAGE": "zh-CN", "GEMINI_OUTER": "1", **variables}.items():
        monkeypatch.setenv(name, value)
    assert run(line.split()) != 0
    assert said in capsys.readouterr().err


def test_what_a_sandbox_lacks_is_told_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """It speaks English itself, without a table of ours: what it says is known by its form. Covers: NB-2."""

    def refuse(*_: object) -> None:
        raise SandboxError("no more")

    found = [abilities._abilities(mode, limits=False) for mode in ("root", "person")]
    monkeypatch.setattr(abilities, "candidate", lambda: ("root", ""))
    found.append(abilities.find(refuse).abilities)
    monkeypatch.undo()
    for variable in (abilities.FORCE, abilities.OUTER_REFUSED):
        monkeypatch.setenv(variable, "plain")
    found.append(abilities.find(refuse).abilities)
    words.speak("zh-CN")
    for one in found:
        said = Abilities(one.mode, one.lacks).sentences()
        assert len(said) > 1
        assert all(re.search("[一-鿿]", sentence) for sentence in said), said
    assert words.retold("another program's words", LACKS) == "another program's words"
