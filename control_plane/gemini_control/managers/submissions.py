"""From a training form to what it comes to: checks in the form's order, defaults, what is mounted where."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from gemini_core import submissions
from gemini_core.errors import Conflict, Forbidden, InvalidInput, NotFound
from gemini_core.quota import Holder
from gemini_core.ranks import Role, world_size
from gemini_core.roles import Visibility, sees_shared
from gemini_core.states import EnvironmentState, LaunchMode, Target
from gemini_core.submissions import Form, trimmed
from sqlalchemy import Connection, RowMapping, select

from gemini_control.managers import access, environments, ledger, limits, mounts, resources
from gemini_control.managers.admission import Admission
from gemini_control.managers.mounts import Mounted, Wanted
from gemini_control.managers.runtimes import check_image
from gemini_control.models.tasks import TaskIn
from gemini_control.store import tables as t
from gemini_control.viewers import Viewer


@dataclass(frozen=True)
class Submission:
    """What a form comes to. `resources` of a dynamic task, `environment` of an existing one."""

    form: Form
    project: RowMapping
    command: str
    image: str
    mounted: tuple[Mounted, ...]
    resources: resources.Resources | None = None
    environment: RowMapping | None = None
    roles: tuple[Role, ...] = ()
    """Of a distributed task, each with the command that it runs."""


def form_of(wish: TaskIn) -> Form:
    """The form as core checks it."""
    zone = wish.resource_config.availability_zone if wish.resource_config else None
    return Form(
        task_name=trimmed(wish.task_name),
        datasets=tuple(want.asset_id for want in wanted(wish) if want.kind == "dataset"),
        models=tuple(want.asset_id for want in wanted(wish) if want.kind == "model"),
        launch_mode=trimmed(wish.launch_mode),
        environment_id=wish.environment_id or "",
        zone=zone or wish.specification_id or "",
        command=trimmed(wish.command),
        description=trimmed(wish.description),
        mode=trimmed(wish.mode) or (submissions.DISTRIBUTED if wish.roles else submissions.STANDALONE),
        max_duration=wish.max_duration,
        roles=tuple(Role(trimmed(role.name), role.instances, trimmed(role.command)) for role in wish.roles),
        priority=wish.priority,
        retries=wish.retries,
    )


def wanted(wish: TaskIn) -> tuple[Wanted, ...]:
    """All that the form mounts: the one dataset and model of API-3, then the lists beside them."""
    return tuple({(one.kind, one.asset_id): one for one in reversed([*_wanted(wish)])}.values())[::-1]


def _wanted(wish: TaskIn) -> Iterator[Wanted]:
    if wish.dataset_id:
        yield Wanted("dataset", wish.dataset_id, wish.dataset_version_id, "datasetId")
    for number, dataset in enumerate(wish.datasets):
        if dataset.dataset_id:
            yield Wanted("dataset", dataset.dataset_id, dataset.version_id, f"datasets.{number}")
    if wish.model_id:
        yield Wanted("model", wish.model_id, wish.model_version_id, "modelId")
    for number, model in enumerate(wish.models):
        if model.model_id:
            yield Wanted("model", model.model_id, model.version_id, f"models.{number}")


def check(tx: Connection, admission: Admission, viewer: Viewer, wish: TaskIn) -> Submission:
    """What the form comes to; the first thing that is wrong is raised."""
    form = form_of(wish)
    for problem in submissions.problems(form):
        raise problem
    if form.launch_mode == LaunchMode.EXISTING:
        return _existing(tx, viewer, wish, form)
    return _dynamic(tx, admission, viewer, wish, form)


def _existing(tx: Connection, viewer: Viewer, wish: TaskIn, form: Form) -> Submission:
    row = usable_environment(tx, viewer, form.environment_id)
    if wish.project_id and wish.project_id != row["project_id"]:
        raise Conflict("project-not-there", field="projectId", environment=row["name"])
    project = environments.usable_project(tx, viewer, row["project_id"])
    mounted = mounted_there(tx, viewer, row, wanted(wish))
    ledger.require_credit(tx, project["workspace_id"])
    return Submission(form, project, command_of(form, project), row["image"], mounted, environment=row)


def _dynamic(tx: Connection, admission: Admission, viewer: Viewer, wish: TaskIn, form: Form) -> Submission:
    project = project_of(tx, viewer, wish.project_id)
    config = wish.resource_config
    # Beside a specification a configuration says the image alone.
    free = config if config and (not wish.specification_id or config.model_fields_set - {"image"}) else None
    chosen = resources.resolve(tx, admission.backend, wish.specification_id, free, instances_of(form))
    limits.check_whole(tx, Holder(project["workspace_id"], viewer.name), chosen.amount(), chosen.specification_id)
    image = check_image(admission.backend.cluster, config.image if config else "")
    mounted = mounts.resolve(tx, viewer, project["workspace_id"], wanted(wish))
    ledger.require_credit(tx, project["workspace_id"])
    admission.runs.prices.price(chosen.priced(), chosen.specification_id)
    roles = roles_of(form, project)
    command = roles[0].command if roles else command_of(form, project)
    return Submission(form, project, command, image, mounted, resources=chosen, roles=roles)


def usable_environment(tx: Connection, viewer: Viewer, environment_id: str) -> RowMapping:
    """A running environment of the caller's own."""
    try:
        row = environments.find(tx, viewer, environment_id)
    except NotFound as error:
        raise NotFound(error.name, field="environmentId") from error
    if row["owner"] != viewer.name:
        raise Forbidden("owner-only", field="environmentId", owner=row["owner"])
    if row["state"] != EnvironmentState.RUNNING or row["target"] != Target.RUNNING:
        raise Conflict("environment-not-running", field="environmentId", environment=row["name"])
    return row


