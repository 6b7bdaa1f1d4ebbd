"""Lines behind `%gemini`: options, words, help, and what is said of what does not fit."""

from __future__ import annotations

import pytest
from gemini_core import messages
from gemini_core.client_texts import TEXTS as CLIENT
from gemini_core.errors import GeminiError
from gemini_core.notebook_texts import TEXTS as NOTEBOOK
from gemini_magics.parsing import VERB, VERBS, Given, find_verb, help_of, parse, split

TRAIN = VERB["train"]


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("train.py", Given({}, ("train.py",))),
        ("--name 'my run' train.py --name x -h", Given({"name": "my run"}, ("train.py", "--name", "x", "-h"))),
        ("--gpu=2xA100 --cpu 4 a.py", Given({"gpu": "2xA100", "cpu": 4.0}, ("a.py",))),
        ("--dataset a --dataset b@2 --wait a.py", Given({"dataset": ["a", "b@2"], "wait": True}, ("a.py",))),
        ("--max-duration 2h -- --odd.py", Given({"max_duration": 7200.0}, ("--odd.py",))),
        ("--help", Given(help=True)),
        ("", Given()),
    ],
)
def test_what_was_typed(line: str, given: Given) -> None:
    """What stands behind the script is the script's. Covers: NB-1."""
    assert parse(TRAIN, split(line), "en") == given


def test_a_cell_has_arguments_and_no_script() -> None:
    """Covers: NB-1."""
    assert parse(TRAIN, split("--name x 3 --lr 1"), "en", cell=True).words == ("3", "--lr", "1")


@pytest.mark.parametrize(
    ("verb", "line", "said"),
    [
        ("train", "--nmae x", "%gemini train has no option --nmae. It has: --name, "),
        ("train", "--name", "--name needs a value."),
        ("train", "--name --wait a.py", "--name needs a value."),
        ("train", "--wait=1 a.py", "--wait takes no value."),
        ("train", "--cpu many a.py", "--cpu does not take many. It is a number above 0."),
        ("stop", "a b", "%gemini stop does not take b. See %gemini stop --help."),
        ("datasets", "--x", "%gemini datasets has no option --x. It has: --help."),
    ],
)
def test_what_does_not_fit(verb: str, line: str, said: str) -> None:
    """One sentence that says the way out. Covers: NB-1."""
    with pytest.raises(GeminiError) as caught:
        parse(VERB[verb], split(line), "en")
    assert str(caught.value).startswith(said)


def test_an_open_quotation_and_an_unknown_verb() -> None:
    """Covers: NB-1."""
    with pytest.raises(GeminiError, match="not closed"):
        split("train 'a.py")
    with pytest.raises(GeminiError, match=r"has no sttaus. It has: status, train"):
        find_verb("sttaus")


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_help_names_everything(language: str) -> None:
    """Each verb, each option with what it is for, an example that parses. Covers: NB-1."""
    whole = help_of(None, language)
    for verb in VERBS:
        assert f"%gemini {verb.name}" in whole
        about = help_of(verb, language)
        for option in verb.options:
            assert f"--{option.name}" in about and option.help(language) in about
        for example in verb.examples:
            assert example in about
            typed = split(example.partition("gemini ")[2])
            parse(find_verb(typed[0]), typed[1:], language, cell="%%" in example)
        assert max(map(len, about.splitlines()[6:])) < 120


def test_both_languages_say_the_same() -> None:
    """Each sentence is there twice, with the same parameters and the same kind of end. Covers: NB-1, NB-2."""
    import string

    for name, (english, chinese) in {**CLIENT, **NOTEBOOK}.items():
        fields = [{field for _, field, _, _ in string.Formatter().parse(said) if field} for said in (english, chinese)]
        assert fields[0] == fields[1], name
        assert english.endswith((".", "?")) == chinese.endswith(("。", "？")), name
        assert "name" not in fields[0] and "language" not in fields[0], name
