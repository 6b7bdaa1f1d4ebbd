"""Development environments: what a person asks of them. What becomes of it is the reconciler's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gemini_core.errors import Conflict, Forbidden, InvalidInput, NotFound
from gemini_core.prices import Prices
from gemini_core.quota import Holder
from gemini_core.roles import Standing, Visibility, manages, sees_shared
from gemini_core.states import ENVIRONMENT_IDLE, EnvironmentState, Target
from sqlalchemy import Connection, RowMapping, and_, insert, or_, select

from gemini_control.managers import access, ledger, limits, mounts, resources
from gemini_control.managers.admission import Admission
from gemini_control.managers.environment_texts import RAW, EnvironmentTexts
from gemini_control.managers.environment_views import EnvironmentViews
from gemini_control.managers.filters import Filters
from gemini_control.managers.persons import Persons
from gemini_control.managers.runtimes import check_image
from gemini_control.models.environments import EnvironmentChange, EnvironmentIn, EnvironmentOut
from gemini_control.models.resources import DatasetIn, ModelIn
from gemini_control.models.wire import Written
from gemini_control.store import audit, ids, progress
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_control.store.paging import Page, PageRequest, fetch_raw
from gemini_control.store.unchanged import Unchanged
from gemini_control.viewers import Viewer

STATUSES = ("running", "stopped")


@dataclass(frozen=True, kw_only=True)
class EnvironmentFilters(Filters):
    """What a list of environments is narrowed to."""

    status: str | None = None

    def narrowed(self, query: Any, rows: Any) -> Any:
        """`query` over `rows` with the conditions."""
        if self.status is not None:
            running = rows.c.state == EnvironmentState.RUNNING
            query = query.where(running if self.status == "running" else ~running)
        return super().narrowed(query, rows)


class Environments:
    """The manager. `admission` decides who starts at once; `persons` is told whose Lab it will be."""

    def __init__(self, store: Store, admission: Admission, views: EnvironmentViews, persons: Persons) -> None:
        self.store = store
        self.admission = admission
        self.views = views
        self.texts = EnvironmentTexts(views)
        self._pages: Unchanged[tuple[Prices, Page[Written]]] = Unchanged(lambda found: _lasts(found[1]))
        self.persons = persons

    async def create(self, viewer: Viewer, wish: EnvironmentIn) -> EnvironmentOut:
        """A new environment that starts now, or when there is room."""

        def write(tx: Connection) -> str:
            now = datetime.now(UTC)
            plan = plan_of(tx, self.admission, viewer, wish)
            environment_id = self._insert(tx, viewer, plan, wish, now)
            self.admission.join(tx, now)
            return environment_id

        return await self._started(viewer, await self.store.write(write))

    async def get(self, viewer: Viewer, environment_id: str) -> EnvironmentOut:
        """One environment; NotFound for what is not the viewer's to know of."""

        def read(tx: Connection) -> EnvironmentOut:
            row = find(tx, viewer, environment_id)
            return self.views.models(tx, [row], viewer.language)[0]

        return await self.store.read(read)

    async def list(self, viewer: Viewer, filters: EnvironmentFilters, page: PageRequest) -> Page[Written]:
        """The environments that the viewer may know of."""

        prices = self.texts.prices()
        key = (viewer.name, viewer.operator, viewer.language, filters, page)

        def read(tx: Connection) -> Page[Written]:
            rows = t.environments
            query = filters.narrowed(RAW.where(rows.c.deleted_at.is_(None), visible(tx, viewer, rows)), rows)
            found = fetch_raw(tx, query, filters.key(rows), page, newest_first=filters.newest_first)
            return Page(self.texts.of(tx, found.items, viewer.language), found.next, found.total)

        def look(tx: Connection) -> tuple[Prices, Page[Written]]:
            # Prices are a file beside the database.
            found = self._pages.get(tx, key, lambda: (prices, read(tx)))
            return found if found[0] is prices else (prices, read(tx))

        return (await self.store.read(look))[1]

    async def start(self, viewer: Viewer, environment_id: str) -> EnvironmentOut:
        """Wish it running. One that runs, starts or waits stays as it is."""

        def write(tx: Connection) -> str:
            row = own(tx, viewer, environment_id)
            if row["target"] == Target.RUNNING and row["state"] not in ENVIRONMENT_IDLE:
                return environment_id
            if row["state"] not in ENVIRONMENT_IDLE:
                self._go_on(tx, viewer, row, "start")
            else:
                self._queue(tx, viewer, row, datetime.now(UTC))
            return environment_id

        return await self._started(viewer, await self.store.write(write))

    async def stop(self, viewer: Viewer, environment_id: str) -> EnvironmentOut:
        """Wish it stopped: its creator, owners, admins and operators may."""
        return await self.get(viewer, await self._wish(viewer, environment_id, Target.STOPPED))

    async def restart(self, viewer: Viewer, environment_id: str) -> EnvironmentOut:
        """Stop it and start it again as it is described now."""

        def write(tx: Connection) -> str:
            row = own(tx, viewer, environment_id)
            now = datetime.now(UTC)
            if row["state"] in ENVIRONMENT_IDLE:
                self._queue(tx, viewer, row, now)
            elif row["state"] in (EnvironmentState.RUNNING, EnvironmentState.STARTING):
                # Stopping with the target running: the reconciler puts it into the line again.
                self._check(tx, row)
                progress.move_environment(tx, environment_id, EnvironmentState.STOPPING, now, target=Target.RUNNING)
                note(tx, viewer, "restart", row)
            elif row["target"] != Target.RUNNING:
                self._go_on(tx, viewer, row, "restart")
            return environment_id

        return await self._started(viewer, await self.store.write(write))

    async def delete(self, viewer: Viewer, environment_id: str) -> None:
        """Wish it gone: it is stopped first, then its row is hidden for good."""
        await self._wish(viewer, environment_id, Target.DELETED)

    async def change(self, viewer: Viewer, environment_id: str, wish: EnvironmentChange) -> EnvironmentOut:
        """Change what `wish` names; resources, image and mounts only while it is stopped."""

        def write(tx: Connection) -> str:
            row = own(tx, viewer, environment_id)
            values = self._changed(tx, viewer, row, wish)
            if values:
                progress.change_environment(tx, environment_id, **values)
                old = {key: row[key] for key in values}
                note(tx, viewer, "change", row, old=old, new=values)
            return environment_id

        return await self.get(viewer, await self.store.write(write))

    async def _started(self, viewer: Viewer, environment_id: str) -> EnvironmentOut:
        await self.persons.lend_language(viewer, environment_id)
        return await self.get(viewer, environment_id)

    async def _wish(self, viewer: Viewer, environment_id: str, target: Target) -> str:
        def write(tx: Connection) -> str:
            row = find(tx, viewer, environment_id)
            if row["target"] not in (target, Target.DELETED):
                set_target(tx, row, target, datetime.now(UTC))
                note(tx, viewer, "delete" if target == Target.DELETED else "stop", row)
            return environment_id

        return await self.store.write(write)

    def _insert(self, tx: Connection, viewer: Viewer, plan: Plan, wish: EnvironmentIn, now: datetime) -> str:
        environment_id = ids.new("environment")
        tx.execute(
            insert(t.environments).values(
                id=environment_id,
                workspace_id=plan.project["workspace_id"],
                project_id=plan.project["id"],
                owner=viewer.name,
                name=wish.name,
                type="notebook",
                image=plan.image,
                **plan.resources.columns(),
                target=Target.RUNNING,
                state=EnvironmentState.QUEUED,
                state_since=now,
                tags=wish.tags,
                created_at=now,
            )
        )
        mounts.replace(tx, "environment", environment_id, plan.mounted)
        progress.announce_environment(tx, environment_id, "created")
        row = progress.environment(tx, environment_id)
        assert row is not None
        note(tx, viewer, "create", row)
        return environment_id

    def _check(self, tx: Connection, row: RowMapping) -> None:
        """Raises why it cannot be started, as it is described now."""
        ledger.require_credit(tx, row["workspace_id"])
        resources.check_row(tx, self.admission.backend, row)
        limits.check_row(tx, row)
        self.admission.runs.price(row)

    def _go_on(self, tx: Connection, viewer: Viewer, row: RowMapping, action: str) -> None:
        """Take back that it stops: it starts again once it has stopped."""
        self._check(tx, row)
        progress.change_environment(tx, row["id"], target=Target.RUNNING)
        note(tx, viewer, action, row)

    def _queue(self, tx: Connection, viewer: Viewer, row: RowMapping, now: datetime) -> None:
        self._check(tx, row)
        queue(tx, row, now)
        note(tx, viewer, "start", row)
        self.admission.join(tx, now)

    def _changed(self, tx: Connection, viewer: Viewer, row: RowMapping, wish: EnvironmentChange) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if wish.name is not None:
            values["name"] = wish.name
        if wish.tags is not None:
            values["tags"] = wish.tags
        resourced = wish.specification_id is not None or wish.resource_config is not None
        mounted = wish.datasets is not None or wish.models is not None
        if not (resourced or mounted or wish.image is not None):
            return values
        if row["state"] not in ENVIRONMENT_IDLE:
            raise Conflict("environment-not-stopped")
        if wish.image is not None:
            values["image"] = check_image(self.admission.backend.cluster, wish.image)
        if resourced:
            chosen = resources.resolve(tx, self.admission.backend, wish.specification_id, wish.resource_config)
            holder = Holder(row["workspace_id"], row["owner"])
            limits.check_whole(tx, holder, chosen.amount(), chosen.specification_id)
            values |= chosen.columns()
            self.admission.runs.price({**row, **values})  # type: ignore[arg-type]
        if mounted:
            _remount(tx, viewer, row, wish)
            values.setdefault("tags", row["tags"])
        return values


