"""`gemini project`: make one, and put code into it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from gemini_cli.commands import Lazy
from gemini_cli.names import NameOf, find_one
from gemini_cli.session import Session, command_session

project = Lazy("project", help="Projects: make one, put code into it.")
PATHS = click.Path(exists=True, path_type=Path)


@project.command("create", help="Make a project, with the code of a folder if one is given.")
@click.argument("name")
@click.option("--code", type=PATHS, metavar="FOLDER", help="Files of its code.")
@click.option("--default-command", default="", metavar="COMMAND", help="What a task starts that says nothing else.")
@click.option("--workspace", type=NameOf("workspaces"), help="The workspace (default: your first).")
def create(name: str, code: Path | None, default_command: str, workspace: str | None) -> None:
    """Makes one; its code can be changed in every environment of it."""
    session = command_session()
    body: dict[str, Any] = {"name": name}
    if default_command:
        body["defaultCommand"] = default_command
    if workspace:
        body["workspaceId"] = find_one(session.client.me()["workspaces"], workspace, "workspace")["id"]
    made = session.client.projects.create(body)
    sent = _send(session, made["id"], [code] if code else [])
    if not session.show({**made, "sent": sent}):
        session.output.say("Made: {name} · {id}", name=made["name"], id=made["id"])
        _tell(session, sent)


@project.command("put", help="Put files and folders into the code of a project; what has the same path is replaced.")
@click.argument("name", type=NameOf("projects"))
@click.argument("paths", nargs=-1, required=True, type=PATHS)
def put(name: str, paths: tuple[Path, ...]) -> None:
    """A file keeps its name; of a folder everything in it comes, at its path in that folder."""
    session = command_session()
    found = find_one(session.client.projects.iterate(), name, "project")
    sent = _send(session, found["id"], paths)
    if not session.show({"id": found["id"], "sent": sent}):
        _tell(session, sent)


def _send(session: Session, project_id: str, paths: Sequence[Path]) -> int:
    from gemini_cli.uploads import Wish, local_files

    files = list(local_files(Wish("projects", project_id, paths)))
    for one in files:
        session.client.projects.upload_code(project_id, one.path, one.source)
    return len(files)


def _tell(session: Session, sent: int) -> None:
    if sent:
        session.output.say("Files of code: {count}", count=sent)
