"""Kueue's objects as they should be: the tree of queues, and reservations for environments.

One cohort of the platform has all there is (nominal = inventory); below it a cohort a workspace and a queue a
membership have nothing of their own and borrow, up to their limits. All names are derived, none is stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gemini_core import cards, quantities
from gemini_core.cluster_plan import CardKind, ClusterPlan, ClusterZone, Toleration
from gemini_core.inventory import Inventory, shares
from gemini_core.quota import UNLIMITED, Holder, Limits
from gemini_core.slugs import slug

API = "kueue.x-k8s.io/v1beta2"
MANAGED = "app.kubernetes.io/managed-by"
OURS = "gemini"
PREFIX = "gemini.io/prefix"
ENVIRONMENT = "gemini.io/environment"
WORKSPACE = "gemini.io/workspace"
PERSON = "gemini.io/person"
SINCE = "gemini.io/since"
PRIORITIES = {"low": -100, "normal": 0, "high": 100}
FLAVOR, COHORT, QUEUE, LOCAL, PRIORITY = (
    "ResourceFlavor",
    "Cohort",
    "ClusterQueue",
    "LocalQueue",
    "WorkloadPriorityClass",
)
KINDS = (FLAVOR, PRIORITY, COHORT, QUEUE, LOCAL)
"""The kinds of the tree, in the order in which they are made."""
LONGEST = 63
UNCOUNTED = 10**15
"""Nominal of what a share of a card brings along: it is bound by the number of shares."""
NOTHING = Inventory()
Manifest = dict[str, Any]
Key = tuple[str, str]


@dataclass(frozen=True)
class Flavor:
    """Where a part of a request may be placed: a zone's processors and memory (`card` None), or a kind of its cards."""

    name: str
    zone: ClusterZone
    card: CardKind | None = None

    @property
    def node_labels(self) -> dict[str, str]:
        """The nodes that it stands for."""
        return {**self.zone.node_labels, **(self.card.node_labels if self.card else {})}

    @property
    def tolerations(self) -> tuple[Toleration, ...]:
        """What admitted pods must tolerate there."""
        return (*self.zone.tolerations, *(self.card.tolerations if self.card else ()))

    def resources(self, inventory: Inventory) -> dict[str, str]:
        """All that it has, as quantities by the name of the resource."""
        found = inventory.of(self.zone.id)
        if self.card is None:
            return {"cpu": quantities.cpu(found.cpu_millicores), "memory": str(found.memory_bytes)}
        count = shares(self.card, found.cards.get(self.card.type, 0))
        return {self.card.resource: str(count), **dict.fromkeys(companions(self.card), str(UNCOUNTED))}


@dataclass(frozen=True)
class Members:
    """Who has a queue, by workspace, and the limits in force."""

    of: Mapping[str, Iterable[str]]
    limits: Mapping[Holder, Limits] = field(default_factory=dict)


@dataclass(frozen=True)
class Reservation:
    """What an environment holds a place for. `since` tells one life of it from another."""

    environment: str
    workspace: str
    person: str
    zone: str
    cpu_millicores: int
    memory_bytes: int
    gpu_type: str | None
    gpu_count: int
    since: str


def named(*parts: str) -> str:
    """A name made of what is safe in one, never longer than Kubernetes takes: what is too long ends in its hash."""
    name = "-".join(parts)
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 13].rstrip('-.')}-{_hash(name)}"


def cohort_name(plan: ClusterPlan, workspace: str) -> str:
    """The cohort of a workspace."""
    return named(plan.prefix, workspace)


def queue_name(plan: ClusterPlan, workspace: str, person: str) -> str:
    """The queue of a membership: a person's name may hold anything, so it is hashed."""
    return named(plan.prefix, workspace, _hash(person))


def priority_name(plan: ClusterPlan, priority: str) -> str:
    """The priority class of `low`, `normal` or `high`."""
    return named(plan.prefix, priority)


def flavors(plan: ClusterPlan) -> tuple[Flavor, ...]:
    """The flavors of a plan, zone by zone."""
    return tuple(
        flavor
        for zone in plan.zones
        for flavor in (
            Flavor(named(plan.prefix, zone.id, "cpu"), zone),
            *(Flavor(named(plan.prefix, zone.id, "gpu", _card_name(card.type)), zone, card) for card in zone.cards),
        )
    )


