"""`gemini projects` and `gemini zones`: what there is to choose from."""

from __future__ import annotations

from typing import Any

import click

from gemini_cli import forms
from gemini_cli.commands import Verb
from gemini_cli.pages import Paging, fetch, paged, show_page
from gemini_cli.session import command_session
from gemini_cli.words import say


@click.command("projects", cls=Verb, help="List projects.")
@paged
def projects(paging: Paging) -> None:
    """Projects, newest first."""
    session = command_session()
    page = fetch(session.client.projects, paging)

    def row(one: dict[str, Any]) -> tuple[str, ...]:
        return one["name"], one["owner"], one["defaultCommand"], forms.moment(one["updatedAt"]), one["id"]

    show_page(session, page, ["Name", "~Owner", "~Start command", "~~Changed", "Id"], row, "There is no project yet.")


@click.command("zones", cls=Verb, help="List zones and what can be had there, with prices.")
def zones() -> None:
    """Each zone with its cards that are free, and its specifications."""
    session = command_session()
    found = list(session.client.zones.iterate())
    specifications = list(session.client.specifications.iterate())
    if session.show({"zones": found, "specifications": specifications}):
        return
    names = {zone["id"]: zone["name"] for zone in found}
    session.output.table(["Zone", "Id", "Free cards", "State"], (_zone(zone) for zone in found))
    session.output.say("")
    columns = ["Specification", "~~Zone", "Resources", ">Price", "Free now", "~Id"]
    session.output.table(columns, (_specification(one, names) for one in specifications))


def _zone(zone: dict[str, Any]) -> tuple[str, str, str, str]:
    cards = ", ".join(f"{count}x {kind}" for kind, count in zone["gpuInventory"].items()) or "-"
    return zone["name"], zone["id"], cards, say("open") if zone["available"] else say("closed")


def _specification(one: dict[str, Any], zones: dict[str, str]) -> tuple[str, ...]:
    name = one["name"] + (f" ({say('default')})" if one["isDefault"] else "")
    free = say("yes") if one["free"] else say("no, it would queue")
    where = zones.get(one["zone"], one["zone"])
    return name, where, forms.resources(one), forms.price(one["pricePerHour"]), free, one["id"]
