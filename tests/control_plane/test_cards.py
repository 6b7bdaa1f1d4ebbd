"""Cards, from what the driver lists to what a task sees. The driver's tool is swapped as a whole: a program of its
name, first in PATH, that prints what the real one prints. Tasks are real processes."""

from __future__ import annotations

import asyncio
import os
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from gemini_control.backends import machine
from gemini_control.backends.base import StartFailed, TaskLaunch
from gemini_control.backends.embedded import EmbeddedBackend
from gemini_control.backends.machine import Card
from gemini_control.reconcilers import dynamic
from gemini_core.ranks import Role
from gemini_sandbox import Sandboxes
from gemini_sandbox.abilities import Ground
from gemini_sandbox.spec import Abilities

from control_plane.fake_hub import FakeHub
from control_plane.platform import Platform, make_app
from control_plane.world import PROJECT, VERSIONS, Lab, fill_data, reach

TOOL = """#!/bin/sh
[ "$*" = "--query-gpu=index,name,memory.total --format=csv,noheader,nounits" ] || exit 2
echo "0, NVIDIA A100-SXM4-80GB, 81920"
echo "1, NVIDIA A100-SXM4-80GB, 81920"
"""
TASK = "task-aaaaaaaaaa"
SAY = 'echo "cards=$CUDA_VISIBLE_DEVICES."'
HOLD = f"{SAY}; until [ -e $GEMINI_OUTPUT/go ]; do sleep 0.05; done"
"""Says its cards, then holds them until the file `go` is in its output."""


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The driver's tool of a machine with two cards."""
    path = tmp_path / "bin" / "nvidia-smi"
    path.parent.mkdir()
    path.write_text(TOOL)
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(path.parent), prepend=":")
    return path


@pytest.fixture
async def platform(home: Path, hub: FakeHub, tool: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Platform]:
    """A control plane that describes a machine with two cards, works in plain folders and looks often."""
    monkeypatch.setattr(dynamic, "LOOK_WHILE_RUNNING", 0.2)
    sandboxes = Sandboxes(home, Ground(Abilities("plain"), None))
    app = make_app(home, hub, backend=EmbeddedBackend(home, sandboxes, machine.read()), describe_machine=True)
    await app.start_async()
    running = Platform(app, hub)
    yield running
    running.client.close()
    await running.app.stop_async()
    for one in sandboxes.ids():
        sandboxes.stop(one, 0)
        sandboxes.remove(one)


@pytest.fixture
async def world(platform: Platform, lab: str) -> Lab:
    """A project with credit, and data on disk."""
    await platform.store.write(fill_data)
    store = platform.home / "store"
    for folder in (f"projects/{PROJECT}/code", f"versions/{VERSIONS[0]}"):
        (store / folder).mkdir(parents=True)
    return Lab(platform)


async def ask_cards(world: Lab, count: int, command: str = HOLD) -> dict[str, Any]:
    """Submit a task that asks for cards."""
    config = {"availabilityZone": "local", "gpuType": "A100" if count else None, "gpuCount": count}
    return await world.submit(resourceConfig={**config, "cpuCores": 0.1, "memory": 0.25}, modelId=None, command=command)


async def cards_of(world: Lab, task_id: str) -> str:
    """What a running task says of its cards."""
    await reach(lambda: world.task(task_id), "running", 30)
    async with asyncio.timeout(30):
        while "cards=" not in (text := await world.log(task_id)):
            await asyncio.sleep(0.02)
    return text.strip()


async def let_go(world: Lab, task_id: str) -> None:
    """End a task that holds, and wait for its end."""
    output = world.platform.home / "store" / "projects" / PROJECT / "output" / f"digits-{task_id}"
    (output / "go").touch()
    await reach(lambda: world.task(task_id), "succeeded", 30)


async def inventory(world: Lab) -> dict[str, int]:
    """The cards that are free in the zone of this machine."""
    (zone,) = (await world.platform.ask("GET", "/availability-zones")).data
    found: dict[str, int] = zone["gpuInventory"]
    return found


