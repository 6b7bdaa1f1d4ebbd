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

workspace = Lazy("workspace", help="Workspaces: members, roles, balance.")


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
