"""Launch plans and what the spawner saw: the two things that the hub's own spawner says and asks."""

from __future__ import annotations

from datetime import UTC, datetime

from gemini_core import cards, steps
from gemini_core.cluster_plan import ClusterPlan
from gemini_core.errors import Conflict, NotFound
from gemini_core.reasons import Reason
from gemini_core.states import EnvironmentState, Target
from sqlalchemy import Connection, RowMapping, select

from gemini_control.backends import paths
from gemini_control.backends.base import Bind
from gemini_control.managers import mounts, runs
from gemini_control.managers.environments import set_target
from gemini_control.managers.persons import person_folder
from gemini_control.models.environments import LaunchMount, LaunchPlan, LaunchPod, ObservationIn
from gemini_control.store import progress
from gemini_control.store import tables as t
from gemini_control.store.database import Store, wake

STARTABLE = (EnvironmentState.STARTING, EnvironmentState.RUNNING)


class LaunchPlans:
    """For the spawner's service token only. `cluster` as in `Backend`."""

    def __init__(self, store: Store, cluster: ClusterPlan | None = None) -> None:
        self.store = store
        self.cluster = cluster

    async def get(self, environment_id: str) -> LaunchPlan:
        """The plan of an environment that was admitted and is wished to run; NotFound or Conflict for all others."""

        def write(tx: Connection) -> LaunchPlan:
            row = progress.environment(tx, environment_id)
            if row is None:
                raise NotFound("not-found")
            if row["target"] != Target.RUNNING or row["state"] not in STARTABLE:
                raise Conflict("environment-not-admitted")
            _reach(tx, row, steps.MOUNT, datetime.now(UTC))
            return make_plan(tx, row, self.cluster)

        return await self.store.write(write)

    async def observe(self, environment_id: str, seen: ObservationIn) -> None:
        """Take in what the spawner saw. Unknown environments are none of ours: NotFound."""

        def write(tx: Connection) -> None:
            row = progress.environment(tx, environment_id)
            if row is None:
                raise NotFound("not-found")
            # How it ended is looked up, not believed: the witness says it to whoever asks.
            wake(tx, progress.LOOK_TOPIC, environment_id)
            now = datetime.now(UTC)
            at = seen.at or now
            run = runs.find(tx, row["run_id"])
            if run is not None and at < run["started_at"]:
                # Told again until it was heard: it is of an earlier run.
                return
            now = min(at, now)
            if seen.event == "started":
                _reach(tx, row, steps.START, now)
            elif seen.event == "stop-requested" and row["target"] == Target.RUNNING and row["state"] in STARTABLE:
                # Where it is stopping already, the stop is our own (a restart) and wishes nothing new.
                set_target(tx, row, Target.STOPPED, now, **progress.why(Reason.USER_STOPPED))

        await self.store.write(write)


def _reach(tx: Connection, row: RowMapping, name: str, at: datetime) -> None:
    if row["state"] != EnvironmentState.STARTING:
        return
    reached = steps.reach(row["steps"], name, at.isoformat())
    if reached != row["steps"]:
        progress.change_environment(tx, row["id"], steps=reached)


def make_plan(tx: Connection, row: RowMapping, cluster: ClusterPlan | None) -> LaunchPlan:
    """The plan of a row. Equal for equal rows, so that a hub that forgot an environment can adopt it."""
    mounted = mounts.of(tx, [row["id"]])[row["id"]]
    index = tx.scalar(select(t.workspaces.c.number).where(t.workspaces.c.id == row["workspace_id"]))
    return LaunchPlan(
        environment=row["id"],
        owner=row["owner"],
        display_name=row["name"],
        workspace_id=row["workspace_id"],
        workspace_index=int(index or 0),
        image=row["image"],
        cpu_cores=row["cpu_millicores"] / 1000,
        memory_bytes=row["memory_bytes"],
        gpu_type=row["gpu_type"],
        gpu_count=row["gpu_count"],
        gpus=list(row["gpu_indices"]),
        mounts=[
            LaunchMount(source=bind.source, target=bind.target, read_only=bind.read_only)
            for bind in binds_of(row, mounted)
        ],
        variables={**_variables(row, mounted), **_card_variables(row, cluster)},
        pod=None if cluster is None else make_pod(row, cluster),
    )


def make_pod(row: RowMapping, cluster: ClusterPlan) -> LaunchPod:
    """The pod around a row: where its queue placed it, else anywhere in its zone; its cards; the operator's wishes."""
    zone, image, pod = cluster.zone(row["zone_id"]), cluster.image(row["image"]), cluster.pod
    placement = row["placement"] or {}
    card = zone.card(row["gpu_type"]) if zone else None
    places = [one for one in (zone, card) if one is not None]
    tolerations = [dict(one) for place in places for one in place.tolerations]
    tolerations += [one for one in placement.get("tolerations", ()) if one not in tolerations]
    labels = {name: value for place in places for name, value in place.node_labels.items()}
    return LaunchPod(
        image=image.reference,
        pull_policy=image.pull_policy,
        pull_secrets=list(pod.image_pull_secrets),
        claim=cluster.claim,
        resources=cards.limits(card, row["gpu_count"]),
        node_labels={**labels, **placement.get("nodeLabels", {})},
        tolerations=tolerations,
        scheduler_name=pod.scheduler_name,
        priority_class=pod.priority_class,
        service_account=pod.service_account,
        runtime_class=pod.runtime_class,
        host_users=pod.host_users,
        annotations=dict(pod.annotations),
    )


def _card_variables(row: RowMapping, cluster: ClusterPlan | None) -> dict[str, str]:
    if cluster is None:
        return {"CUDA_VISIBLE_DEVICES": ",".join(row["gpu_indices"])}
    zone = cluster.zone(row["zone_id"])
    return cards.variables(zone.card(row["gpu_type"]) if zone else None, row["gpu_count"])


def binds_of(row: RowMapping, mounted: list[mounts.Mounted]) -> tuple[Bind, ...]:
    """What an environment has of the store."""
    project, own = f"projects/{row['project_id']}", f"environments/{row['id']}"
    return (
        Bind(f"{project}/code", paths.CODE, read_only=False),
        Bind(f"{project}/output", paths.OUTPUT, read_only=False),
        Bind(f"{own}/tasks", paths.TASKS, read_only=False),
        Bind(f"{own}/snapshots", paths.SNAPSHOTS),
        Bind(person_folder(row["owner"], row["workspace_id"]), paths.PERSON, read_only=False),
        *(Bind(one.source, paths.mount(one.kind, one.slot)) for one in mounted),
    )


def _variables(row: RowMapping, mounted: list[mounts.Mounted]) -> dict[str, str]:
    names = {"dataset": "GEMINI_DATA", "model": "GEMINI_PRETRAIN"}
    return {
        "GEMINI_ENVIRONMENT_ID": row["id"],
        "GEMINI_CODE": paths.CODE,
        "GEMINI_OUTPUT": paths.OUTPUT,
        "GEMINI_CPU_CORES": f"{row['cpu_millicores'] / 1000:g}",
        "GEMINI_MEMORY_BYTES": str(row["memory_bytes"]),
        "PYTHONUNBUFFERED": "1",
        **{f"{names[one.kind]}_{one.slot}": paths.mount(one.kind, one.slot) for one in mounted},
    }
