"""`%gemini status|logs|stop|cost|datasets|tensorboard`: looking at what there is."""

from __future__ import annotations

import html
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from gemini_client import TaskHandle
from gemini_client.names import find_task
from gemini_core.errors import InvalidInput, NotFound
from gemini_core.messages import text
from gemini_core.wording import file_size, points
from IPython.display import HTML, IFrame

from gemini_magics.parsing import Given
from gemini_magics.rendering import badge, link, took, where_of
from gemini_magics.session import Session
from gemini_magics.tables import Column, Table
from gemini_magics.tasks import NotebookTask

MOST_TASKS = 20
TAIL = 100
HEIGHT = 800
SUMS = ("day", "project", "person")


def status(session: Session, given: Given) -> NotebookTask | Table:
    """One task live, or the latest ones: a list of tasks."""
    if given.words:
        task = find(session, given)
        task.show()
        return task
    filters = {} if given.options.get("all") else {"owner": session.client.me()["name"]}
    models = session.client.tasks.list(limit=MOST_TASKS, **filters).items
    language, now = session.language, datetime.now(UTC)
    tasks = [NotebookTask(session, model["id"], model) for model in models]
    columns = [Column(text(f"column.{name}", language)) for name in ("state", "name", "where")]
    columns += [Column(text(f"column.{name}", language), number=True) for name in ("took", "cost")]
    columns += [Column(text("column.id", language))]
    cells = [
        [
            badge(task.model["state"], language),
            link(task.name, task.url),
            html.escape(where_of(task.model, language)),
            took(task.model, now, language),
            points(task.model["cost"], language),
            task.id,
        ]
        for task in tasks
    ]
    return Table(tasks, columns, cells, "" if tasks else text("magic.no-task-yet", language))


def logs(session: Session, given: Given) -> None:
    """Prints the end of a log, or all of it as it grows. Interrupting it stops the printing, not the task."""
    task = find(session, given)
    which = {key: given.options[key] for key in ("role", "rank") if key in given.options}
    if given.options.get("follow"):
        for line in task.logs(follow=True, **which):
            sys.stdout.write(line + "\n")
        return
    said = task.logs(tail=given.options.get("tail", TAIL), **which)
    sys.stdout.write(said if said.endswith("\n") or not said else said + "\n")
    if not said:
        sys.stdout.write(text("nb.no-output-yet", session.language) + "\n")


def stop(session: Session, given: Given) -> TaskHandle:
    """Wants a task stopped; the task, whose display says when it is."""
    task = find(session, given)
    task.stop()
    task.show()
    return task


def find(session: Session, given: Given) -> NotebookTask:
    """The task that was named; else the one of this notebook; else the person's latest. NotFound where none is."""
    client = session.client
    if given.words:
        model = find_task(client, given.words[0])
    elif session.latest:
        model = client.tasks.get(session.latest)
    else:
        mine = client.tasks.list(limit=1, owner=client.me()["name"]).items
        if not mine:
            raise NotFound("magic.no-task-yet")
        model = mine[0]
    session.latest = model["id"]
    return NotebookTask(session, model["id"], model)


def cost(session: Session, given: Given) -> Table:
    """What was spent, by day, project or person, and what is left."""
    by, language = given.options.get("by", SUMS[0]), session.language
    if by not in SUMS:
        raise InvalidInput("field-choice", field="by", choices=", ".join(SUMS))
    sums = session.client.costs(by=by)
    left = [
        text("nb.balance", language, workspace=one["name"], amount=points(one["balance"], language))
        for one in session.client.me()["workspaces"]
    ]
    columns = [Column(text(f"column.{by}", language))]
    columns += [Column(text(f"column.{name}", language), number=True) for name in ("cost", "time")]
    cells = [
        [html.escape(one["name"] or one["key"]), points(abs(Decimal(one["amount"])), language), f"{one['minutes']:,}"]
        for one in sums
    ]
    note = " · ".join(left if sums else [*left, text("nb.nothing-spent", language)])
    return Table(sums, columns, cells, note)


def datasets(session: Session, given: Given) -> Table:
    """The datasets that may be used, and where they are mounted here."""
    client, language = session.client, session.language
    here = client.me()["environmentId"]
    mounts = client.environments.get(here)["mounts"] if here else []
    found = list(client.datasets.iterate())
    names = ("name", "version", "size", "mounted") if here else ("name", "version", "size")
    columns = [Column(text(f"column.{name}", language), number=name == "size") for name in names]
    cells = [_dataset(one, mounts, language)[: len(names)] for one in found]
    return Table(found, columns, cells, "" if found else text("nb.no-datasets", language))


def _dataset(one: Mapping[str, Any], mounts: list[dict[str, Any]], language: str) -> list[str]:
    version = one["latestVersion"]
    here = [f"{mount['path']} (@{mount['versionNumber']})" for mount in mounts if mount["assetId"] == one["id"]]
    newest = f"@{version['number']}" if version else text("nb.no-version", language)
    return [html.escape(one["name"]), newest, file_size(version["size"]) if version else "", ", ".join(here)]


def tensorboard(session: Session, given: Given) -> IFrame | HTML:
    """TensorBoard over the project's outputs; it starts when it is first looked at."""
    place = session.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    if not place or "GEMINI_ENVIRONMENT_ID" not in session.environ:
        raise InvalidInput("magic.outside")
    url = f"{place}gemini-tensorboard/"
    if hasattr(session.shell, "kernel"):
        return IFrame(url, width="100%", height=given.options.get("height", HEIGHT))
    sys.stdout.write(text("nb.tensorboard-at", session.language, url=url) + "\n")
    return HTML("")