def test_the_driver_is_asked(tool: Path) -> None:
    """Covers: RES-1. Number, kind and memory of each card; a tool that fails is no card."""
    kinds = [Card(index, "A100", 81920 * 2**20) for index in ("0", "1")]
    assert machine.read().cards == tuple(kinds)
    tool.write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed'; exit 9\n")
    assert machine.read().cards == ()


async def test_a_machine_with_cards_describes_itself(world: Lab) -> None:
    """Covers: API-4, RES-1, RES-2, BILL-10. Inventory and specifications with cards and their prices."""
    assert await inventory(world) == {"A100": 2}
    found = (await world.platform.ask("GET", "/specifications?zone=local")).data
    cards = [one for one in found if one["gpuCount"]]
    assert [(one["class"], one["gpuType"], one["gpuCount"], one["free"]) for one in cards] == [
        ("P", "A100", 1, True),
        ("P", "A100", 2, True),
    ]
    for one in cards:
        units = 0.1 * one["cpuCores"] + 0.05 * one["memory"] + 12 * one["gpuCount"]
        assert float(one["pricePerHour"]) == pytest.approx(units, abs=1e-6)


async def test_each_has_cards_of_its_own_and_the_next_waits(world: Lab) -> None:
    """Covers: RES-1b, RES-4, TRAIN-8. First come, first served; who needs none passes by; a freed card is given on."""
    first, second = [await ask_cards(world, 1) for _ in "ab"]
    assert sorted([await cards_of(world, one["taskId"]) for one in (first, second)]) == ["cards=0.", "cards=1."]
    assert await inventory(world) == {"A100": 0}
    third, fourth = [await ask_cards(world, 1) for _ in "ab"]
    assert [(one["status"], one["position"], one["reason"]["code"]) for one in (third, fourth)] == [
        ("queued", 1, "resources"),
        ("queued", 2, "resources"),
    ]
    assert (await world.task(third["taskId"]))["reason"]["detail"] == "GPUs are short"
    none = await ask_cards(world, 0, SAY)
    assert none["status"] != "queued"
    seen = await reach(lambda: world.task(none["taskId"]), "succeeded", 30)
    assert (seen["gpuCount"], seen["gpuCost"], await world.log(none["taskId"])) == (0, "0.000000", "cards=.\n")
    freed = await cards_of(world, first["taskId"])
    await let_go(world, first["taskId"])
    assert await cards_of(world, third["taskId"]) == freed
    waits = await world.task(fourth["taskId"])
    assert (waits["state"], waits["position"]) == ("queued", 1)
    for one in (second, third, fourth):
        await cards_of(world, one["taskId"])
        await let_go(world, one["taskId"])
    assert await inventory(world) == {"A100": 2}
    priced = await world.task(first["taskId"])
    assert (priced["gpuType"], priced["gpuCount"], priced["gpuCost"]) == ("A100", 1, "0.200000")


async def test_a_preview_says_that_it_would_wait(world: Lab) -> None:
    """Covers: RES-1b, TRAIN-4. Before submission: for what is taken, and for what there never is."""
    held = await ask_cards(world, 2)
    assert await cards_of(world, held["taskId"]) == "cards=0,1."
    wish = {"availabilityZone": "local", "gpuType": "A100", "gpuCount": 1, "cpuCores": 0.1, "memory": 0.25}
    body = {"taskName": "t", "datasetId": "ds-aaaaaaaaaa", "launchMode": "dynamic", "resourceConfig": wish}
    seen = (await world.platform.ask("POST", "/training-tasks/preview", body=body)).data
    assert (seen["queue"]["position"], seen["queue"]["reason"]["code"]) == (1, "resources")
    await let_go(world, held["taskId"])
    seen = (await world.platform.ask("POST", "/training-tasks/preview", body=body)).data
    assert seen["queue"] is None


