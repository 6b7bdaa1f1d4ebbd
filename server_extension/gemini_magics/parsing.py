"""From a line behind `%gemini` to options and words; what does not fit is said in the person's language."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from textwrap import wrap
from typing import Any

from gemini_client.options import OPTIONS, Option
from gemini_core.errors import InvalidInput
from gemini_core.messages import text

HELP = Option("help", "flag")
HELPS = ("--help", "-h", "?")
MOST_WIDE = 26
WIDE = 96


@dataclass(frozen=True)
class Verb:
    """What may stand behind `%gemini`: its options, and the words beside them.

    `words` is how they are shown; `most` how many there may be; `rest`: from the first one on all is the script's.
    """

    name: str
    options: tuple[Option, ...] = ()
    words: str = ""
    most: int = 0
    rest: bool = False
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """What a person typed: options by their key, and words. `help`: they asked how."""

    options: dict[str, Any] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    help: bool = False


_WHICH = (Option("role"), Option("rank", "count"))
VERBS: tuple[Verb, ...] = (
    Verb(
        "train",
        (*OPTIONS, Option("wait", "flag")),
        "SCRIPT [ARGUMENTS …]",
        most=1,
        rest=True,
        examples=(
            "%gemini train train.py --epochs 10",
            "task = %gemini train --name wide --dataset digits@2 train.py --hidden 256",
            "%gemini train --gpu 2xA100 --memory 64 train.py",
            "%%gemini train --name try",
        ),
    ),
    Verb("status", (Option("all", "flag"),), "[TASK]", most=1, examples=("%gemini status", "%gemini status train")),
    Verb(
        "logs",
        (Option("follow", "flag"), Option("tail", "count"), *_WHICH),
        "[TASK]",
        most=1,
        examples=("%gemini logs", "%gemini logs train --follow"),
    ),
    Verb("stop", (), "[TASK]", most=1, examples=("%gemini stop", "%gemini stop train")),
    Verb("cost", (Option("by"),), examples=("%gemini cost --by project",)),
    Verb("tensorboard", (Option("height", "count"),), examples=("%gemini tensorboard",)),
    Verb("datasets", examples=("%gemini datasets",)),
)
VERB = {verb.name: verb for verb in VERBS}


def split(line: str) -> list[str]:
    """The words of a line, as a shell would read them. InvalidInput where a quotation mark is left open."""
    try:
        return shlex.split(line)
    except ValueError as error:
        raise InvalidInput("magic.quote-open") from error


def find_verb(said: str) -> Verb:
    """The verb of this name. InvalidInput names those that there are, the nearest first."""
    if said in VERB:
        return VERB[said]
    names = list(VERB)
    known = [*get_close_matches(said, names), *names]
    raise InvalidInput("magic.verb-unknown", said=said, known=", ".join(dict.fromkeys(known)))


def parse(verb: Verb, typed: Sequence[str], language: str, cell: bool = False) -> Given:
    """What was typed behind the verb. With a `cell` there is no script, so all words are its arguments."""
    options: dict[str, Any] = {}
    words: list[str] = []
    rest = list(typed)
    while rest:
        said = rest.pop(0)
        if words and verb.rest:
            words.append(said)
        elif said in HELPS:
            return Given(help=True)
        elif said == "--":
            words += rest
            break
        elif said.startswith("--"):
            _take(verb, said, rest, options, language)
        elif cell or len(words) < verb.most or verb.rest:
            words.append(said)
        else:
            raise InvalidInput("magic.word-unwanted", verb=verb.name, said=said)
    return Given(options, tuple(words))


def _take(verb: Verb, said: str, rest: list[str], options: dict[str, Any], language: str) -> None:
    name, equals, value = said[2:].partition("=")
    option = next((one for one in verb.options if one.name == name), None)
    if option is None:
        names = [f"--{one.name}" for one in verb.options]
        known = [*get_close_matches(f"--{name}", names), *names][:6] or ["--help"]
        shown = ", ".join(dict.fromkeys(known))
        raise InvalidInput("magic.option-unknown", verb=verb.name, said=f"--{name}", known=shown)
    if option.kind == "flag":
        if equals:
            raise InvalidInput("magic.value-unwanted", said=f"--{name}")
        options[option.key] = True
        return
    if not equals:
        if not rest or rest[0].startswith("--"):
            raise InvalidInput("magic.value-missing", said=f"--{name}")
        value = rest.pop(0)
    read = option.read(value, language)
    options[option.key] = [*options.get(option.key, ()), read] if option.many else read


def help_of(verb: Verb | None, language: str) -> str:
    """What a person reads who asked how: of one verb, or of all."""
    return _help_of_all(language) if verb is None else _help_of_one(verb, language)


def _help_of_all(language: str) -> str:
    rows = []
    for verb in VERBS:
        about = text(f"magic.about-{verb.name}", language)
        first = about.partition("。" if language == "zh-CN" else ". ")[0]
        rows.append((f"%gemini {verb.name}", first.rstrip(".。")))
    about, verbs, more = (text(f"magic.{name}", language) for name in ("about", "verbs", "more"))
    return "\n".join([about, "", f"{verbs}:", *_columns(rows), "", more])


def _help_of_one(verb: Verb, language: str) -> str:
    usage, options, examples, about = (
        text(f"magic.{name}", language) for name in ("usage", "options", "examples", f"about-{verb.name}")
    )
    forms = [f"  %gemini {verb.name} [--options] {verb.words}".rstrip()]
    forms += ["  %%gemini train [--options] [ARGUMENTS …]"] if verb.rest else []
    rows = [
        (f"--{one.name}" + ("" if one.kind == "flag" else f" {one.metavar}"), one.help(language))
        for one in (*verb.options, HELP)
    ]
    prose = about.replace("。", "。\n").split("\n") if language == "zh-CN" else wrap(about, WIDE)
    parts = [f"{usage}:", *forms, "", *filter(None, prose), "", f"{options}:", *_columns(rows), "", f"{examples}:"]
    return "\n".join([*parts, *(f"  {example}" for example in verb.examples)])


def _columns(rows: list[tuple[str, str]]) -> list[str]:
    wide = min(MOST_WIDE, max(len(name) for name, _ in rows))
    return [f"  {name:<{wide}}  {about}" for name, about in rows]