def companions(card: CardKind) -> tuple[str, ...]:
    """The resources that pods ask for beside the number of cards."""
    return tuple(name for name in cards.limits(card, 1) if name != card.resource)


def make_tree(plan: ClusterPlan, inventory: Inventory, members: Members) -> dict[Key, Manifest]:
    """All objects of the tree, in the order in which they can be made."""
    shape = Shape(plan)
    objects = [
        *(_flavor(plan, one) for one in shape.flavors),
        *(_priority(plan, name, value) for name, value in PRIORITIES.items()),
        _make(plan, COHORT, plan.prefix, {"resourceGroups": shape.groups(lambda f, r: _nominal(f, r, inventory))}),
        *(_cohort(plan, shape, workspace, members) for workspace in members.of),
    ]
    for workspace, persons in members.of.items():
        for person in persons:
            objects.append(_queue(plan, shape, Holder(workspace, person), members))
            objects.append(_local_queue(plan, Holder(workspace, person)))
    return {(one["kind"], one["metadata"]["name"]): one for one in objects}


class Shape:
    """Which resources are counted together, and in which flavors: the same in every object of the tree."""

    def __init__(self, plan: ClusterPlan) -> None:
        self.flavors = flavors(plan)
        by: dict[str, list[Flavor]] = {}
        for flavor in self.flavors:
            by.setdefault(flavor.card.resource if flavor.card else "", []).append(flavor)
        # Kueue counts a resource in one group only: cards and shares of them are in one, with what shares bring along.
        self.by = [(sorted({name for one in found for name in one.resources(NOTHING)}), found) for found in by.values()]

    def groups(self, quota: Callable[[Flavor, str], dict[str, str]]) -> list[Manifest]:
        """The resource groups with what `quota` gives each resource of each flavor."""
        return [
            {
                "coveredResources": covered,
                "flavors": [
                    {"name": one.name, "resources": [{"name": name, **quota(one, name)} for name in covered]}
                    for one in found
                ],
            }
            for covered, found in self.by
        ]

    def borrowing(self, limits: Limits) -> list[Manifest]:
        """The groups of somebody who has nothing and may borrow up to their limits."""

        def quota(flavor: Flavor, resource: str) -> dict[str, str]:
            limit = _limit(flavor, resource, limits)
            return {"nominalQuota": "0", **({} if limit is None else {"borrowingLimit": limit})}

        return self.groups(quota)


def make_reservation(plan: ClusterPlan, wanted: Reservation) -> Manifest:
    """The Workload that waits in place of an environment, and holds its resources while it lives.

    KeyError where the plan does not have the zone or the kind of card (any more).
    """
    zone = plan.zone(wanted.zone)
    card = zone.card(wanted.gpu_type) if zone is not None and wanted.gpu_count else None
    if zone is None or (wanted.gpu_count and card is None):
        raise KeyError(wanted.zone if zone is None else wanted.gpu_type)
    placed = Flavor("", zone, card)
    requests = {"cpu": quantities.cpu(wanted.cpu_millicores), "memory": str(wanted.memory_bytes)}
    resources = {"requests": requests | cards.limits(card, wanted.gpu_count)}
    spec = {
        "containers": [{"name": "main", "image": "reservation", "resources": resources}],
        "restartPolicy": "Never",
        "nodeSelector": placed.node_labels,
        "tolerations": [dict(one) for one in placed.tolerations],
    }
    labels = {MANAGED: OURS, ENVIRONMENT: wanted.environment, WORKSPACE: wanted.workspace}
    metadata = {"name": wanted.environment, "namespace": plan.namespace, "labels": labels}
    return {
        "apiVersion": API,
        "kind": "Workload",
        "metadata": {**metadata, "annotations": {SINCE: wanted.since}},
        "spec": {
            "queueName": queue_name(plan, wanted.workspace, wanted.person),
            "podSets": [{"name": "main", "count": 1, "template": {"spec": spec}}],
        },
    }


def differs(wanted: Manifest, seen: Manifest) -> bool:
    """Whether what is there is not what should be: our labels, and of the rest each field that we say, as a whole.

    Fields that we leave to an operator (fair sharing, say) are theirs; what stands inside one of ours is not.
    """
    labels = seen.get("metadata", {}).get("labels") or {}
    if any(labels.get(key) != value for key, value in wanted["metadata"]["labels"].items()):
        return True
    said = wanted.get("spec") or {"value": wanted.get("value")}
    found = seen.get("spec") or {} if "spec" in wanted else seen
    return any(not _same(value, found.get(key)) for key, value in said.items())


