"""`gemini tasks`, `status`, `logs`, `stop`: training tasks that are there."""

from __future__ import annotations

from typing import Any

import click

from gemini_cli import forms
from gemini_cli.commands import Verb
from gemini_cli.names import NameOf, find_environment, find_one, find_task
from gemini_cli.pages import Paging, fetch, paged, show_page
from gemini_cli.session import Session, command_session
from gemini_cli.words import say

TASK = NameOf("tasks")
STATES = ("queued", "allocating", "starting", "running", "succeeded", "failed", "stopping", "stopped")
NOTHING = "There is no such task. `gemini train` submits one."


@click.command("tasks", cls=Verb, help="List training tasks, newest first.")
@click.option("--state", type=click.Choice(STATES), help="Those in this state.")
@click.option("--mode", type=click.Choice(("existing", "dynamic")), help="Those in an environment, or on their own.")
@click.option("--project", type=NameOf("projects"), help="Those of this project.")
@click.option("--env", "environment", type=NameOf("environments"), help="Those in this environment.")
@click.option("--owner", metavar="PERSON", help="Those of this person.")
@click.option("--search", metavar="TEXT", help="Those with this in their name.")
@click.option("--sort", type=click.Choice(("createdAt", "name", "state")), help="The order (default: createdAt).")
@paged
def tasks(paging: Paging, project: str | None, environment: str | None, **filters: Any) -> None:
    """A table of tasks."""
    session = command_session()
    if project:
        filters["projectId"] = find_one(session.client.projects.iterate(), project, "project")["id"]
    if environment:
        filters["environmentId"] = find_environment(session, environment)["id"]
    page = fetch(session.client.tasks, paging, **filters)
    columns = ["State", "Name", "~Where", "~~Began", ">~Took", ">~Cost", "~~Owner", "Id"]
    show_page(session, page, columns, _row, NOTHING)


def _row(one: dict[str, Any]) -> tuple[Any, ...]:
    where = one["environmentName"] or one["availabilityZone"] or "-"
    began, took, cost = forms.moment(one["startedAt"]), forms.took(one), forms.money(one["cost"])
    return forms.state(one["state"]), one["taskName"], where, began, took, cost, one["owner"], one["taskId"]


@click.command("status", cls=Verb, help="Show one training task (default: your latest).")
@click.argument("task", type=TASK, required=False)
def status(task: str | None) -> None:
    """State with its reason, times, cost, mounts, and the end of its log."""
    session = command_session()
    found = find_task(session, task)
    if not session.show(found):
        show_task(session, found)


def show_task(session: Session, one: dict[str, Any]) -> None:
    """All that matters of a task, for people."""
    where = one["environmentName"] or say("resources of its own in {zone}", zone=one["availabilityZone"])
    share = say(" (its share of the environment's)") if one["costIsShare"] else ""
    code = "" if one["exitCode"] is None else str(one["exitCode"])
    session.output.facts(
        [
            ("Name", one["taskName"]),
            ("Id", one["taskId"]),
            ("State", forms.state(one["state"])),
            ("Reason", forms.reason(one["reason"])),
            ("Exit code", code),
            ("Place in the queue", str(one["position"] or "")),
            ("Where", where),
            ("Resources", forms.resources(one)),
            ("Project", one["projectName"]),
            ("Roles", forms.roles(one["roles"])) if one["mode"] == "distributed" else ("Command", one["command"]),
            ("Data", forms.mounts([*one["datasets"], *one["models"]])),
            ("Output", one["outputPath"]),
            ("Submitted", forms.moment(one["createdAt"])),
            ("Began", forms.moment(one["startedAt"])),
            ("Took", forms.took(one)),
            ("Cost", forms.money(one["cost"]) + share),
            ("Owner", one["owner"]),
            ("Last lines", "\n".join(one["lastLines"][-LINES:])),
        ]
    )


LINES = 10


@click.command("logs", cls=Verb, help="Read or follow the log of a training task (default: your latest).")
@click.argument("task", type=TASK, required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on to its end, and leave with the exit code of the task.")
@click.option("--role", help="The role (default: the first).")
@click.option("--rank", type=click.IntRange(0), default=0, help="The rank (default: 0).")
@click.option("--tail", type=click.IntRange(0), metavar="LINES", help="Only the last lines.")
def logs(task: str | None, follow: bool, role: str | None, rank: int, tail: int | None) -> int | None:
    """The log as the task wrote it."""
    from gemini_cli.logs import follow_task, show_log

    session = command_session()
    found = find_task(session, task)
    role = role or found["roles"][0]["name"]
    _check_rank(found, role, rank)
    if follow:
        return follow_task(session, found["taskId"], role=role, rank=rank, tail=tail)
    show_log(session, found["taskId"], role, rank, tail)
    return None


def _check_rank(task: dict[str, Any], role: str, rank: int) -> None:
    """NotFound where the task, as far as its ranks are known, has no such one: its log would stay empty for ever."""
    from gemini_core.errors import NotFound

    if task["ranks"] and not any((one["role"], one["rank"]) == (role, rank) for one in task["ranks"]):
        raise NotFound("log-unknown", role=role, rank=rank)


@click.command("stop", cls=Verb, help="Stop a training task.")
@click.argument("task", type=TASK)
@click.option("-d", "--detach", is_flag=True, help="Do not wait.")
def stop(task: str, detach: bool) -> None:
    """Stops one and waits until all of it has ended. One that has ended stays as it ended."""
    from gemini_client.handles import TaskHandle

    session = command_session()
    found = find_task(session, task, going=True)
    if found["endedAt"] is not None:
        session.output.note("{name} had ended already.", name=found["taskName"])
    handle = TaskHandle(session.client, found["taskId"], pages="").stop()
    model = handle.model if detach else handle.wait().model
    if not session.show(model):
        line = (model["taskName"], forms.state(model["state"]), forms.money(model["cost"]), model["taskId"])
        session.output.answers.print(*line, sep=" · ", soft_wrap=True)
