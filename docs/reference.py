"""MkDocs' hook: what the documents say of the code is asked of the code when they are built.

A page holds a mark on a line of its own, `<!-- gemini: reasons -->`, and gets the table in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from gemini_core import messages
from gemini_core.reasons import Reason

MARK = re.compile(r"^<!-- gemini: (\w+) -->$", re.MULTILINE)


RESULTS = ("speed.md", "speed-cluster.md", "soak.md", "faults.md")
"""What was measured last, written by `make bench`, `make bench-cluster`, `make soak` and `make faults`; a clone may
lack some."""


def on_config(config: Any) -> Any:
    """MkDocs' event: the results that are there stand at the end of the developers' part."""
    if config.theme["language"] == "en":
        there = [name for name in RESULTS if (Path(config.docs_dir) / name).is_file()]
        config.nav[-1]["For developers"] += there
    return config


def on_page_markdown(markdown: str, *, config: Any, **_: Any) -> str:
    """MkDocs' event: the page with its marks replaced, in the language of the site, no link to a missing result."""
    for name in RESULTS:
        if not (Path(config.docs_dir) / name).is_file():
            markdown = re.sub(rf"\[([^\]]+)\]\((?:\.\./)?{re.escape(name)}\)", r"\1", markdown)
    language = "zh-CN" if config.theme["language"] == "zh" else "en"
    return MARK.sub(lambda found: "\n".join(TABLES[found[1]](language)), markdown)


def reasons(language: str) -> Iterator[str]:
    """Every reason with its remedy, as the platform says them."""
    yield "| 代码 | 显示 | 怎么办 |" if language == "zh-CN" else "| name | what you read | what to do |"
    yield "|---|---|---|"
    for reason in Reason:
        what, remedy = (messages.text(f"{kind}.{reason}", language) for kind in ("reason", "remedy"))
        yield f"| [`{reason}`](#{reason}) | {what} | {remedy} |"


def commands(language: str) -> Iterator[str]:
    """Every command's own help."""
    from gemini_cli.program import gemini
    from gemini_cli.words import speak

    speak(language)
    yield from _help(gemini, click.Context(gemini, info_name="gemini"), 3)


def _help(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    context.terminal_width = context.max_content_width = 100
    yield from (f"{'#' * level} {context.command_path}", "", "```text", command.get_help(context), "```", "")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            # `db` and `store` hand their words on to another program, which has its own help.
            if found is not None and not found.hidden and found.params:
                yield from _help(found, click.Context(found, info_name=name, parent=context), level + 1)


def magics(language: str) -> Iterator[str]:
    """Every verb's own help."""
    from gemini_magics.parsing import VERBS, help_of

    for verb in VERBS:
        yield from (f"### %gemini {verb.name}", "", "```text", help_of(verb, language), "```", "")


def health(language: str) -> Iterator[str]:
    """Everything that the health of a part may say, with what to do."""
    yield "| what you read | what to do |"
    yield "|---|---|"
    for name in sorted(messages.names()):
        if name.startswith("health.") and f"remedy.{name}" in messages.names():
            yield f"| {_cell(_said(name, language))} | {_cell(_said(f'remedy.{name}', language))} |"


def _said(name: str, language: str) -> str:
    named = re.findall(r"\{(\w+)\}", messages.template(name))
    return messages.text(name, language, **{one: f"*{one}*" for one in named})


def api(language: str) -> Iterator[str]:
    """Every route and verb of the OpenAPI document."""
    from gemini_control.openapi import make_document
    from gemini_control.routes import API_ROUTES
    from gemini_control.version import VERSION

    document = make_document(API_ROUTES, "/services/gemini/", VERSION)
    yield "| route | verb | what it does |"
    yield "|---|---|---|"
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            if verb in ("get", "put", "post", "patch", "delete"):
                yield f"| `{path}` | {verb.upper()} | {_cell(operation.get('summary') or operation['description'])} |"


def traits(language: str) -> Iterator[str]:
    """Every setting of the control plane, the person's server and the spawner that a file of settings may say."""
    from gemini_control.app import GeminiControl
    from gemini_hub.authenticator import UsersFileAuthenticator
    from gemini_server.extension import GeminiServer
    from gemini_spawner.local import GeminiLocalSpawner

    yield "| setting | what it is |"
    yield "|---|---|"
    for part in (GeminiControl, UsersFileAuthenticator, GeminiLocalSpawner, GeminiServer):
        for name, trait in sorted(part.class_traits(config=True).items()):
            if (trait.this_class or part).__module__.startswith("gemini_"):
                yield f"| `c.{part.__name__}.{name}` | {_cell(trait.help)} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


TABLES: dict[str, Callable[[str], Iterator[str]]] = {
    "reasons": reasons,
    "commands": commands,
    "magics": magics,
    "health": health,
    "api": api,
    "traits": traits,
}
