"""The numbers of ranks and what each is told of the others. Covers: TRAIN-6."""

from __future__ import annotations

import json

import pytest
from gemini_core import ranks
from gemini_core.ranks import Host, Role

ROLES = (Role("master", 1, "a"), Role("worker", 2, "b"))


def test_each_rank_knows_its_number_and_the_first() -> None:
    """Ranks are numbered through the roles; the first is the master of all.

    Covers: TRAIN-6
    """
    hosts = ranks.jobset_hosts(ROLES, "task-a")
    assert [host.address for host in hosts] == [
        "task-a-master-0-0.task-a",
        "task-a-worker-0-0.task-a",
        "task-a-worker-0-1.task-a",
    ]
    last = ranks.variables(ROLES, "worker", 1, hosts)
    assert {name: last[name] for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "NODE_RANK", "GEMINI_ROLE_RANK")} == {
        "RANK": "2",
        "WORLD_SIZE": "3",
        "LOCAL_RANK": "0",
        "NODE_RANK": "2",
        "GEMINI_ROLE_RANK": "1",
    }
    assert (last["MASTER_ADDR"], last["MASTER_PORT"]) == ("task-a-master-0-0.task-a", "29500")
    assert (last["PET_NNODES"], last["PET_NODE_RANK"]) == ("3", "2")
    assert (last["JAX_PROCESS_ID"], last["JAX_COORDINATOR_ADDRESS"]) == ("2", "task-a-master-0-0.task-a:29501")
    assert last["GEMINI_HOSTS"] == ",".join(host.address for host in hosts)


def test_late_and_exact_forms_say_the_same() -> None:
    """What a rank computes from its index is what is said where the index is known.

    Covers: TRAIN-6
    """
    for roles in (ROLES, (Role("chief", 1, ""), Role("worker", 3, ""), Role("ps", 2, "")), (Role("main", 1, ""),)):
        hosts = ranks.local_hosts(roles)
        for role in roles:
            known, late = ranks.late_variables(roles, role.name, hosts)
            assert not set(known) & set(late)
            for index in range(role.instances):
                computed = {name: f"{before}{base + index}{behind}" for name, (before, base, behind) in late.items()}
                assert known | computed == ranks.variables(roles, role.name, index, hosts)


def test_tensorflow_is_told_types_it_knows() -> None:
    """Roles called as TensorFlow calls them keep their types; others are its workers.

    Covers: TRAIN-6
    """
    own = (Role("ps", 1, ""), Role("worker", 2, ""))
    found = json.loads(ranks.variables(own, "worker", 1, ranks.local_hosts(own))["TF_CONFIG"])
    assert found == {
        "cluster": {"ps": ["127.0.0.1:29510"], "worker": ["127.0.0.1:29511", "127.0.0.1:29512"]},
        "task": {"type": "worker", "index": 1},
    }
    other = json.loads(ranks.variables(ROLES, "worker", 0, ranks.jobset_hosts(ROLES, "t"))["TF_CONFIG"])
    assert other["task"] == {"type": "worker", "index": 1}
    assert other["cluster"]["worker"][1] == "t-worker-0-0.t:29510"


def test_one_rank_starts_as_ever() -> None:
    """A task of one rank is told nothing that would make a framework look for others.

    Covers: TRAIN-6
    """
    alone = (Role("main", 1, "python train.py"),)
    found = ranks.variables(alone, "main", 0, ranks.local_hosts(alone))
    assert (found["RANK"], found["WORLD_SIZE"], found["MASTER_ADDR"]) == ("0", "1", "127.0.0.1")
    assert not [name for name in found if name.startswith(("PET_", "JAX_", "TF_"))]


def test_hosts_of_mpi_have_slots() -> None:
    """One machine has a slot a rank, hosts of their own have one each.

    Covers: TRAIN-6
    """
    assert ranks.host_file(ranks.local_hosts(ROLES)) == "127.0.0.1 slots=3\n"
    assert ranks.host_file((Host("a"), Host("b"))) == "a slots=1\nb slots=1\n"


@pytest.mark.parametrize(
    ("roles", "name", "field"),
    [
        ((), "roles-required", "roles"),
        (tuple(Role(f"r{n}", 1, "") for n in range(9)), "too-many-roles", "roles"),
        ((Role("main", 1, ""), Role("Worker", 1, "")), "role-name-unfit", "roles[1].name"),
        ((Role("w" * 21, 1, ""),), "role-name-unfit", "roles[0].name"),
        ((Role("w-", 1, ""),), "role-name-unfit", "roles[0].name"),
        ((Role("a\n", 1, ""),), "role-name-unfit", "roles[0].name"),
        ((Role("a", 1, ""), Role("a", 1, "")), "role-twice", "roles[1].name"),
        ((Role("a", 0, ""),), "role-instances", "roles[0].instances"),
        ((Role("a", 65, ""),), "role-instances", "roles[0].instances"),
    ],
)
def test_what_no_role_may_be(roles: tuple[Role, ...], name: str, field: str) -> None:
    """The first mistake is named with its field, in both languages.

    Covers: TRAIN-6
    """
    found = ranks.problem(roles)
    assert found is not None
    assert (found.name, found.field) == (name, field)
    assert found.text("en") != found.text("zh-CN")


def test_good_roles_are_taken() -> None:
    """Nothing is wrong with eight roles of the longest names and the most instances.

    Covers: TRAIN-6
    """
    assert ranks.problem(tuple(Role(f"{'r' * 19}{n}", 64, "") for n in range(8))) is None
