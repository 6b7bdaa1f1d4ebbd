"""`%gemini train` and `%%gemini train`: a script of the project's code, or the cell itself."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from gemini_client.names import listed
from gemini_client.submissions import command_of, draft_task
from gemini_core.errors import InvalidInput
from gemini_core.messages import text
from gemini_core.slugs import FALLBACK, slug

from gemini_magics.parsing import Given
from gemini_magics.session import Session
from gemini_magics.tasks import NotebookTask

CELLS = "gemini-cells"
"""The folder beside the notebook in which cells are kept that were trained."""
MOST_LISTED = 200


def train(session: Session, given: Given, cell: str | None) -> NotebookTask:
    """Submits, shows the task live, and returns it; with `--wait` after its end. GeminiError where it is refused."""
    made = _of_script(session, given) if cell is None else _of_cell(session, given, cell)
    task = NotebookTask(session, session.client.tasks.create(made)["taskId"])
    session.latest = task.id
    task.show()
    if given.options.get("wait"):
        task.wait()
        if not hasattr(session.shell, "kernel"):
            task.show()
    return task


def _of_script(session: Session, given: Given) -> dict[str, Any]:
    if not given.words and not given.options.get("command"):
        raise InvalidInput("magic.script-required", field="command")
    script = find_script(session, given.words[0]) if given.words else None
    return draft_task(session.client, given.options, script, given.words[1:])


def find_script(session: Session, said: str) -> str:
    """The path of a script in the project's code; looked for beside the notebook, then from the code's root.

    Outside an environment it is taken as it was said. InvalidInput where it is not there, or where a task could
    not read it.
    """
    code = session.environ.get("GEMINI_CODE")
    if not code:
        return said
    root = Path(code).resolve()
    for place in (Path.cwd(), root):
        path = (place / said).resolve()
        if path.is_file():
            if not path.is_relative_to(root):
                raise InvalidInput("script-outside", field="command", said=said, code=code)
            return path.relative_to(root).as_posix()
    known = listed(scripts_below(root), said, session.language)
    raise InvalidInput("no-such-script", field="command", said=said, known=known)


def scripts_below(root: Path) -> list[str]:
    """Python files and shell scripts of the code, the highest first; hidden folders are left out."""
    found: list[str] = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        place = Path(folder).relative_to(root)
        found += [(place / name).as_posix() for name in sorted(files) if name.endswith((".py", ".sh"))]
        if len(found) > MOST_LISTED:
            break
    return sorted(found[:MOST_LISTED], key=lambda path: (path.count("/"), path))


def _of_cell(session: Session, given: Given, cell: str) -> dict[str, Any]:
    """The cell as a file beside the notebook, so that it is part of the snapshot that the task runs."""
    if given.options.get("command"):
        raise InvalidInput("magic.cell-and-command", field="command")
    check_script(cell)
    name = given.options.get("name") or name_of_cell(session)
    folder = folder_of_notebook(session)
    stem = slug(name)
    # A name without a single Latin letter says nothing as a file's; the cell does.
    path = PurePosixPath(folder, CELLS, f"{slug(name_of_cell(session)) if stem == FALLBACK else stem}.py")
    options = {**given.options, "name": name, "command": command_of_cell(path, folder, given.words)}
    body = draft_task(session.client, options)
    body.setdefault("projectId", _project_of(session, body))
    with tempfile.TemporaryDirectory(prefix="gemini-") as made:
        source = Path(made, path.name)
        source.write_text(cell, encoding="utf-8")
        session.client.projects.upload_code(body["projectId"], str(path), source)
    sys.stdout.write(text("nb.script-at", session.language, path=path) + "\n")
    return body


def check_script(cell: str) -> None:
    """InvalidInput unless Python itself can run the cell: before anything starts that costs."""
    if not cell.strip():
        raise InvalidInput("magic.cell-empty", field="command")
    try:
        compile(cell, "<cell>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        said = getattr(error, "msg", None) or str(error)
        raise InvalidInput("magic.cell-no-python", field="command", line=line, said=said) from error


def name_of_cell(session: Session) -> str:
    """After notebook and cell, so that the next run of the same cell replaces its file and no other's."""
    notebook = Path(session.environ.get("JPY_SESSION_NAME") or "cell").stem
    parent = session.shell.get_parent() if hasattr(session.shell, "get_parent") else {}
    cell = str(parent.get("metadata", {}).get("cellId") or session.shell.execution_count)
    return f"{notebook}-{cell.split('-', maxsplit=1)[0]}"


def folder_of_notebook(session: Session) -> str:
    """The kernel's folder below the project's code; empty where it is the code's root, or elsewhere."""
    root = Path(session.environ.get("GEMINI_CODE") or "/gemini/code").resolve()
    here = Path.cwd()
    return here.relative_to(root).as_posix().removeprefix(".") if here.is_relative_to(root) else ""


def command_of_cell(path: PurePosixPath, folder: str, arguments: Sequence[str]) -> str:
    """Runs it as the notebook would: in the notebook's folder, with what lies there to import."""
    inside = path.relative_to(folder) if folder else path
    run = f"PYTHONPATH=. {command_of(str(inside), arguments)}"
    return f"cd {shlex.quote(folder)} && {run}" if folder else run


def _project_of(session: Session, body: dict[str, Any]) -> str:
    if body.get("environmentId"):
        return str(session.client.environments.get(body["environmentId"])["projectId"])
    newest = session.client.projects.list(limit=1).items
    if not newest:
        raise InvalidInput("project-required", field="projectId")
    return str(newest[0]["id"])