@dataclass(frozen=True)
class Plan:
    """What a creation comes to."""

    project: RowMapping
    image: str
    resources: resources.Resources
    mounted: tuple[mounts.Mounted, ...]


def plan_of(tx: Connection, admission: Admission, viewer: Viewer, wish: EnvironmentIn) -> Plan:
    """What the form comes to, every check made in the form's order."""
    if not wish.project_id:
        raise InvalidInput("project-required", field="projectId")
    project = usable_project(tx, viewer, wish.project_id)
    chosen_image = wish.image or (wish.resource_config.image if wish.resource_config else "")
    image = check_image(admission.backend.cluster, chosen_image)
    specification = wish.specification_id
    if not specification and wish.resource_config is None:
        specification = resources.default_specification(tx, project)
    chosen = resources.resolve(tx, admission.backend, specification, wish.resource_config)
    limits.check_whole(tx, Holder(project["workspace_id"], viewer.name), chosen.amount(), chosen.specification_id)
    mounted = mounts.resolve(tx, viewer, project["workspace_id"], wanted(wish.datasets, wish.models))
    ledger.require_credit(tx, project["workspace_id"])
    admission.runs.prices.price(chosen.priced(), chosen.specification_id)
    return Plan(project, image, chosen, mounted)


def wanted(datasets: list[DatasetIn], models: list[ModelIn]) -> tuple[mounts.Wanted, ...]:
    """What a form mounts; an empty line of it mounts nothing."""
    chosen = [
        *(("dataset", one.dataset_id, one.version_id, f"datasets.{n}") for n, one in enumerate(datasets)),
        *(("model", one.model_id, one.version_id, f"models.{n}") for n, one in enumerate(models)),
    ]
    return tuple(mounts.Wanted(kind, asset, version, field) for kind, asset, version, field in chosen if asset)  # type: ignore[arg-type]


