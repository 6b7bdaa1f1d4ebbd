"""The command `gemini` as a whole: its verbs, what stands behind all of them, and how every ending is told."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

import click
from gemini_client.connection import find_language
from gemini_core.errors import GeminiError

from gemini_cli.commands import Lazy, Place
from gemini_cli.errors import Refusal
from gemini_cli.exits import FAILED, INTERRUPTED, OK, TABLE, USAGE, exit_code
from gemini_cli.plan import option_of
from gemini_cli.session import Session
from gemini_cli.settings import DEFAULT_HOME, DEFAULT_PORT
from gemini_cli.words import language, retold, say, speak

NAME = "gemini"
VERBS = "gemini_cli.verbs"
PLACES = {
    "login": Place(f"{VERBS}.login", "login", "Sign in to a platform with a token of its hub."),
    "logout": Place(f"{VERBS}.login", "logout", "Forget the token."),
    "env": Place(f"{VERBS}.environments", "env", "Development environments: create, start, stop, open."),
    "train": Place(f"{VERBS}.train", "train", "Submit a training task."),
    "tasks": Place(f"{VERBS}.tasks", "tasks", "List training tasks."),
    "status": Place(f"{VERBS}.tasks", "status", "Show one training task."),
    "logs": Place(f"{VERBS}.tasks", "logs", "Read or follow the log of a training task."),
    "stop": Place(f"{VERBS}.tasks", "stop", "Stop a training task."),
    "data": Place(f"{VERBS}.data", "data", "Datasets and models: upload, commit, versions."),
    "cost": Place(f"{VERBS}.cost", "cost", "What was spent, by day, project or person."),
    "workspace": Place(f"{VERBS}.workspaces", "workspace", "Workspaces: members, roles, quota, balance."),
    "project": Place(f"{VERBS}.projects", "project", "Projects: make one, put code into it."),
    "projects": Place(f"{VERBS}.catalogue", "projects", "List projects."),
    "zones": Place(f"{VERBS}.catalogue", "zones", "List zones and what can be had there, with prices."),
    "doctor": Place(f"{VERBS}.doctor", "doctor", "Check the connection, the token and this machine."),
    "completion": Place(f"{VERBS}.completion", "completion", "Print the completion script of a shell."),
    "up": Place(f"{VERBS}.machine", "start", "Start the platform of this machine and watch it."),
    "db": Place(f"{VERBS}.machine", "db", "The control plane's database: upgrade, check."),
    "store": Place(f"{VERBS}.machine", "store", "The store of versions: see `gemini store --help`."),
}
CLICK_SAYS = (
    "Invalid value for {name}: {why}",
    "Invalid value: {why}",
    "{value} is not one of {choices}.",
    "{value} is not a valid integer.",
    "{value} is not a valid integer range.",
    "{value} is not a valid float.",
    "{value} is not in the range {range}.",
    "{kind} {value} does not exist.",
    "{kind} {value} is a file.",
    "{kind} {value} is a directory.",
    "Got unexpected extra argument ({words})",
    "Got unexpected extra arguments ({words})",
    "Option {name} requires an argument.",
    "Option {name} does not take a value.",
)
"""What click says of a line that it cannot read, and that people read often enough."""
EPILOG = f"""{TABLE}

Variables:
  GEMINI_URL, GEMINI_TOKEN  the platform and a token of its hub, instead of `gemini login`
  GEMINI_LANGUAGE           the language of texts, en or zh-CN (default: that of JupyterLab or the system)
  NO_COLOR                  no colours
  GEMINI_HOME   the folder of everything that `gemini up` keeps (default {DEFAULT_HOME})
  GEMINI_PORT   the first of four free ports of 127.0.0.1 (default {DEFAULT_PORT})
  GEMINI_SUBDOMAINS  http://hub.localhost:PORT keeps people apart in their browsers (default: not)"""


def _show_version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"gemini {version('gemini-jupyter')}")
        context.exit()


gemini = Lazy(
    NAME,
    places=PLACES,
    help="Development environments, training and data of Gemini for Jupyter; `up` starts the platform of this machine.",
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            help="Show the version and leave.",
        )
    ],
)


def run(arguments: Sequence[str]) -> int:
    """Runs one command; its exit code. What a person can mend is one sentence, not a traceback."""
    speak(find_language())
    session = Session()
    try:
        code = gemini.main(list(arguments), NAME, standalone_mode=False, obj=session)
        sys.stdout.flush()
        return code if isinstance(code, int) else OK
    except Exception as error:
        for kind, tell in _ENDINGS:
            if isinstance(error, kind):
                return tell(session, error)
        raise
    finally:
        session.close()


def _on_refusal(session: Session, refusal: Refusal) -> int:
    return _refuse(session, str(refusal), refusal.name, refusal.exit_code)


def _on_no_words(session: Session, error: click.exceptions.NoArgsIsHelpError) -> int:
    click.echo(error.message, err=True)
    return USAGE


def _on_usage(session: Session, error: click.UsageError) -> int:
    sentence = _said(error)
    if error.ctx is not None:
        sentence += "\n" + say("`{command} --help` says how it is used.", command=error.ctx.command_path)
    return _refuse(session, sentence, "usage", USAGE)


def _on_click(session: Session, error: click.ClickException) -> int:
    return _refuse(session, error.format_message(), "refused", error.exit_code)


def _on_abort(session: Session, error: click.Abort) -> int:
    return INTERRUPTED


def _on_broken_pipe(session: Session, error: BrokenPipeError) -> int:
    # Whoever read the answer had enough (`| head`). Nothing may be written at exit either.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


def _on_said(session: Session, error: GeminiError) -> int:
    said = error.text(language())
    if error.name == "not-signed-in":
        said += " " + say("Run `gemini login`.")
    return _refuse(session, option_of(error.field) + said, error.name, exit_code(error))


_ENDINGS: tuple[tuple[type[Exception], Callable[[Session, Any], int]], ...] = (
    (Refusal, _on_refusal),
    (GeminiError, _on_said),
    (click.exceptions.NoArgsIsHelpError, _on_no_words),
    (click.UsageError, _on_usage),
    (click.ClickException, _on_click),
    (click.Abort, _on_abort),
    (BrokenPipeError, _on_broken_pipe),
)


def _refuse(session: Session, sentence: str, name: str, code: int) -> int:
    if session.as_json:
        sys.stdout.write(json.dumps({"error": {"name": name, "message": sentence}}, ensure_ascii=False) + "\n")
    from gemini_cli.escapes import plain

    sys.stderr.write(f"{NAME}: {plain(sentence)}\n")
    return code


def _said(error: click.UsageError) -> str:
    """Click's sentence, in the person's language where we have it."""
    if isinstance(error, click.NoSuchOption):
        return say("There is no option {name}.", name=error.option_name)
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return say("{name} is missing.", name=error.param.make_metavar(error.ctx or click.Context(gemini)))
    return retold(error.format_message(), CLICK_SAYS)
