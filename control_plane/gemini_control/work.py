"""Everything that concerns work — environments, tasks, runs — built over one backend."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gemini_core import cluster_plan
from sqlalchemy import Connection

from gemini_control.addresses import Addresses
from gemini_control.backends import machine
from gemini_control.backends.base import Backend
from gemini_control.backends.lines import Queues
from gemini_control.background import Background
from gemini_control.events import Broadcaster
from gemini_control.home import Home
from gemini_control.hub import Hub
from gemini_control.managers.admission import Admission
from gemini_control.managers.cluster_admission import ClusterAdmission
from gemini_control.managers.cluster_zones import ClusterZones
from gemini_control.managers.environment_views import EnvironmentViews
from gemini_control.managers.environments import Environments
from gemini_control.managers.launch_plans import LaunchPlans
from gemini_control.managers.live import LiveUsage
from gemini_control.managers.logs import Logs
from gemini_control.managers.persons import Persons
from gemini_control.managers.previews import Previews
from gemini_control.managers.prices import PriceList
from gemini_control.managers.queue_members import QueueMembers
from gemini_control.managers.quota import Quota
from gemini_control.managers.runs import Runs
from gemini_control.managers.snapshots import Snapshots
from gemini_control.managers.task_views import TaskViews
from gemini_control.managers.tasks import Tasks
from gemini_control.reconcilers.clock import Clock
from gemini_control.reconcilers.environments import EnvironmentReconciler
from gemini_control.reconcilers.line import LineReconciler
from gemini_control.reconcilers.sampler import Sampler
from gemini_control.reconcilers.tasks import TaskReconciler
from gemini_control.store import outbox, progress
from gemini_control.store.database import Store
from gemini_control.store.lease import Lease

CLUSTER_VARIABLE = "GEMINI_CLUSTER"


@dataclass
class Given:
    """What work is built from."""

    home: Home
    store: Store
    lease: Lease
    hub: Hub
    events: Broadcaster
    zone: ZoneInfo
    prices: PriceList
    backend: Backend
    subdomain_host: str = ""


@dataclass
class Work:
    """The managers of work; handlers call them. `leading` moves what they wish for, on the replica that leads;
    `background` works on every one."""

    backend: Backend
    environments: Environments
    launch_plans: LaunchPlans
    previews: Previews
    quota: Quota
    tasks: Tasks
    logs: Logs
    background: list[Background]
    leading: list[Background]


def build_work(given: Given) -> Work:
    """Build all of it; nothing is started yet."""
    usage = LiveUsage()
    runs = Runs(given.prices, given.zone)
    leaders = given.lease.leaders()
    queues = given.backend.queues(QueueMembers(given.store))
    admission, keeping = _admission(given.backend, runs, queues, leaders)
    environment_views = EnvironmentViews(Addresses(given.hub.base_url, given.subdomain_host), usage, runs)
    task_views = TaskViews(runs, given.backend.typical_start_seconds)
    logs = Logs(given.store, given.backend.store, shared=given.backend.cluster is not None)
    outbox.register_view(progress.ENVIRONMENT, _wire(environment_views))
    outbox.register_view(progress.TASK, _wire(task_views))
    return Work(
        backend=given.backend,
        environments=Environments(given.store, admission, environment_views, Persons(given.store, given.backend)),
        launch_plans=LaunchPlans(given.store, given.backend.cluster),
        previews=Previews(given.store, admission),
        quota=Quota(given.store, admission),
        tasks=Tasks(given.store, admission, Snapshots(given.backend.store), task_views),
        logs=logs,
        background=[
            # First to start, last to end: all below work with it.
            Lasting(given.backend.start, given.backend.close),
            *(queues.everywhere if queues else ()),
            Sampler(given.store, given.events, given.backend, usage),
            Lasting(None, logs.close),
        ],
        # These write by the leader's way into the database and can be started again after a stop.
        leading=[
            *keeping,
            EnvironmentReconciler(leaders, given.hub, given.backend, admission),
            TaskReconciler(leaders, given.hub, given.backend, admission),
            Clock(leaders, runs),
        ],
    )


def _admission(
    backend: Backend, runs: Runs, queues: Queues | None, leaders: Store
) -> tuple[Admission, list[Background]]:
    """Who admits here, and what has to be kept for that."""
    if queues is None:
        return Admission(backend, runs), []
    admission = ClusterAdmission(backend, runs, queues.line)
    zones = [] if backend.cluster is None else [ClusterZones(leaders, backend.cluster, queues.line)]
    return admission, [*zones, *queues.leading, LineReconciler(leaders, queues.line, admission)]


@dataclass
class Lasting:
    """Something that is opened at the start (None: it opens by itself) and closed at the end."""

    open: Callable[[], Awaitable[None]] | None
    close: Callable[[], None]

    async def start(self) -> None:
        """Open it."""
        if self.open is not None:
            await self.open()

    async def stop(self) -> None:
        """Close it."""
        self.close()


def _wire(views: EnvironmentViews | TaskViews) -> outbox.View:
    def view(tx: Connection, object_id: str, language: str) -> dict[str, Any] | None:
        found = views.one(tx, object_id, language)
        return None if found is None else found.wire()

    return view


def make_backend(home: Path) -> Backend:
    """The cluster that the file `GEMINI_CLUSTER` tells of, else this machine.

    BadPlan where that file cannot be used; it names the file.
    """
    told = os.environ.get(CLUSTER_VARIABLE)
    if told:
        from gemini_control.backends.kubernetes.backend import KubernetesBackend

        try:
            plan = cluster_plan.parse(Path(told).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise cluster_plan.BadPlan(f"{CLUSTER_VARIABLE}: {told}: {error}") from error
        return KubernetesBackend(home, plan)
    from gemini_sandbox import Sandboxes

    from gemini_control.backends.embedded import EmbeddedBackend

    return EmbeddedBackend(home, Sandboxes(home), machine.read())
