"""`gemini up`, `db`, `store`: the platform of this machine, for who runs it."""

from __future__ import annotations

import os
import sys

import click

from gemini_cli.commands import Passing, Spoken
from gemini_cli.settings import DEFAULT_HOME, DEFAULT_PORT, read_settings

VARIABLES = f"""Variables:
  GEMINI_HOME   the folder of everything that is kept (default {DEFAULT_HOME})
  GEMINI_PORT   the first of four free ports of 127.0.0.1 (default {DEFAULT_PORT})"""


@click.command("up", cls=Spoken, epilog=VARIABLES, help="Start the platform of this machine and watch it.")
def start() -> None:
    """Becomes the supervisor, in an outer namespace where a person starts it. Refusal says why it cannot."""
    from gemini_cli.sandbox import enter_outer
    from gemini_cli.up import up

    enter_outer(["up"])
    up(read_settings(os.environ))


def _pass_on(words: tuple[str, ...]) -> None:
    """Becomes `python -m gemini_control` with the same words and our settings. Never returns."""
    environment = read_settings(os.environ).environment()
    verb = click.get_current_context().info_name or ""
    os.execve(sys.executable, [sys.executable, "-m", "gemini_control", verb, *words], environment)


db = Passing("db", callback=_pass_on, help="The control plane's database: upgrade, check.", add_help_option=False)
store = Passing(
    "store", callback=_pass_on, help="The store of versions: see `gemini store --help`.", add_help_option=False
)