def mounted_there(tx: Connection, viewer: Viewer, row: RowMapping, wants: tuple[Wanted, ...]) -> tuple[Mounted, ...]:
    """What of an environment's mounts the form means; Conflict names what is not mounted (TRAIN-13)."""
    there = mounts.of(tx, [row["id"]])[row["id"]]
    found: list[Mounted] = []
    missing: list[str] = []
    for want in wants:
        one = next((m for m in there if m.asset_id == want.asset_id and want.version_id in (None, m.version_id)), None)
        if one is not None:
            found.append(one)
        else:
            # Whether the caller may know of it comes first, so that a name is told only to who may.
            (pinned,) = mounts.resolve(tx, viewer, row["workspace_id"], [want])
            missing.append(f"{pinned.asset_name} v{pinned.version_number}")
    if missing:
        field = wants[0].field if len(wants) == 1 else "datasetId"
        raise Conflict("not-mounted", field=field, environment=row["name"], missing=", ".join(missing))
    return tuple(found)


def command_of(form: Form, project: RowMapping) -> str:
    """The command to run: the form's, else the project's."""
    command = form.command or trimmed(project["default_command"])
    if not command:
        raise InvalidInput("command-required", field="command")
    return command


def roles_of(form: Form, project: RowMapping) -> tuple[Role, ...]:
    """The roles with the command that each runs: its own, else the form's, else the project's."""
    common = form.command or trimmed(project["default_command"])
    roles = tuple(replace(role, command=role.command or common) for role in form.roles)
    for index, role in enumerate(roles):
        if not role.command:
            raise InvalidInput("command-required", field=f"roles[{index}].command")
    return roles


def instances_of(form: Form) -> int:
    """How many times a task needs its resources; 1 where the roles say nothing sensible yet."""
    return max(1, world_size(form.roles))


def project_of(tx: Connection, viewer: Viewer, project_id: str | None) -> RowMapping:
    """The project of a task that names no environment: the one named, else the person's last, else their newest."""
    if project_id:
        return environments.usable_project(tx, viewer, project_id)
    last = tx.scalar(select(t.persons.c.last_project_id).where(t.persons.c.name == viewer.name))
    for candidate in itertools.chain([last], _projects(tx, viewer)):
        try:
            return environments.usable_project(tx, viewer, candidate or "")
        except NotFound:
            continue
    raise InvalidInput("project-required", field="projectId")


def _projects(tx: Connection, viewer: Viewer) -> Iterator[str]:
    rows: Any = t.projects
    roles = access.workspaces_of(tx, viewer.name)
    query = select(rows).where(rows.c.workspace_id.in_(list(roles)), rows.c.deleted_at.is_(None))
    for row in tx.execute(query.order_by(rows.c.created_at.desc()).limit(50)).mappings().all():
        if sees_shared(access.standing(tx, viewer, row["workspace_id"]), row["owner"], Visibility(row["visibility"])):
            yield row["id"]
