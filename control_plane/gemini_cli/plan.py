"""A plan: what would happen, where, from when and for how much; shown, and confirmed before money is spent."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import click

from gemini_cli import forms
from gemini_cli.errors import Refusal
from gemini_cli.exits import FAILED, USAGE
from gemini_cli.session import Session
from gemini_cli.words import say

Wire = Mapping[str, Any]
Command = TypeVar("Command", bound=Callable[..., Any])


def confirmed_by(command: Command) -> Command:
    """Adds `--yes`; the verb gets it as `yes`."""
    return click.option("-y", "--yes", is_flag=True, help="Do not ask.")(command)


def agree(session: Session, preview: Wire, facts: Iterable[tuple[str, Any]], *, yes: bool) -> None:
    """Shows the plan; returns when it may be carried out.

    Refusal where the platform would refuse it, where the person says no, and where nobody can be asked.
    """
    refuse_problems(preview["errors"])
    if yes and session.as_json:
        return
    session.output.facts([*facts, *_price_of(preview)], notes=True)
    if yes or preview["priceIsShare"]:
        return
    ask(session, say("Start it?"))


def ask(session: Session, question: str) -> None:
    """Returns when the person says yes. Refusal where they say no, or where nobody can be asked."""
    if not sys.stdin.isatty() or session.as_json:
        sentence = say("Nobody can be asked here. To go on, say so beforehand: add --yes (-y).")
        raise Refusal(sentence, USAGE, "confirmation-required")
    if not click.confirm(question, default=False, err=True):
        raise Refusal(say("Nothing was done."), FAILED, "declined")


def refuse_problems(problems: Iterable[Wire]) -> None:
    """Refusal with everything that the platform would refuse, a line each; a field by the option that sets it."""
    lines = [
        f"{option}: {one['message']}" if (option := option_of(one["field"])) else one["message"] for one in problems
    ]
    if lines:
        raise Refusal("\n  ".join(lines), name=next(iter(problems))["name"])


def option_of(field: str | None) -> str:
    """`--dataset: ` for the field of the wire that this option sets, empty where there is none."""
    from gemini_client.options import OPTIONS

    whole = (field or "").partition("[")[0]
    return next((f"--{one.name}: " for one in OPTIONS if field and one.field == whole), "")


def _price_of(preview: Wire) -> list[tuple[str, Any]]:
    where = preview["environmentName"] if preview["priceIsShare"] else preview["zoneName"]
    price = forms.price(preview["pricePerHour"])
    if preview["priceIsShare"]:
        price = say("nothing more: {price} are paid for the environment already", price=price)
    queue = preview["queue"]
    waits = forms.reason(queue["reason"]) if queue else ""
    return [
        ("Where", where or "-"),
        ("Resources", forms.resources(preview)),
        ("Price", price),
        ("Expected start", "\n".join(line for line in (preview["expectedStart"], waits) if line)),
    ]