def usable_project(tx: Connection, viewer: Viewer, project_id: str) -> RowMapping:
    """The project that a member may work in; NotFound for all others."""
    rows = t.projects
    project = tx.execute(select(rows).where(rows.c.id == project_id, rows.c.deleted_at.is_(None))).mappings().first()
    if project is None:
        raise NotFound("not-found", field="projectId")
    standing = access.standing(tx, viewer, project["workspace_id"])
    # Work is charged to the project's workspace, so only its members start any.
    if standing.role is None or not sees_shared(standing, project["owner"], Visibility(project["visibility"])):
        raise NotFound("not-found", field="projectId")
    return project


def find(tx: Connection, viewer: Viewer, environment_id: str) -> RowMapping:
    """The row of an environment that the viewer may know of; NotFound for all others."""
    row = progress.environment(tx, environment_id)
    if row is None:
        raise NotFound("not-found")
    access.require_work(tx, viewer, row["workspace_id"], row["owner"])
    return row


def own(tx: Connection, viewer: Viewer, environment_id: str) -> RowMapping:
    """As `find`, of the viewer's own: others may see and stop it, not start or change it."""
    row = find(tx, viewer, environment_id)
    if row["owner"] != viewer.name:
        raise Forbidden("owner-only", owner=row["owner"])
    if row["target"] == Target.DELETED:
        raise NotFound("not-found")
    return row


