"""Every text of the front end has a Chinese one, and nothing else is in the catalogues."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

FRONT_END = Path(__file__).parents[2] / "labextension"
SOURCES = FRONT_END / "src"
LITERAL = r"""(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.)*`)"""
CALL = re.compile(rf"""\b(__|_n)\(\s*({LITERAL})(?:\s*,\s*({LITERAL}))?""")
ANY_CALL = re.compile(r"\.(?:__|_n)\(")
PLACE = re.compile(r"%\d+")
WORD = re.compile(r"[A-Za-z]{3,}")
HAN = re.compile(r"[\u4e00-\u9fff]")
ALIKE = {"Gemini", "CPU", "GPU", "TensorBoard"}
"""Words that are the same in both languages."""


def literal(source: str) -> str:
    """The value of a string literal of TypeScript without interpolation."""
    body = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), source[1:-1])
    return re.sub(r"\\(.)", r"\1", body)


def texts_of(path: Path) -> dict[str, bool]:
    """Texts that `path` asks for: msgid → whether it has a plural."""
    return {literal(found[2]): found[1] == "_n" for found in CALL.finditer(path.read_text())}


def schema_texts() -> dict[str, bool]:
    """Words of the settings' form."""
    schema = json.loads((FRONT_END / "schema/settings.json").read_text())
    places = [schema, *schema["properties"].values()]
    return {place[word]: False for place in places for word in ("title", "description")}


def asked(lab: bool) -> dict[str, bool]:
    """Texts of Lab's own part, or of what the pages and Lab share."""
    found: dict[str, bool] = schema_texts() if lab else {}
    for path in sorted(SOURCES.rglob("*.ts*")):
        if path.is_relative_to(SOURCES / "lab") == lab:
            found |= texts_of(path)
    return found


def catalogue(name: str) -> dict[str, str | list[str]]:
    """A catalogue as it lies in the sources."""
    found: dict[str, str | list[str]] = json.loads((FRONT_END / "locale" / name).read_text())
    return found


def test_every_call_names_its_text_in_full() -> None:
    """A text that is put together at run time could not be found in a catalogue."""
    for path in SOURCES.rglob("*.ts*"):
        source = path.read_text()
        dynamic = len(ANY_CALL.findall(source)) - len(CALL.findall(source))
        known = {"lab/settings.ts": 1}.get(path.relative_to(SOURCES).as_posix(), 0)
        assert dynamic == known, path


@pytest.mark.parametrize("lab", [False, True])
def test_every_text_is_there_in_chinese(lab: bool) -> None:
    """Covers: TRAIN-3a (the form follows the person's language)."""
    shared = catalogue("zh_CN.json")
    known = {**shared, **catalogue("zh_CN.lab.json")} if lab else shared
    missing = sorted(set(asked(lab)) - set(known))
    assert missing == []


@pytest.mark.parametrize("lab", [False, True])
def test_no_text_is_left_over(lab: bool) -> None:
    """What nothing asks for any more is gone from the catalogues, and none is there twice."""
    shared, of_lab = set(catalogue("zh_CN.json")), set(catalogue("zh_CN.lab.json"))
    if lab:
        assert of_lab - set(asked(lab=True)) == set()
        assert of_lab & shared == set()
    else:
        assert shared - set(asked(lab=False)) - set(asked(lab=True)) == set()


@pytest.mark.parametrize("name", ["zh_CN.json", "zh_CN.lab.json"])
def test_places_and_plurals_fit(name: str) -> None:
    """Each Chinese text has the places (`%1`) of its original, a plural is a list, and it is Chinese."""
    plurals = asked(lab=True) | asked(lab=False)
    for msgid, text in catalogue(name).items():
        chinese = text[0] if isinstance(text, list) else text
        assert set(PLACE.findall(chinese)) == set(PLACE.findall(msgid)), msgid
        assert isinstance(text, list) == plurals.get(msgid, False), msgid
        assert chinese.strip(), msgid
        assert HAN.search(chinese) or set(WORD.findall(msgid)) <= ALIKE, msgid
