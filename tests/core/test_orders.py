"""The order to a runner."""

from gemini_core.orders import Places, Work, make_late_order, make_order, make_specification
from gemini_core.ranks import Role, jobset_hosts


def test_the_order_is_the_contract_s() -> None:
    """Covers: TRAIN-1, TRAIN-7."""
    places = Places("/run/gemini/tasks/task-a", "/gemini/code", "/gemini/output", {1: "/gemini/data-1"})
    work = Work("task-a", (Role("main", 1, "python train.py"),), places, {"PATH": "/bin"}, 60)
    order = make_order(work)
    assert make_specification("task-a", "/run/gemini", order) == {
        "id": "task-a",
        "kind": "task",
        "run": "/run/gemini",
        "server": None,
        "task": {
            "id": "task-a",
            "folder": "/run/gemini/tasks/task-a",
            "max_duration_seconds": 60,
            "stop_grace_seconds": 10,
            "hosts": "127.0.0.1 slots=1\n",
            "ranks": [
                {
                    "role": "main",
                    "rank": 0,
                    "argv": ["/bin/bash", "-c", "python train.py"],
                    "cwd": "/gemini/code",
                    "env": {
                        "PATH": "/bin",
                        "GEMINI_TASK_ID": "task-a",
                        "GEMINI_CODE": "/gemini/code",
                        "GEMINI_OUTPUT": "/gemini/output",
                        "GEMINI_DATA_1": "/gemini/data-1",
                        "PYTHONUNBUFFERED": "1",
                        "GEMINI_ROLE": "main",
                        "GEMINI_ROLE_RANK": "0",
                        "GEMINI_HOSTS": "127.0.0.1",
                        "GEMINI_HOSTFILE": "/run/gemini/tasks/task-a/hosts",
                        "NODE_RANK": "0",
                        "RANK": "0",
                        "WORLD_SIZE": "1",
                        "LOCAL_RANK": "0",
                        "MASTER_ADDR": "127.0.0.1",
                        "MASTER_PORT": "29500",
                    },
                }
            ],
        },
    }


ROLES = (Role("chief", 1, "run chief"), Role("worker", 2, "run worker"))
PLACES = Places("/run/gemini/tasks/task-a", "/gemini/code", "/gemini/output")


def test_ranks_on_one_machine_share_its_cards() -> None:
    """Each rank has its role's command, its number and its own part of the cards.

    Covers: TRAIN-6
    """
    order = make_order(Work("task-a", ROLES, PLACES, {"CUDA_VISIBLE_DEVICES": "0,1,2,3,4,5"}), tuple("012345"))
    told = [
        (rank["role"], rank["rank"], rank["argv"][2], rank["env"]["RANK"], rank["env"]["CUDA_VISIBLE_DEVICES"])
        for rank in order["ranks"]
    ]
    assert told == [
        ("chief", 0, "run chief", "0", "0,1"),
        ("worker", 0, "run worker", "1", "2,3"),
        ("worker", 1, "run worker", "2", "4,5"),
    ]
    assert order["hosts"] == "127.0.0.1 slots=3\n"


def test_a_pod_of_a_role_learns_its_index_late() -> None:
    """One order serves all instances of a role: what differs is told as a base to which the index is added.

    Covers: TRAIN-6
    """
    order = make_late_order(Work("task-a", ROLES, PLACES), ROLES[1], jobset_hosts(ROLES, "task-a"))
    (rank,) = order["ranks"]
    assert order["index_from"] == "JOB_COMPLETION_INDEX"
    assert (rank["role"], rank["rank"], rank["late"]["RANK"]) == ("worker", 0, ["", 1, ""])
    assert rank["env"]["MASTER_ADDR"] == "task-a-chief-0-0.task-a"
    assert "RANK" not in rank["env"]
