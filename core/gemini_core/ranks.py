"""The ranks of a task of several roles, and what tells each where the others are (TRAIN-6).

Ranks are numbered through all roles in their order. torch (also through `torchrun`), JAX, TensorFlow and MPI read
their own variables, all are set from the same facts. Two forms: `variables` where the index of a rank within its
role is known; `late_variables` where one manifest serves all instances of a role and each learns its index at its
start (`LATE_INDEX`, as an indexed Job sets it).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from gemini_core.errors import InvalidInput

FIRST_ROLE = "main"
"""The one role of a task that names none."""
MASTER_PORT = 29500
JAX_PORT = 29501
TENSORFLOW_PORT = 29510
LATE_INDEX = "JOB_COMPLETION_INDEX"
HOST_FILE = "hosts"
"""The file in the task's folder that `mpirun --hostfile` takes."""
ROLES_LIMIT = 8
INSTANCES_LIMIT = 64
NAME_LIMIT = 20
THIS_MACHINE = "127.0.0.1"
_NAME = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
_TENSORFLOW_TYPES = frozenset({"chief", "worker", "ps", "evaluator"})
Late = tuple[str, int, str]
"""A value that holds an index: what stands before it, what is added to it, what stands behind it."""


@dataclass(frozen=True)
class Role:
    """So many `instances` of one `command` (run by a shell)."""

    name: str
    instances: int
    command: str


@dataclass(frozen=True)
class Host:
    """Where a rank is reached. `offset` is added to ports of which every rank has its own: 0 on hosts of their own."""

    address: str
    offset: int = 0


def problem(roles: Sequence[Role]) -> InvalidInput | None:
    """What is wrong with `roles` first, its field as in `roles[1].name`; None where nothing is."""
    if not roles:
        return InvalidInput("roles-required", field="roles")
    if len(roles) > ROLES_LIMIT:
        return InvalidInput("too-many-roles", field="roles", limit=ROLES_LIMIT)
    names = [role.name for role in roles]
    found = (_role_problem(role, f"roles[{index}]", names[:index]) for index, role in enumerate(roles))
    return next((one for one in found if one is not None), None)


def _role_problem(role: Role, field: str, before: Sequence[str]) -> InvalidInput | None:
    if not _NAME.fullmatch(role.name) or len(role.name) > NAME_LIMIT:
        return InvalidInput("role-name-unfit", field=f"{field}.name", limit=NAME_LIMIT)
    if role.name in before:
        return InvalidInput("role-twice", field=f"{field}.name", role=role.name)
    if not 1 <= role.instances <= INSTANCES_LIMIT:
        return InvalidInput("role-instances", field=f"{field}.instances", limit=INSTANCES_LIMIT)
    return None


def world_size(roles: Sequence[Role]) -> int:
    """How many ranks there are in all."""
    return sum(role.instances for role in roles)


def first_rank(roles: Sequence[Role], name: str) -> int:
    """The number of the first rank of the role `name`; KeyError where there is none."""
    number = 0
    for role in roles:
        if role.name == name:
            return number
        number += role.instances
    raise KeyError(name)


def local_hosts(roles: Sequence[Role]) -> tuple[Host, ...]:
    """All ranks beside each other on one machine, by their numbers."""
    return tuple(Host(THIS_MACHINE, number) for number in range(world_size(roles)))


def jobset_hosts(roles: Sequence[Role], jobset: str) -> tuple[Host, ...]:
    """The names that a JobSet with one Job a role gives its pods, by the numbers of the ranks."""
    return tuple(Host(f"{jobset}-{role.name}-0-{index}.{jobset}") for role in roles for index in range(role.instances))


def host_file(hosts: Sequence[Host]) -> str:
    """The content of `HOST_FILE`: a line a host with as many slots as ranks are there."""
    counts: dict[str, int] = {}
    for host in hosts:
        counts[host.address] = counts.get(host.address, 0) + 1
    return "".join(f"{address} slots={count}\n" for address, count in counts.items())


def variables(roles: Sequence[Role], name: str, index: int, hosts: Sequence[Host]) -> dict[str, str]:
    """What the rank `index` of the role `name` is told; `hosts` by the numbers of the ranks."""
    known, late = late_variables(roles, name, hosts)
    return {**known, **{key: f"{before}{base + index}{behind}" for key, (before, base, behind) in late.items()}}


def late_variables(roles: Sequence[Role], name: str, hosts: Sequence[Host]) -> tuple[dict[str, str], dict[str, Late]]:
    """What every rank of the role `name` is told, and what differs with its index within the role.

    With one rank nobody is looked for, so nothing of `torchrun`, JAX and TensorFlow is set: they start as ever.
    """
    first, size, master = first_rank(roles, name), world_size(roles), hosts[0].address
    known = {
        "GEMINI_ROLE": name,
        "GEMINI_HOSTS": ",".join(host.address for host in hosts),
        "WORLD_SIZE": str(size),
        "LOCAL_RANK": "0",
        "MASTER_ADDR": master,
        "MASTER_PORT": str(MASTER_PORT),
    }
    number: Late = ("", first, "")
    late = {"GEMINI_ROLE_RANK": ("", 0, ""), "RANK": number, "NODE_RANK": number}
    if size == 1:
        return known, late
    known |= {
        # torchrun takes these for options that are not given; it sets RANK and the like anew for what it starts.
        "PET_NNODES": str(size),
        "PET_MASTER_ADDR": master,
        "PET_MASTER_PORT": str(MASTER_PORT),
        "JAX_COORDINATOR_ADDRESS": f"{master}:{JAX_PORT}",
        "JAX_NUM_PROCESSES": str(size),
    }
    return known, {
        **late,
        "PET_NODE_RANK": number,
        "JAX_PROCESS_ID": number,
        "TF_CONFIG": _tensorflow(roles, name, hosts),
    }


def _tensorflow(roles: Sequence[Role], name: str, hosts: Sequence[Host]) -> Late:
    """TensorFlow knows tasks of a few types alone; roles that are called otherwise are all its workers."""
    places = [f"{host.address}:{TENSORFLOW_PORT + host.offset}" for host in hosts]
    names = {role.name for role in roles}
    single = all(role.instances == 1 for role in roles if role.name in ("chief", "evaluator"))
    if names <= _TENSORFLOW_TYPES and names & {"chief", "worker"} and single:
        cluster = {role.name: places[first_rank(roles, role.name) :][: role.instances] for role in roles}
        kind, base = name, 0
    else:
        cluster, kind, base = {"worker": places}, "worker", first_rank(roles, name)
    before = json.dumps({"cluster": cluster, "task": {"type": kind, "index": 0}})
    return before.removesuffix("0}}"), base, "}}"
