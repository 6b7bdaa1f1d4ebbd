"""`gemini workspace`: who works together and with what money; what an operator needs to let people in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from gemini_cli import forms
from gemini_cli.commands import Lazy
from gemini_cli.names import NameOf, find_one
from gemini_cli.pages import Paging, fetch, paged, show_page
from gemini_cli.session import Session, command_session
from gemini_cli.words import say

NAME = NameOf("workspaces")
ROLES = {"owner": "owner", "admin": "admin", "member": "member"}
NOTHING = "You are in no workspace yet."
QUANTITIES = {"cpu": "cpuCores", "memory": "memory", "gpus": "gpuCount"}
NO_LIMIT = "none"


class Limit(click.ParamType[Any]):
    """A number that is not below zero, or `none`."""

    name = "limit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | int | str:
        """The number, or `none` as it is."""
        if value == NO_LIMIT:
            return NO_LIMIT
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            self.fail(say("A limit is a number, or none."), param, ctx)
        return int(number) if number.is_integer() else number


LIMIT = Limit()

workspace = Lazy("workspace", help="Workspaces: members, roles, quota, balance.")


@workspace.command("list", help="List workspaces with their balance; an operator sees all.")
@paged
def list_(paging: Paging) -> None:
    """Workspaces, newest first."""
    session = command_session()
    page = fetch(session.client.workspaces, paging)
    columns = ["Name", "~Role", ">~Members", ">Balance", "Id"]
    show_page(session, page, columns, _row, NOTHING)


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    role = say(ROLES[one["role"]]) if one["role"] else "-"
    return one["name"], role, str(one["members"]), forms.money(one["balance"]), one["id"]


@workspace.command("create", help="Make a workspace (operators).")
@click.argument("name")
@click.option("--owner", metavar="PERSON", help="Its first owner, by the hub's name (default: you).")
@click.option("--credit", "amount", metavar="AMOUNT", help="Money for its account (default: none).")
def create(name: str, owner: str | None, amount: str | None) -> None:
    """Makes one, with the money that is given."""
    session = command_session()
    workspaces = session.client.workspaces
    made = workspaces.create({"name": name, "owner": owner} if owner else {"name": name})
    if amount:
        workspaces.post(made["id"], {"amount": amount, "kind": "credit", "note": ""})
        made["balance"] = workspaces.balance(made["id"])["balance"]
    if not session.show(made):
        session.output.say("Made: {name} · {id}", name=made["name"], id=made["id"])
        if not amount:
            session.output.note("Next: gemini workspace credit {name} AMOUNT", name=made["name"])


@workspace.command("members", help="List the members of a workspace.")
@click.argument("name", type=NAME)
def members(name: str) -> None:
    """Who is in it, with their roles."""
    session = command_session()
    page = session.client.workspaces.members(_find(session, name)["id"])

    def row(one: dict[str, Any]) -> tuple[str, ...]:
        return one["name"], say(ROLES[one["role"]]), forms.moment(one["createdAt"])

    show_page(session, page, ["Name", "Role", "~Since"], row, "Nobody is in it.")


@workspace.command("add", help="Add a person to a workspace, or give a member another role.")
@click.argument("name", type=NAME)
@click.argument("person")
@click.option("--role", type=click.Choice(tuple(ROLES)), default="member", help="The role (default: member).")
def add(name: str, person: str, role: str) -> None:
    """Safe to repeat."""
    session = command_session()
    found = _find(session, name)
    member = session.client.workspaces.add_member(found["id"], person, role)
    if not session.show(member):
        sentence = "{person} is {role} of {workspace}."
        session.output.say(sentence, person=member["name"], role=say(ROLES[member["role"]]), workspace=found["name"])


@workspace.command("remove", help="Take a person out of a workspace.")
@click.argument("name", type=NAME)
@click.argument("person")
def remove(name: str, person: str) -> None:
    """What the person made there stays."""
    session = command_session()
    found = _find(session, name)
    session.client.workspaces.remove_member(found["id"], person)
    if not session.show({"workspaceId": found["id"], "name": person}):
        session.output.say("{person} is out of {workspace}.", person=person, workspace=found["name"])


@workspace.command("limits", help="Show what a workspace, or a person in it, holds and may hold; set that.")
@click.argument("name", type=NAME)
@click.argument("person", required=False)
@click.option("--cpu", type=LIMIT, metavar="CORES", help="The most CPU cores at once, or none.")
@click.option("--memory", type=LIMIT, metavar="GB", help="The most memory at once, or none.")
@click.option("--gpus", type=LIMIT, metavar="COUNT", help="The most GPUs of all kinds at once, or none.")
def limits(name: str, person: str | None, **given: float | str | None) -> None:
    """What is not named stays. A workspace's are set by operators, a person's by its owners."""
    session = command_session()
    workspaces, found = session.client.workspaces, _find(session, name)
    seen = workspaces.usage(found["id"], person)
    changed = {QUANTITIES[option]: value for option, value in given.items() if value is not None}
    if changed:
        body = {key: seen["limits"][key] for key in QUANTITIES.values()} | changed
        body = {key: None if value == NO_LIMIT else value for key, value in body.items()}
        seen["limits"] = workspaces.set_limits(found["id"], body, person)
    if not session.show(seen):
        columns = ["Resource", ">In use", ">Waiting", ">Limit"]
        session.output.table(columns, [_used(option, key, seen) for option, key in QUANTITIES.items()])


def _used(option: str, key: str, seen: dict[str, Any]) -> tuple[str, ...]:
    words = {"cpu": say("CPU cores"), "memory": say("Memory (GB)"), "gpus": say("GPUs")}
    limit = seen["limits"][key]
    most = say("no limit") if limit is None else f"{limit:g}"
    return words[option], f"{seen['held'][key]:g}", f"{seen['queued'][key]:g}", most


@workspace.command("credit", help="Put money into the account of a workspace (operators).")
@click.argument("name", type=NAME)
@click.argument("amount")
@click.option("--note", default="", help="What to remember of it, as the number of a receipt.")
def credit(name: str, amount: str, note: str) -> None:
    """One posting of the ledger; each call makes one."""
    session = command_session()
    found = _find(session, name)
    posted = session.client.workspaces.post(found["id"], {"amount": amount, "kind": "credit", "note": note})
    if not session.show(posted):
        left = session.client.workspaces.balance(found["id"])["balance"]
        session.output.say("Balance of {workspace}: {balance}", workspace=found["name"], balance=forms.money(left))


def _find(session: Session, said: str) -> dict[str, Any]:
    things: Iterable[dict[str, Any]] = session.client.workspaces.iterate()
    return find_one(things, said, "workspace")
