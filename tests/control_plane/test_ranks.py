"""Tasks of several roles for real: ranks that find and hear each other, logs of each, and one end for all."""

from __future__ import annotations

import asyncio
import importlib.util
from typing import Any

import pytest

from control_plane.world import PROJECT, Lab, reach

pytestmark = pytest.mark.sandbox
EXCHANGE = """
import os, socket, sys, time
rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
place = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
if rank == 0:
    with socket.create_server(place) as server:
        others = [server.accept()[0] for _ in range(size - 1)]
        total = sum(int(other.makefile().readline()) for other in others)
        for other in others:
            other.sendall(f"{total}\\n".encode())
else:
    while True:
        try:
            connection = socket.create_connection(place)
            break
        except OSError:
            time.sleep(0.05)
    connection.sendall(f"{rank}\\n".encode())
    total = int(connection.makefile().readline())
print(os.environ["GEMINI_ROLE"], os.environ["GEMINI_ROLE_RANK"], "is", rank, "of", size, "and heard", total)
"""
TORCH = """
import torch, torch.distributed as dist
dist.init_process_group("gloo")
value = torch.tensor([float(dist.get_rank())])
dist.all_reduce(value)
print("heard", int(value.item()), "of", dist.get_world_size())
dist.destroy_process_group()
"""
JAX = """
import os, jax, jax.numpy as jnp
from jax.experimental.multihost_utils import process_allgather
jax.distributed.initialize(
    num_processes=int(os.environ["JAX_NUM_PROCESSES"]), process_id=int(os.environ["JAX_PROCESS_ID"])
)
total = process_allgather(jnp.array(jax.process_index())).sum()
print("heard", int(total), "of", jax.process_count())
"""
ROLES = [{"name": "master", "instances": 2}, {"name": "worker", "instances": 2}]


@pytest.fixture
def world(real_world: Lab) -> Lab:
    """Over sandboxes of this machine."""
    return real_world


async def ended(world: Lab, task_id: str, state: str) -> dict[str, Any]:
    """Wait for a real task's end."""
    return await reach(lambda: world.task(task_id), state, 60)


async def said(world: Lab, task_id: str, role: str, rank: int) -> str:
    """What a rank has said so far."""
    query = f"role={role}&rank={rank}"
    text: str = (await world.platform.ask("GET", f"/training-tasks/{task_id}/log?{query}")).data["text"]
    return text


async def spoken(world: Lab, task_id: str, role: str, rank: int, word: str) -> None:
    """Wait until a rank has said a word."""
    async with asyncio.timeout(60):
        while word not in await said(world, task_id, role, rank):
            await asyncio.sleep(0.05)


def script(world: Lab, text: str) -> None:
    """Make it the project's code."""
    (world.backend.store / "projects" / PROJECT / "code" / "train.py").write_text(text)


async def test_two_roles_of_two_find_each_other(world: Lab) -> None:
    """Four ranks exchange numbers through the master's address; each has a log and a state.

    Covers: TRAIN-6, TRAIN-8
    """
    script(world, EXCHANGE)
    made = await world.submit(roles=ROLES)
    seen = await ended(world, made["taskId"], "succeeded")
    logs = [await said(world, made["taskId"], role["name"], rank) for role in ROLES for rank in range(2)]
    assert logs == [
        "master 0 is 0 of 4 and heard 6\n",
        "master 1 is 1 of 4 and heard 6\n",
        "worker 0 is 2 of 4 and heard 6\n",
        "worker 1 is 3 of 4 and heard 6\n",
    ]
    # Who names no role reads the first.
    assert (await world.platform.ask("GET", f"/training-tasks/{made['taskId']}/log")).data["text"] == logs[0]
    assert [(one["role"], one["rank"], one["state"]) for one in seen["ranks"]] == [
        ("master", 0, "succeeded"),
        ("master", 1, "succeeded"),
        ("worker", 0, "succeeded"),
        ("worker", 1, "succeeded"),
    ]


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed here")
@pytest.mark.parametrize("command", ["python train.py", "torchrun --nproc-per-node=1 train.py"])
async def test_torch_finds_its_ranks_unchanged(world: Lab, command: str) -> None:
    """torch.distributed, and torchrun, need not a word about the others.

    Covers: TRAIN-6
    """
    script(world, TORCH)
    made = await world.submit(roles=ROLES, command=command)
    await ended(world, made["taskId"], "succeeded")
    assert "heard 6 of 4\n" in await said(world, made["taskId"], "worker", 1)


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed here")
async def test_jax_finds_its_ranks(world: Lab) -> None:
    """A script as those for other platforms: JAX reads the address itself, and takes its numbers from the script.

    Covers: TRAIN-6
    """
    script(world, JAX)
    made = await world.submit(roles=ROLES)
    await ended(world, made["taskId"], "succeeded")
    assert "heard 6 of 4\n" in await said(world, made["taskId"], "worker", 1)


async def test_the_first_rank_that_fails_ends_all(world: Lab) -> None:
    """Its code and its last lines are the task's; the others are ended, and that is seen while it goes on.

    Covers: TRAIN-6, TRAIN-9
    """
    go = "until [ -e $GEMINI_OUTPUT/go ]; do sleep 0.05; done"
    roles = [
        {"name": "master", "command": "echo up; sleep 600"},
        {"name": "worker", "command": f"echo up; {go}; echo broken; exit 3"},
    ]
    made = await world.submit(roles=roles)
    await spoken(world, made["taskId"], "worker", 0, "up")

    async def states() -> list[Any]:
        return [one["state"] for one in (await world.task(made["taskId"]))["ranks"]]

    async with asyncio.timeout(60):
        while await states() != ["running", "running"]:
            await asyncio.sleep(0.05)
    (world.backend.store / "projects" / PROJECT / "output" / f"digits-{made['taskId']}" / "go").touch()
    seen = await ended(world, made["taskId"], "failed")
    assert (seen["reason"]["code"], seen["exitCode"], seen["lastLines"]) == ("code", 3, ["up", "broken"])
    assert [(one["role"], one["state"], one["exitCode"]) for one in seen["ranks"]] == [
        ("master", "failed", 143),
        ("worker", "failed", 3),
    ]


async def test_a_stop_ends_all_ranks(world: Lab) -> None:
    """No process of any role is left.

    Covers: TRAIN-6, TRAIN-9
    """
    made = await world.submit(roles=ROLES, command="echo up; sleep 600")
    for role in ROLES:
        await spoken(world, made["taskId"], str(role["name"]), 1, "up")
    await world.platform.ask("POST", f"/training-tasks/{made['taskId']}/stop")
    seen = await ended(world, made["taskId"], "stopped")
    assert {one["exitCode"] for one in seen["ranks"]} == {143}
    assert len(seen["ranks"]) == 4
