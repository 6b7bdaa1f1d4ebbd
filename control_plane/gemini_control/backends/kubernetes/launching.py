"""From the launch of a task to its objects on a cluster."""

from __future__ import annotations

from pathlib import PurePosixPath

from gemini_core import cards, queues, ranks
from gemini_core.cluster_plan import ClusterPlan
from gemini_core.manifests import Folder, Pods, RolePods, TaskObjects
from gemini_core.orders import Work, make_late_order, make_specification

from gemini_control.backends import paths
from gemini_control.backends.base import TaskLaunch


def objects_of(launch: TaskLaunch, plan: ClusterPlan) -> TaskObjects:
    """What the cluster is asked for. Where the plan no longer has the zone or the card, the task waits for a node."""
    variables = {
        "GEMINI_CPU_CORES": f"{launch.cpu_cores:g}",
        "GEMINI_MEMORY_BYTES": str(launch.memory_bytes),
    }
    work = Work(launch.id, launch.roles, paths.places_of_task(launch), variables, launch.max_duration)
    hosts = ranks.jobset_hosts(launch.roles, launch.id)
    same = {paths.OUTPUT: f"{paths.OUTPUTS}/{PurePosixPath(launch.output).name}"}
    roles = [
        RolePods(
            role.name,
            role.instances,
            make_specification(launch.id, paths.RUN, make_late_order(work, role, hosts), same),
        )
        for role in launch.roles
    ]
    pods = _pods(launch, plan)
    priority = queues.priority_name(plan, launch.priority)
    return TaskObjects(launch.id, launch.workspace_id, roles, pods, launch.max_duration, launch.queue, priority)


def _pods(launch: TaskLaunch, plan: ClusterPlan) -> Pods:
    zone = plan.zone(launch.zone_id)
    card = zone.card(launch.gpu_type) if zone and launch.gpu_count else None
    places = [one for one in (zone, card) if one is not None]
    return Pods(
        image=plan.image(launch.image),
        claim=plan.claim,
        folders=_folders(launch),
        cpu_millicores=round(launch.cpu_cores * 1000),
        memory_bytes=launch.memory_bytes,
        cards=cards.limits(card, launch.gpu_count),
        variables=cards.variables(card, launch.gpu_count),
        node_labels={name: value for place in places for name, value in place.node_labels.items()},
        tolerations=[one for place in places for one in place.tolerations],
        defaults=plan.pod,
    )


def _folders(launch: TaskLaunch) -> list[Folder]:
    """What it has of the store. Who may write the project's output may put a link in the place of the task's folder,
    and a node follows links within the volume, into anybody's folder: the runner looks at both before it begins."""
    folders = [Folder(bind.source, bind.target, bind.read_only) for bind in paths.binds_of_task(launch)]
    return [*folders, Folder(str(PurePosixPath(launch.output).parent), paths.OUTPUTS)]