@pytest.mark.parametrize("kind", ["training-tasks", "dev-environments"])
async def test_more_than_there_is_is_refused(world: Lab, kind: str) -> None:
    """Covers: RES-1b, RES-4. The limit is named, and nothing is queued."""
    wish = {"availabilityZone": "local", "gpuType": "A100", "gpuCount": 3, "cpuCores": 0.1, "memory": 0.25}
    task = {"taskName": "t", "datasetId": "ds-aaaaaaaaaa", "launchMode": "dynamic", "projectId": PROJECT}
    environment = {"name": "e", "projectId": PROJECT}
    body = {**(task if kind == "training-tasks" else environment), "resourceConfig": wish}
    answer = await world.platform.ask("POST", f"/{kind}", body=body)
    assert (answer.status, answer.error["name"]) == (409, "beyond-zone-gpu")
    assert answer.error["field"] == "resourceConfig.gpuCount"
    assert "2 A100" in answer.json["message"]
    assert (await world.platform.ask("GET", f"/{kind}")).data == []


async def test_an_environment_and_a_task_share_no_card(world: Lab) -> None:
    """Covers: RES-1b, ENV-1. The plan names the environment's card; the task gets the other one."""
    made = await world.create(
        specificationId=None,
        resourceConfig={"availabilityZone": "local", "gpuType": "A100", "gpuCount": 1, "cpuCores": 0.1, "memory": 0.25},
    )
    plan = (await world.platform.ask("GET", f"/launch-plans/{made['id']}", "spawner")).data
    assert (plan["gpus"], plan["variables"]["CUDA_VISIBLE_DEVICES"]) == (["0"], "0")
    task = await ask_cards(world, 1)
    assert await cards_of(world, task["taskId"]) == "cards=1."
    await let_go(world, task["taskId"])
    # The hub of this test starts nothing: what never ran is stopped, and its card is free again.
    await world.platform.ask("POST", f"/dev-environments/{made['id']}/stop")
    await world.until(made["id"], "stopped")
    assert await inventory(world) == {"A100": 2}


@pytest.fixture
def files() -> Iterator[Path]:
    """A folder as `/dev` is: for the root inside to reach, with the files of two cards."""
    with tempfile.TemporaryDirectory(prefix="gemini-dev-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        for name in ("nvidia0", "nvidia1", "nvidiactl"):
            # Any device serves: the null device is as harmless as it is well known.
            os.mknod(folder / name, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
            (folder / name).chmod(0o666)
        yield folder


@pytest.mark.sandbox
@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes device files to try this with")
async def test_a_sandbox_has_the_files_of_its_card_alone(home: Path, ground: Ground, tool: Path, files: Path) -> None:
    """Covers: RES-1b, TEN-3. Of two cards the one that it was given, and what the cards share."""
    sandboxes = Sandboxes(home, ground)
    backend = EmbeddedBackend(home, sandboxes, machine.read(), files)
    command = f"ls {files}; echo there > {files}/nvidia1; {SAY}"
    (home / "store" / "c").mkdir(parents=True)
    try:
        await backend.start_task(TaskLaunch(TASK, 1, (Role("main", 1, command),), 1, 2**28, ("1",), "t", "c", "o"))
        async with asyncio.timeout(30):
            while (await backend.observe(TASK)).state != "ended":
                await asyncio.sleep(0.02)
        said = (home / "store" / "t" / "main-0.log").read_text()
        assert said.split() == ["nvidia1", "nvidiactl", "cards=1."]
    finally:
        sandboxes.stop(TASK, 0)
        sandboxes.remove(TASK)
        backend.close()


@pytest.mark.sandbox
async def test_a_card_whose_file_is_gone_says_so(home: Path, ground: Ground, tool: Path, tmp_path: Path) -> None:
    """Covers: TRAIN-9. Never a task that silently runs without the card that it pays for."""
    if ground.abilities.mode == "plain":
        pytest.skip("without a sandbox nothing is passed in")
    sandboxes = Sandboxes(home, ground)
    backend = EmbeddedBackend(home, sandboxes, machine.read(), tmp_path)
    (home / "store" / "c").mkdir(parents=True)
    launch = TaskLaunch(TASK, 1, (Role("main", 1, SAY),), 1, 2**28, ("1",), "t", "c", "o")
    with pytest.raises(StartFailed, match=f"device {tmp_path}/nvidia1 is not there"):
        await backend.start_task(launch)
    assert sandboxes.ids() == ()
    backend.close()
