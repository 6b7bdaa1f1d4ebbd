"""`gemini data`: datasets and models, from files on a disk to immutable versions and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gemini_cli import forms, plan
from gemini_cli.commands import Lazy
from gemini_cli.errors import Refusal
from gemini_cli.names import NameOf, find_one
from gemini_cli.pages import Paging, fetch, paged, show_page
from gemini_cli.session import Session, command_session
from gemini_cli.words import say

NAME = NameOf("datasets")
NOTHING = "There is none yet. `gemini data create NAME` makes one."

data = Lazy("data", help="Datasets and models: upload, commit, versions.")
of_models = click.option("--model", is_flag=True, is_eager=True, help="Models instead of datasets.")


@data.command("list", help="List datasets.")
@of_models
@paged
def list_(paging: Paging, model: bool) -> None:
    """Datasets or models, newest first."""
    session = command_session()
    page = fetch(_things(session, model), paging)
    columns = ["Name", ">Newest version", ">~Files", ">~Size", "~~Owner", "~~Changed", "Id"]
    show_page(session, page, columns, _row, NOTHING)


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    newest = one["latestVersion"]
    version = (f"v{newest['number']}", str(newest["files"]), forms.size(newest["size"])) if newest else ("-",) * 3
    return one["name"], *version, one["owner"], forms.moment(one["updatedAt"]), one["id"]


@data.command("create", help="Make a dataset; with files and folders, they become its first version.")
@of_models
@click.argument("name")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--tag", "tags", multiple=True, help="A tag; may be repeated.")
@click.option("--private", is_flag=True, help="Only you see it.")
@click.option("--workspace", type=NameOf("workspaces"), help="The workspace (default: your first).")
def create(name: str, model: bool, paths: tuple[Path, ...], private: bool, **wishes: Any) -> None:
    """Makes one. Files that are given are sent and committed; without any its draft is empty."""
    from gemini_cli.uploads import Wish, upload

    session = command_session()
    visibility = "private" if private else "workspace"
    body: dict[str, Any] = {"name": name, "tags": list(wishes["tags"]), "visibility": visibility}
    if wishes["workspace"]:
        body["workspaceId"] = find_one(session.client.me()["workspaces"], wishes["workspace"], "workspace")["id"]
    things = _things(session, model)
    made = things.create(body)
    if not session.as_json:
        session.output.say("Made: {name} · {id}", name=made["name"], id=made["id"])
    if paths:
        upload(session, Wish("models" if model else "datasets", made["id"], paths))
        made["version"] = things.commit(made["id"])
        _tell_version(session, made, made["version"])
    elif not session.as_json:
        session.output.note("Next: gemini data put {name} PATH --commit", name=made["name"])
    session.show(made)


@data.command(
    "put", help="Upload files and folders into the draft of a dataset; what is there already is not sent again."
)
@of_models
@click.argument("name", type=NAME)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--to", "below", default="", metavar="FOLDER", help="The folder in the draft (default: its top).")
@click.option("--exclude", "excluded", multiple=True, metavar="PATTERN", help="Leave out what matches, as '*.tmp'.")
@click.option("--force", is_flag=True, help="Send also what seems to be there already.")
@click.option("--links", is_flag=True, help="Send also what links lead to outside of the folder.")
@click.option("--commit", "commits", is_flag=True, help="Commit a version when all is there.")
@click.option("--note", default="", help="What to remember of the version.")
def put(name: str, model: bool, paths: tuple[Path, ...], **wishes: Any) -> None:
    """A file keeps its name; of a folder everything in it comes, at its path in that folder. What the draft has
    already is not sent again, so an interrupted upload goes on."""
    from gemini_cli.uploads import Wish, upload

    session = command_session()
    things, asset = _things(session, model), _find(session, model, name)
    wish = Wish(
        "models" if model else "datasets",
        asset["id"],
        paths,
        wishes["below"],
        wishes["excluded"],
        wishes["force"],
        wishes["links"],
    )
    sent = upload(session, wish)
    answer: dict[str, Any] = {"id": asset["id"], "sent": sent.files, "bytes": sent.size, "there": sent.there}
    if not session.as_json:
        sentence = "Sent: {files} files, {size}. There already: {there}."
        session.output.say(sentence, files=sent.files, size=forms.size(sent.size), there=sent.there)
    if wishes["commits"]:
        version = things.commit(asset["id"], {"note": wishes["note"]})
        answer["version"] = version
        _tell_version(session, asset, version)
    session.show(answer)


@data.command("get", help="Download the files of a version of a dataset.")
@of_models
@click.argument("name", metavar="NAME[@VERSION]", type=NAME)
@click.argument("target", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--force", is_flag=True, help="Write over what is there.")
def get(name: str, model: bool, target: Path, force: bool) -> None:
    """Fetches what is not there yet, so that an interrupted download goes on."""
    from gemini_cli.downloads import download

    session = command_session()
    asset, version = _find_version(session, model, name)
    got = download(session, ("models" if model else "datasets", asset["id"], version["id"]), target, force)
    if not session.show({"id": asset["id"], "version": version, "got": got.files, "there": got.there}):
        sentence = "Got v{number} of {name}: {files} files, {size}. There already: {there}."
        size, number = forms.size(got.size), version["number"]
        session.output.say(sentence, name=asset["name"], number=number, files=got.files, size=size, there=got.there)


@data.command("commit", help="Make the draft of a dataset the next version.")
@of_models
@click.argument("name", type=NAME)
@click.option("--note", default="", help="What to remember of the version.")
def commit(name: str, model: bool, note: str) -> None:
    """The version never changes again."""
    session = command_session()
    asset = _find(session, model, name)
    version = _things(session, model).commit(asset["id"], {"note": note})
    if not session.show(version):
        _tell_version(session, asset, version)


def _tell_version(session: Session, asset: dict[str, Any], version: dict[str, Any]) -> None:
    if not session.as_json:
        size, files = forms.size(version["size"]), version["files"]
        sentence = "Committed: {name}@{number}, {files} files, {size}"
        session.output.say(sentence, name=asset["name"], number=version["number"], files=files, size=size)


@data.command("versions", help="List the versions of a dataset, or the files of one with NAME@VERSION or --draft.")
@of_models
@click.argument("name", metavar="NAME[@VERSION]", type=NAME)
@click.option("--draft", is_flag=True, help="The files of the draft.")
@paged
def versions(paging: Paging, name: str, model: bool, draft: bool) -> None:
    """Versions, newest first; files by path."""
    from gemini_cli.pages import Part

    session = command_session()
    things = _things(session, model)
    if draft or "@" in name:
        asset, version = (_find(session, model, name), None) if draft else _find_version(session, model, name)
        which = (asset["id"], version["id"]) if version else (asset["id"],)
        page = fetch(Part(things.version_files if version else things.draft_files, *which), paging)
        show_page(session, page, [">Size", "Path"], lambda one: (forms.size(one["size"]), one["path"]), "It is empty.")
        return
    asset = _find(session, model, name)
    page = fetch(Part(things.versions, asset["id"]), paging)
    columns = [">Version", ">~Files", ">~Size", "~Committed", "~~By", "~Note", "Id"]
    show_page(session, page, columns, _version_row, "It has no version yet. `gemini data commit NAME` makes one.")


def _version_row(one: dict[str, Any]) -> tuple[str, ...]:
    when, size = forms.moment(one["createdAt"]), forms.size(one["size"])
    return f"v{one['number']}", str(one["files"]), size, when, one["createdBy"], one["note"], one["id"]


@data.command("rm", help="Delete a dataset, one version of it (NAME@VERSION), or a file of its draft (--file).")
@of_models
@click.argument("name", metavar="NAME[@VERSION]", type=NAME)
@click.option("--file", "path", metavar="PATH", help="Only this file of the draft.")
@plan.confirmed_by
def rm(name: str, model: bool, path: str | None, yes: bool) -> None:
    """Deletes for good, after asking. What is mounted somewhere is refused by the platform."""
    session = command_session()
    things = _things(session, model)
    if path is not None:
        asset = _find(session, model, name)
        gone, what = {"id": asset["id"], "path": path}, f"{asset['name']}/{path}"
        delete = things.delete_file
        sentence = "Lost for good, unless a version has it: {what}"
    else:
        asset, version = _find_version(session, model, name) if "@" in name else (_find(session, model, name), None)
        what = f"{asset['name']}@{version['number']}" if version else asset["name"]
        gone = {"id": asset["id"], "versionId": version["id"]} if version else {"id": asset["id"]}
        delete = things.delete_version if version else things.delete
        sentence = "Lost for good: {what}, with all its files."
    if not yes:
        session.output.note(sentence, what=what)
        plan.ask(session, say("Delete {name}?", name=what))
    delete(*gone.values())
    if not session.show(gone):
        session.output.say("Deleted: {name}", name=what)


def _things(session: Session, model: bool) -> Any:
    return session.client.models if model else session.client.datasets


def _find(session: Session, model: bool, said: str) -> dict[str, Any]:
    return find_one(_things(session, model).iterate(), said, "model" if model else "dataset")


def _find_version(session: Session, model: bool, said: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The dataset and the version that `name@version` means; the newest where no version is named."""
    from gemini_client.names import Lookup

    kind, things = "model" if model else "dataset", _things(session, model)
    pick = Lookup(session.client).asset(kind, said, None)
    asset: dict[str, Any] = things.get(pick.asset)
    if pick.version:
        return asset, things.version(asset["id"], pick.version)
    if asset["latestVersion"] is None:
        raise Refusal(say("{name} has no version yet.", name=asset["name"]), name="no-version-yet")
    return asset, asset["latestVersion"]
