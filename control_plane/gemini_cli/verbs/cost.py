"""`gemini cost`: what was charged, and what is left."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import click

from gemini_cli import forms
from gemini_cli.commands import Verb
from gemini_cli.names import NameOf, find_one
from gemini_cli.session import command_session

KEYS = {"day": "Day", "project": "Project", "person": "Person"}


@click.command("cost", cls=Verb, help="What was spent, by day, project or person; and the balance.")
@click.option("--by", type=click.Choice(tuple(KEYS)), default="day", help="What to sum by (default: day).")
@click.option("--workspace", type=NameOf("workspaces"), help="The workspace (default: your first).")
def cost(by: str, workspace: str | None) -> None:
    """Sums from the ledger. An account that is in arrears is said to be."""
    session = command_session()
    spaces = session.client.me()["workspaces"]
    chosen = find_one(spaces, workspace, "workspace") if workspace else next(iter(spaces), None)
    sums = session.client.costs(chosen["id"] if chosen else workspace, by)
    if session.show(sums):
        return
    if sums:
        session.output.table([KEYS[by], ">Time", ">Cost"], _rows(sums))
    else:
        session.output.say("Nothing was charged yet.")
    if chosen is not None:
        balance = forms.money(chosen["balance"])
        session.output.say("\nBalance of {workspace}: {balance}", workspace=chosen["name"], balance=balance)
        if Decimal(chosen["balance"]) <= 0:
            session.output.note("The workspace is in arrears: nothing new can start. Top up its account.")


def _rows(sums: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for one in sums:
        yield one["name"] or "-", forms.minutes(one["minutes"]), forms.money(one["amount"])
    if len(sums) > 1:
        total = sum((Decimal(one["amount"]) for one in sums), Decimal(0))
        yield forms.total(), forms.minutes(sum(one["minutes"] for one in sums)), forms.money(str(total))