def _lasts(page: Page[Written]) -> bool:
    return all(one.lasting for one in page.items)


def visible(tx: Connection, viewer: Viewer, rows: Any) -> Any:
    """The condition of what a viewer may know of, for environments and tasks alike (TEN-2b)."""
    if viewer.operator:
        return True
    roles = access.workspaces_of(tx, viewer.name)
    managed = [workspace for workspace, role in roles.items() if manages(Standing(viewer.name, role, False))]
    mine = and_(rows.c.owner == viewer.name, rows.c.workspace_id.in_(list(roles)))
    # Where one half holds all that the other does, an index gives the rest in order.
    if not managed:
        return mine
    return (
        rows.c.workspace_id.in_(managed) if len(managed) == len(roles) else or_(rows.c.workspace_id.in_(managed), mine)
    )


def set_target(tx: Connection, row: RowMapping, target: Target, now: datetime, **why: Any) -> None:
    """Wish it stopped or deleted; what starts or runs is stopping from now on."""
    if row["state"] in (EnvironmentState.STARTING, EnvironmentState.RUNNING):
        progress.move_environment(tx, row["id"], EnvironmentState.STOPPING, now, target=target, **why)
    else:
        progress.change_environment(tx, row["id"], target=target)


def queue(tx: Connection, row: RowMapping, now: datetime) -> None:
    """Put it into the line."""
    progress.move_environment(
        tx, row["id"], EnvironmentState.QUEUED, now, target=Target.RUNNING, steps=[], gpu_indices=[], started_at=None
    )


def note(tx: Connection, viewer: Viewer, action: str, row: RowMapping, **change: Any) -> None:
    """Write the audit log."""
    about = {"name": row["name"], "state": row["state"]}
    entry = audit.Entry(
        action,
        progress.ENVIRONMENT,
        row["id"],
        row["workspace_id"],
        old=change.get("old", about),
        new=change.get("new"),
    )
    audit.write(tx, viewer.name, viewer.source, entry)


def _remount(tx: Connection, viewer: Viewer, row: RowMapping, wish: EnvironmentChange) -> None:
    kept = mounts.of(tx, [row["id"]])[row["id"]]
    fresh = mounts.resolve(tx, viewer, row["workspace_id"], wanted(wish.datasets or [], wish.models or []))
    left = [
        one
        for one in kept
        if (one.kind == "dataset" and wish.datasets is None) or (one.kind == "model" and wish.models is None)
    ]
    mounts.replace(tx, "environment", row["id"], (*left, *fresh))