def is_ours(seen: Mapping[str, Any]) -> bool:
    """Whether an object carries our label: nothing else is ever changed or taken away."""
    return (seen.get("metadata", {}).get("labels") or {}).get(MANAGED) == OURS


def _same(wanted: object, seen: object) -> bool:
    if not wanted and not seen:
        return True  # an empty list is as good as none: Kueue leaves it out when it writes
    if isinstance(wanted, Mapping) and isinstance(seen, Mapping):
        return all(_same(wanted.get(key), seen.get(key)) for key in {*wanted, *seen})
    if isinstance(wanted, list) and isinstance(seen, list):
        return len(wanted) == len(seen) and all(_same(one, other) for one, other in zip(wanted, seen, strict=True))
    return wanted == seen or _same_amount(wanted, seen)


def _same_amount(wanted: object, seen: object) -> bool:
    try:
        return quantities.amount(wanted) == quantities.amount(seen)
    except ValueError:
        return False


def _make(plan: ClusterPlan, kind: str, name: str, spec: Manifest, **metadata: Any) -> Manifest:
    labels = {MANAGED: OURS, PREFIX: named(plan.prefix), **metadata.pop("labels", {})}
    return {"apiVersion": API, "kind": kind, "metadata": {"name": name, "labels": labels, **metadata}, "spec": spec}


def _flavor(plan: ClusterPlan, flavor: Flavor) -> Manifest:
    spec = {"nodeLabels": flavor.node_labels, "tolerations": [dict(one) for one in flavor.tolerations]}
    return _make(plan, FLAVOR, flavor.name, spec)


def _priority(plan: ClusterPlan, name: str, value: int) -> Manifest:
    made = _make(plan, PRIORITY, priority_name(plan, name), {})
    del made["spec"]
    return {**made, "value": value, "description": f"Gemini: {name}"}


def _cohort(plan: ClusterPlan, shape: Shape, workspace: str, members: Members) -> Manifest:
    groups = shape.borrowing(members.limits.get(Holder(workspace), UNLIMITED))
    spec = {"parentName": plan.prefix, "resourceGroups": groups}
    return _make(plan, COHORT, cohort_name(plan, workspace), spec, labels={WORKSPACE: workspace})


def _queue(plan: ClusterPlan, shape: Shape, holder: Holder, members: Members) -> Manifest:
    name = queue_name(plan, holder.workspace, holder.person or "")
    never = {"withinClusterQueue": "Never", "reclaimWithinCohort": "Never", "borrowWithinCohort": {"policy": "Never"}}
    spec = {
        "cohortName": cohort_name(plan, holder.workspace),
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": plan.namespace}},
        "queueingStrategy": "BestEffortFIFO",
        # An environment that was given away would be lost, whoever is more important.
        "preemption": never,
        "stopPolicy": "None",
        "resourceGroups": shape.borrowing(members.limits.get(holder, UNLIMITED)),
    }
    return _make(plan, QUEUE, name, spec, **_about(holder))


def _local_queue(plan: ClusterPlan, holder: Holder) -> Manifest:
    name = queue_name(plan, holder.workspace, holder.person or "")
    spec = {"clusterQueue": name, "stopPolicy": "None"}
    return _make(plan, LOCAL, name, spec, namespace=plan.namespace, **_about(holder))


def _about(holder: Holder) -> Manifest:
    return {"labels": {WORKSPACE: holder.workspace}, "annotations": {PERSON: holder.person}}


def _nominal(flavor: Flavor, resource: str, inventory: Inventory) -> dict[str, str]:
    return {"nominalQuota": flavor.resources(inventory).get(resource, "0")}


def _limit(flavor: Flavor, resource: str, limits: Limits) -> str | None:
    if flavor.card is not None:
        count = limits.gpu_count if resource == flavor.card.resource else None
        return None if count is None else str(count)
    if resource == "cpu":
        return None if limits.cpu_millicores is None else quantities.cpu(limits.cpu_millicores)
    return None if limits.memory_bytes is None else str(limits.memory_bytes)


def _card_name(kind: str) -> str:
    plain = slug(kind)
    return plain if plain == kind.lower() else f"{plain}-{_hash(kind)[:6]}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
