"""How a command of ours is made: it speaks the person's language, and the same options stand behind every verb."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click
from gemini_core import messages

from gemini_cli.session import session_of
from gemini_cli.words import LANGUAGES, language, say, speak


def _choose_language(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        speak(value)
    return value


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    if value:
        setattr(session_of(context), parameter.name or "", value)
    return value


def common_options() -> list[click.Option]:
    """The options that every verb takes, before and behind it."""
    return [
        click.Option(
            ["--json", "as_json"],
            is_flag=True,
            expose_value=False,
            callback=_keep,
            help="Write the platform's JSON on standard output, and nothing else.",
        ),
        click.Option(["--url"], metavar="URL", expose_value=False, callback=_keep, help="The address of the platform."),
        click.Option(
            ["--lang"],
            type=click.Choice(LANGUAGES),
            is_eager=True,
            expose_value=False,
            callback=_choose_language,
            help="The language of texts.",
        ),
    ]


class Spoken(click.Command):
    """Help in the person's language: texts are translated when they are shown, not when they are written."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """One line for the list of commands."""
        return say(self.short_help or (self.help or "").split("\n", 1)[0])

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The line that says how it is called."""
        pieces = " ".join(say(piece) for piece in self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=say("Usage: "))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What it does."""
        if self.help:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(say(self.help))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its options; those that every verb has come last."""
        rows = [row for row in (_row(parameter, ctx) for parameter in self.get_params(ctx)) if row is not None]
        if rows:
            with formatter.section(say("Options")):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What else is worth knowing, line by line as it was written."""
        if self.epilog:
            formatter.write_paragraph()
            formatter.write(say(self.epilog) + "\n")


def _row(parameter: click.Parameter, context: click.Context) -> tuple[str, str] | None:
    record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
    if record is None:
        return None
    text = (
        messages.text(parameter.help or "", language()) if isinstance(parameter, Worded) else say(parameter.help or "")
    )
    return record[0], record[1].replace(parameter.help or "", text, 1) if parameter.help else text


class Worded(click.Option):
    """An option whose help is a sentence of `gemini_core.messages`, by its name."""


class Verb(Spoken):
    """A verb of the command line."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(common_options())


class Passing(Spoken):
    """A verb whose words all belong to another program, options too; they come to the callback untouched."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Takes the words as they are."""
        ctx.args = []
        ctx.params["words"] = tuple(args)
        return []


@dataclass(frozen=True)
class Place:
    """Where a verb is found when it is wanted, and its line in the list of commands."""

    module: str
    name: str
    help: str


class Lazy(Spoken, click.Group):
    """A group that imports a verb only when it is called: `--help` and completion of verbs import nothing."""

    command_class = Verb

    def __init__(self, *args: Any, places: dict[str, Place] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = places or {}
        self.params.extend(common_options())

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of a day's work, as they are written."""
        return [*self._places, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb, imported now."""
        place = self._places.get(cmd_name)
        if place is None:
            return self.commands.get(cmd_name)
        command: click.Command = getattr(importlib.import_module(place.module), place.name)
        return command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, then the options."""
        rows = [(name, self._line(name)) for name in self.list_commands(ctx)]
        with formatter.section(say("Commands")):
            formatter.write_dl(rows)
        super().format_options(ctx, formatter)

    def _line(self, name: str) -> str:
        place = self._places.get(name)
        return say(place.help) if place is not None else self.commands[name].get_short_help_str()

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Names of verbs, found without importing any of them."""
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=self._line(name)) for name in self.list_commands(ctx)]
        options = click.Command.shell_complete(self, ctx, incomplete) if incomplete.startswith("-") else []
        return [*[one for one in found if one.value.startswith(incomplete)], *options]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that is meant; a near miss is named."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(_unknown(args[0], self.list_commands(ctx)), ctx) from error


def _unknown(word: str, known: Sequence[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word, known, 1)
    if near:
        return say("There is no command {word}. Did you mean {near}?", word=word, near=near[0])
    return say("There is no command {word}. `gemini --help` lists them.", word=word)
