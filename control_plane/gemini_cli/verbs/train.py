"""`gemini train`: submits a training task."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from gemini_client.options import OPTIONS, Option

from gemini_cli import forms, plan
from gemini_cli.commands import Verb, Worded
from gemini_cli.errors import Refusal
from gemini_cli.exits import USAGE
from gemini_cli.names import NameOf
from gemini_cli.session import Session, command_session
from gemini_cli.words import language, say

EPILOG = """Inside a development environment a task runs there, with the data that is mounted there, and costs nothing
more. Elsewhere, or with --zone, --spec, --gpu, --cpu or --memory, it gets resources of its own.

  gemini train train.py --epochs 8
  gemini train -f --env lab train.py
  gemini train --dataset digits@2 --spec B1 -y train.py
  gemini train --dataset digits --command 'python -m app.train'"""

Command = TypeVar("Command", bound=Callable[..., Any])


class _Typed(click.ParamType[Any]):
    """The value of an option of a submission, read as the notebook reads it."""

    def __init__(self, option: Option) -> None:
        self.option = option
        self.name = option.metavar

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """What was typed, as the wire wants it."""
        from gemini_core.errors import InvalidInput

        try:
            return self.option.read(value, language()) if isinstance(value, str) else value
        except InvalidInput as error:
            raise click.UsageError(error.text(language()), ctx) from error

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """Names of what is there."""
        if not self.option.names or self.option.names == "gpus":
            return []
        return NameOf(self.option.names).shell_complete(ctx, param, incomplete)


def _with_options(command: Command) -> Command:
    for option in reversed(OPTIONS):
        make = click.option(
            f"--{option.name}",
            option.key,
            cls=Worded,
            type=_Typed(option),
            multiple=option.many,
            metavar=option.metavar,
            help=option.help_name,
        )
        command = make(command)
    return command


@click.command(
    "train",
    cls=Verb,
    help="Submit a training task: a script of the project's code, or its default command.",
    epilog=EPILOG,
    # What follows the script is the script's.
    context_settings={"allow_interspersed_args": False},
)
@_with_options
@click.option("-f", "--follow", is_flag=True, help="Show its log to the end, and leave with its exit code.")
@click.option("-d", "--detach", is_flag=True, help="Return at once, as without --follow.")
@click.option("--dry-run", is_flag=True, help="Show the plan and submit nothing.")
@plan.confirmed_by
@click.argument("script", required=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def train(script: str | None, arguments: tuple[str, ...], *, follow: bool, yes: bool, **options: Any) -> int | None:
    """Shows the plan, asks where it costs money, submits."""
    from gemini_client.submissions import draft_task

    detach, dry_run = options.pop("detach"), options.pop("dry_run")
    if follow and detach:
        raise click.UsageError(say("Choose --follow or --detach, not both."))
    session = command_session()
    path = script if script is None or options["project"] else _in_code(script)
    body = draft_task(session.client, options, path, arguments)
    preview = session.client.tasks.preview(body)
    if dry_run:
        _show_plan(session, body, preview)
        return None
    plan.agree(session, preview, _facts(body), yes=yes)
    return _submit(session, body, follow)


def _facts(body: dict[str, Any]) -> list[tuple[str, Any]]:
    common = body.get("command", say("the project's default"))
    roles = [{**one, "command": one.get("command") or common} for one in body.get("roles", ())]
    what = [("Roles", forms.roles(roles))] if roles else [("Command", common)]
    return [("Training task", body["taskName"]), *what]


def _show_plan(session: Session, body: dict[str, Any], preview: dict[str, Any]) -> None:
    if not session.show({"body": body, "preview": preview}):
        plan.agree(session, preview, _facts(body), yes=True)


def _submit(session: Session, body: dict[str, Any], follow: bool) -> int | None:
    made = session.client.tasks.create(body)
    task = made["taskId"]
    if not follow:
        if not session.show(made):
            session.output.say("Submitted: {name} · {id}", name=body["taskName"], id=task)
            session.output.note("Its log: gemini logs -f {id}", id=task)
        return None
    from gemini_cli.logs import follow_task

    session.output.note("Submitted: {name} · {id}", name=body["taskName"], id=task)
    return follow_task(session, task)


def _in_code(script: str) -> str:
    """The path in the project's code of a script that was named as one names files where one stands."""
    code = os.environ.get("GEMINI_CODE")
    if not code:
        return script
    path, root = Path(script).resolve(), Path(code).resolve()
    if path.is_relative_to(root) and path.exists():
        return path.relative_to(root).as_posix()
    if path.exists():
        sentence = say(
            "{name} lies outside the project's code in {code}, where a task cannot read it. Move it there.",
            name=script,
            code=code,
        )
        raise Refusal(sentence, USAGE, "script-outside")
    if not (root / script).exists():
        raise Refusal(say("There is no file {name}.", name=script), USAGE, "no-such-script")
    return script
