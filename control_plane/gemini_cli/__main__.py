"""The command `gemini`: `up` starts the platform of this machine; `db` and `store` tend what it keeps."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

from gemini_cli.errors import Refusal
from gemini_cli.sandbox import enter_outer
from gemini_cli.settings import DEFAULT_HOME, DEFAULT_PORT, read_settings
from gemini_cli.up import up

VARIABLES = f"""
variables:
  GEMINI_HOME   the folder of everything that is kept (default {DEFAULT_HOME})
  GEMINI_PORT   the first of four free ports of 127.0.0.1 (default {DEFAULT_PORT})
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command and leaves with its exit code; what a person can mend is one sentence, not a traceback."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    # What follows `db` and `store` is for another program, options too.
    if given[:1] in (["db"], ["store"]):
        pass_on(given)
    make_parser().parse_args(given)
    try:
        enter_outer(given)
        up(read_settings(os.environ))
    except Refusal as refusal:
        sys.stderr.write(f"gemini: {refusal}\n")
        sys.exit(refusal.exit_code)


def make_parser() -> argparse.ArgumentParser:
    """The command line, as `--help` shows it."""
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("gemini", description=__doc__, epilog=VARIABLES, formatter_class=plain)
    parser.add_argument("--version", action="version", version=f"gemini {version('gemini-jupyter')}")
    verbs = parser.add_subparsers(title="commands", required=True, metavar="command")
    verbs.add_parser("up", help="start the platform and watch it", epilog=VARIABLES, formatter_class=plain)
    verbs.add_parser("db", help="the control plane's database: upgrade, check", add_help=False)
    verbs.add_parser("store", help="the store of versions: see `gemini store --help`", add_help=False)
    return parser


def pass_on(arguments: Sequence[str]) -> None:
    """Becomes `python -m gemini_control` with the same words and our settings. Never returns."""
    try:
        environment = read_settings(os.environ).environment()
    except Refusal as refusal:
        sys.stderr.write(f"gemini: {refusal}\n")
        sys.exit(refusal.exit_code)
    os.execve(sys.executable, [sys.executable, "-m", "gemini_control", *arguments], environment)


if __name__ == "__main__":
    main()
