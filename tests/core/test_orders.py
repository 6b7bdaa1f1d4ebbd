"""The order to a runner."""

from gemini_core.orders import Places, make_order, make_specification


def test_the_order_is_the_contract_s() -> None:
    """Covers: TRAIN-1, TRAIN-7."""
    places = Places("/run/gemini/tasks/task-a", "/gemini/code", "/gemini/output", {1: "/gemini/data-1"})
    order = make_order("task-a", "python train.py", places, {"PATH": "/bin"}, 60)
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
