"""`gemini completion`: what a shell needs to complete verbs, options and the names of things."""

from __future__ import annotations

import click

from gemini_cli.commands import Verb

EPILOG = """  bash:  echo 'eval "$(gemini completion bash)"' >> ~/.bashrc
  zsh:   echo 'eval "$(gemini completion zsh)"' >> ~/.zshrc
  fish:  gemini completion fish > ~/.config/fish/completions/gemini.fish"""


@click.command("completion", cls=Verb, help="Print the completion script of a shell.", epilog=EPILOG)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """The script; the shell asks this command for what fits as one types."""
    from click.shell_completion import get_completion_class

    from gemini_cli.program import NAME, gemini

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(gemini, {}, NAME, f"_{NAME.upper()}_COMPLETE").source())
