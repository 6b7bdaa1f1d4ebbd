"""Two roles and three ranks on the installed platform: they find each other, talk, and each has its log.

With PyTorch (gloo, and once more by `torchrun`) where an image with it can be made; by plain sockets everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from cluster import torch_image
from gemini_client import Client
from installed_fixture import Installation, Missing
from platform_fixture import wait_for, wait_task

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]
SIZE = {"availabilityZone": "az-bj-a", "gpuType": "", "gpuCount": 0, "cpuCores": 0.25, "memory": 1}
SOCKETS = """
import os, socket, time
rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
where = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
if rank == 0:
    with socket.create_server(("", where[1])) as server:
        others = [server.accept()[0] for _ in range(size - 1)]
        total = 1 + sum(int(one.recv(9)) for one in others)
        for one in others:
            one.sendall(b"%d" % total)
else:
    while True:
        try:
            master = socket.create_connection(where, 2)
            break
        except OSError:
            time.sleep(0.2)
    master.sendall(b"%d" % (rank + 1))
    total = int(master.recv(9))
print(f"rank {rank} of {size}: the sum is {total}")
"""
GLOO = """
import os, torch
torch.set_num_threads(1)
torch.distributed.init_process_group("gloo")
rank, size = torch.distributed.get_rank(), torch.distributed.get_world_size()
mine = torch.tensor([rank + 1])
torch.distributed.all_reduce(mine)
how = "torchrun" if "TORCHELASTIC_RUN_ID" in os.environ else "python"
print(f"{how}: rank {rank} of {size}: the sum is {int(mine)}")
torch.distributed.destroy_process_group()
"""
PROGRAMS = {"meet.py": SOCKETS, "gloo.py": GLOO}
RANKS = (("chief", 0), ("worker", 0), ("worker", 1))
OFFERED = """images:
  - {id: lab, name: JupyterLab, reference: "localhost/gemini-singleuser:test"}
  - {id: torch, name: PyTorch, reference: "%s"}
"""


@pytest.fixture(scope="module")
def alice(installed: Installation) -> Iterator[Client]:
    """The owner of the document's project, which has the programs now."""
    installed.first_task()
    client = installed.client("alice")
    project = next(one for one in client.projects.iterate() if one["name"] == "first")
    for name, text in PROGRAMS.items():
        path = installed.folder / name
        path.write_text(text)
        client.projects.upload_code(project["id"], name, path)
    yield client


def submitted(client: Client, name: str, command: str, image: str) -> dict[str, Any]:
    """The task at its end; it succeeded."""
    project = next(one for one in client.projects.iterate() if one["name"] == "first")
    roles = [{"name": "chief", "instances": 1}, {"name": "worker", "instances": 2}]
    body = {
        "taskName": name,
        "launchMode": "dynamic",
        "mode": "distributed",
        "projectId": project["id"],
        "datasetId": next(one for one in client.datasets.iterate() if one["name"] == "numbers")["id"],
        "command": command,
        "roles": roles,
        "resourceConfig": {**SIZE, "image": image},
    }
    made = client.tasks.create(body)
    return wait_task(client, made["taskId"], "succeeded", seconds=180)


def log(client: Client, task: dict[str, Any], role: str, rank: int) -> str:
    """What one rank said."""
    return str(client.tasks.log(task["taskId"], role=role, rank=rank)["text"])


def test_three_ranks_meet_by_sockets(installed: Installation, alice: Client) -> None:
    """Covers: TRAIN-6, TRAIN-8, BILL-1, BILL-10. All of the ranks are paid for, once, and nothing of them is left."""
    task = submitted(alice, "sockets", "python meet.py", "lab")
    assert (task["exitCode"], task["instances"]) == (0, 3)
    for number, (role, rank) in enumerate(RANKS):
        assert log(alice, task, role, rank) == f"rank {number} of 3: the sum is 6\n"
    one = next(one for one in alice.tasks.iterate() if one["taskName"] == "train")
    assert Decimal(task["pricePerHour"]) > Decimal(one["pricePerHour"]) > 0
    minutes = Decimal(task["cost"]) / (Decimal(task["pricePerHour"]) / 60)
    assert 0.99 < minutes < 4, task["cost"]
    mine = f"gemini.io/task={task['taskId']}"
    wait_for(lambda: not installed.objects("pods", mine), "nothing of it is left", 60)


def test_three_ranks_meet_by_gloo_and_torchrun(installed: Installation, alice: Client) -> None:
    """Covers: TRAIN-6. Unchanged programs; the image is offered by an upgrade as the document tells it."""
    try:
        torch_image.bring_torch()
    except Missing as missing:
        pytest.skip(str(missing))
    (installed.folder / "torch.yaml").write_text(OFFERED % torch_image.IMAGE)
    installed.shell("helm upgrade gemini hub_config/chart -n $NAMESPACE -f cluster.yaml -f torch.yaml --wait")
    task = submitted(alice, "gloo", "python gloo.py && torchrun gloo.py", "torch")
    for number, (role, rank) in enumerate(RANKS):
        said = log(alice, task, role, rank).splitlines()
        assert f"python: rank {number} of 3: the sum is 6" in said, said
        (last,) = [line for line in said if line.startswith("torchrun: ")]
        assert last.endswith("of 3: the sum is 6"), said
