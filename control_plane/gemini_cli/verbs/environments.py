"""`gemini env`: development environments."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import urljoin

import click

from gemini_cli import forms, plan
from gemini_cli.commands import Lazy
from gemini_cli.errors import Refusal
from gemini_cli.names import NameOf, find_environment
from gemini_cli.pages import Paging, fetch, paged, show_page
from gemini_cli.session import Session, command_session
from gemini_cli.waiting import wait_for, wait_gone
from gemini_cli.words import say

NAME = NameOf("environments")
STATES = ("queued", "starting", "running", "stopping", "stopped", "failed")
MOUNT = "NAME or NAME@VERSION, up to three."
NOTHING = "There is no environment yet. `gemini env create NAME` makes one."
LOST = (
    "Lost: running kernels and terminals, installed packages, and every file outside /gemini/code and /gemini/output.\n"
    "Kept: the code and the outputs of project {project}, datasets, models, your JupyterLab settings."
)

env = Lazy("env", help="Development environments: create, start, stop, open.")
detached = click.option("-d", "--detach", is_flag=True, help="Do not wait.")


@env.command("list", help="List environments.")
@click.option("--state", type=click.Choice(STATES), help="Those in this state.")
@click.option("--search", metavar="TEXT", help="Those with this in their name.")
@click.option("--mine", is_flag=True, help="Only your own.")
@paged
def list_(paging: Paging, state: str | None, search: str | None, mine: bool) -> None:
    """Environments, newest first."""
    session = command_session()
    owner = session.client.me()["name"] if mine else None
    page = fetch(session.client.environments, paging, state=state, search=search, owner=owner)
    columns = ["State", "Name", "~~Project", "~Resources", "~~Up", ">~Price", ">~Cost", "~~Owner", "Id"]
    show_page(session, page, columns, _row, NOTHING)


def _row(one: dict[str, Any]) -> tuple[Any, ...]:
    ways = forms.state(one["state"]), one["name"], one["projectName"], forms.resources(one), forms.uptime(one["uptime"])
    return *ways, forms.price(one["pricePerHour"]), forms.money(one["cost"]), one["owner"], one["id"]


@env.command("create", help="Create an environment and start it. The plan and its price are shown first.")
@click.argument("name")
@click.option("--project", type=NameOf("projects"), help="The project (default: the newest).")
@click.option("--dataset", "datasets", multiple=True, type=NameOf("datasets"), help=MOUNT)
@click.option("--model", "models", multiple=True, type=NameOf("models"), help=MOUNT)
@click.option("--spec", type=NameOf("specifications"), help="The specification, see `gemini zones`.")
@click.option("--zone", type=NameOf("zones"), help="The zone, for resources chosen freely.")
@click.option("--gpu", help="Type of card, as A100.")
@click.option("--gpu-count", type=click.IntRange(0), help="How many cards (default: 1 where a type is named).")
@click.option("--cpu", type=float, help="CPU cores.")
@click.option("--memory", type=float, help="Memory in GB.")
@click.option("--image", help="The image (default: the first).")
@click.option("--tag", "tags", multiple=True, help="A tag; may be repeated.")
@detached
@plan.confirmed_by
def create(name: str, detach: bool, yes: bool, **wishes: Any) -> None:
    """Makes one and waits until it runs."""
    from gemini_cli.drafts import draft_environment

    session = command_session()
    body = draft_environment(session, {"name": name, **wishes})
    preview = session.client.environments.preview(body)
    mounts = [*(wishes["datasets"] or ()), *(wishes["models"] or ())]
    plan.agree(session, preview, [("Environment", name), ("Data", ", ".join(mounts))], yes=yes)
    made = session.client.environments.create(body)
    _until(session, made, "running", detach)


@env.command("start", help="Start an environment. The plan and its price are shown first.")
@click.argument("name", type=NAME)
@detached
@plan.confirmed_by
def start(name: str, detach: bool, yes: bool) -> None:
    """Starts a stopped one and waits until it runs; one that runs stays as it is."""
    session = command_session()
    found = find_environment(session, name)
    if found["target"] != "running" or found["state"] in ("stopped", "failed"):
        _agree_again(session, found, yes)
        found = session.client.environments.start(found["id"])
    _until(session, found, "running", detach)


@env.command("stop", help="Stop an environment. Its tasks end with it; code, outputs and settings are kept.")
@click.argument("name", type=NAME)
@detached
def stop(name: str, detach: bool) -> None:
    """Stops one and waits until all of it has ended."""
    session = command_session()
    found = session.client.environments.stop(find_environment(session, name)["id"])
    _until(session, found, "stopped", detach)


@env.command("restart", help="Stop an environment and start it again.")
@click.argument("name", type=NAME)
@detached
@plan.confirmed_by
def restart(name: str, detach: bool, yes: bool) -> None:
    """Stops one, starts it as it is described now, and waits until it runs."""
    session = command_session()
    found = find_environment(session, name)
    _agree_again(session, found, yes)
    _until(session, session.client.environments.restart(found["id"]), "running", detach)


def _agree_again(session: Session, found: dict[str, Any], yes: bool) -> None:
    from gemini_cli.drafts import draft_again

    preview = session.client.environments.preview(draft_again(found))
    plan.agree(session, preview, [("Environment", found["name"]), ("Data", forms.mounts(found["mounts"]))], yes=yes)


def _until(session: Session, found: dict[str, Any], state: str, detach: bool) -> None:
    """Waits for the state, unless nobody wants to wait, and tells what there is now."""
    if not detach:
        states = (state, "failed") if state == "stopped" else (state,)
        found = dict(wait_for(session, found["id"], states))
    if session.show(found):
        return
    if found["url"]:
        session.output.say("{name} runs: {address}", name=found["name"], address=_address(session, found["url"]))
    else:
        session.output.answers.print(found["name"], forms.state(found["state"]), found["id"], sep=" · ", soft_wrap=True)


@env.command("delete", help="Stop an environment and delete it. Code and outputs of the project are kept.")
@click.argument("name", type=NAME)
@detached
@plan.confirmed_by
def delete(name: str, detach: bool, yes: bool) -> None:
    """Deletes one, after naming what is lost."""
    session = command_session()
    found = find_environment(session, name)
    if not yes:
        session.output.note(LOST, project=found["projectName"])
        plan.ask(session, say("Delete {name}?", name=found["name"]))
    session.client.environments.delete(found["id"])
    if not detach:
        wait_gone(session, found["id"])
    if not session.show({"id": found["id"]}):
        session.output.say("Deleted: {name}", name=found["name"])


@env.command("open", help="Open JupyterLab, a terminal or TensorBoard of an environment in the browser.")
@click.argument("name", type=NAME)
@click.option("--terminal", "place", flag_value="terminalUrl", help="A terminal.")
@click.option("--tensorboard", "place", flag_value="tensorboardUrl", help="TensorBoard.")
@click.option("--print", "only_print", is_flag=True, help="Only print the address.")
def open_(name: str, place: str | None, only_print: bool) -> None:
    """Opens the browser where there is one, and prints the address in any case."""
    session = command_session()
    found = find_environment(session, name)
    if found["url"] is None:
        sentence = say("{name} is not running. `gemini env start {name}` starts it.", name=found["name"])
        raise Refusal(sentence, name="environment-not-running")
    address = _address(session, found[place or "url"])
    if not session.show({"id": found["id"], "url": address}):
        session.output.say(address)
        if not only_print and _has_browser():
            click.launch(address)


def _address(session: Session, path: str) -> str:
    return urljoin(session.connection().pages, path)


def _has_browser() -> bool:
    import os

    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@env.command("show", help="Show everything about an environment.")
@click.argument("name", type=NAME)
def show(name: str) -> None:
    """One environment."""
    session = command_session()
    one = find_environment(session, name)
    if session.show(one):
        return
    use = one["usage"] and {"cpuCores": one["usage"]["cpu"], "memory": round(one["usage"]["memory"], 2)}
    session.output.facts(
        [
            ("Name", one["name"]),
            ("Id", one["id"]),
            ("State", forms.state(one["state"])),
            ("Reason", forms.reason(one["reason"])),
            ("Project", one["projectName"]),
            ("Owner", one["owner"]),
            ("Image", one["image"]),
            ("Zone", one["availabilityZone"]),
            ("Resources", forms.resources(one)),
            ("In use", forms.resources(use) if use else ""),
            ("Data", forms.mounts(one["mounts"])),
            ("Tags", ", ".join(one["tags"])),
            ("Up", forms.uptime(one["uptime"])),
            ("Price", forms.price(one["pricePerHour"])),
            ("Cost of this run", forms.money(one["cost"])),
            ("Created", forms.moment(one["createdAt"])),
            ("Address", _address(session, one["url"]) if one["url"] else ""),
        ]
    )
