"""Dynamic tasks for real: a sandbox of this machine, the runner as its process 1, its record, log and output."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
from pathlib import Path
from typing import Any

import pytest
from gemini_control.store import tables as t

from control_plane.fake_hub import FakeHub
from control_plane.platform import make_app, real_backend
from control_plane.world import PROJECT, VERSIONS, Lab, reach

pytestmark = pytest.mark.sandbox
GIGABYTE = 10**9
SCRIPT = """
import os, pathlib, sys
print("code", sorted(os.listdir()), os.environ["GEMINI_CODE"])
print("data", pathlib.Path(os.environ["GEMINI_DATA_1"], "digits.csv").read_text())
pathlib.Path(os.environ["GEMINI_OUTPUT"], "model.bin").write_text("weights")
print("结束")
"""


@pytest.fixture
async def world(real_world: Lab) -> Lab:
    """With a script and data on disk."""
    store = real_world.backend.store
    (store / "projects" / PROJECT / "code" / "train.py").write_text(SCRIPT)
    for version in (VERSIONS[0], "ver-mmmmmmmmm1"):
        (store / "versions" / version / "digits.csv").write_text("1,2,3")
    return real_world


async def ended(world: Lab, task_id: str, state: str, seconds: float = 60) -> dict[str, Any]:
    """Wait for a real task's end."""
    return await reach(lambda: world.task(task_id), state, seconds)


async def log_of(world: Lab, task_id: str) -> str:
    """The whole log."""
    text: str = (await world.platform.ask("GET", f"/training-tasks/{task_id}/log")).data["text"]
    return text


async def test_a_real_task_reads_its_data_and_leaves_its_output(world: Lab) -> None:
    """Covers: TRAIN-1, TRAIN-7, TRAIN-8, TRAIN-12, TRAIN-13."""
    made = await world.submit()
    seen = await ended(world, made["taskId"], "succeeded")
    assert (await log_of(world, made["taskId"])).splitlines() == [
        "code ['train.py'] /gemini/code",
        "data 1,2,3",
        "结束",
    ]
    assert (seen["exitCode"], seen["ranks"][0]["state"]) == (0, "succeeded")
    files = (await world.platform.ask("GET", f"/training-tasks/{made['taskId']}/output")).data
    assert [one["path"] for one in files] == ["model.bin"]
    (run,) = await world.rows(t.runs)
    assert run["charged_minutes"] == 1


@pytest.mark.parametrize(
    ("command", "reason", "code", "detail"),
    [
        ("python nowhere.py", "code", 2, ""),
        ("python -c 'raise SystemExit(7)'", "code", 7, ""),
        ("kill -9 $$", "code", 137, ""),
        ("echo x > model.bin", "code", 1, "GEMINI_OUTPUT"),
    ],
)
async def test_a_real_failure_ends_truthfully(world: Lab, command: str, reason: str, code: int, detail: str) -> None:
    """Covers: TRAIN-7, TRAIN-9."""
    made = await world.submit(command=command)
    seen = await ended(world, made["taskId"], "failed")
    assert (seen["reason"]["code"], seen["exitCode"]) == (reason, code), (seen, await log_of(world, made["taskId"]))
    assert detail in seen["reason"]["detail"]


async def test_a_second_attempt_finds_what_the_first_wrote(world: Lab) -> None:
    """Covers: TRAIN-7, TRAIN-9. The same output, one log of both, a sandbox of its own and a charge for each."""
    command = "echo $GEMINI_TASK_ID; [ -e $GEMINI_OUTPUT/x ] || { touch $GEMINI_OUTPUT/x; echo first; exit 3; }"
    made = await world.submit(command=command, retries=2)
    seen = await ended(world, made["taskId"], "succeeded")
    assert (await log_of(world, made["taskId"])).split() == [made["taskId"], "first", made["taskId"]]
    assert (seen["attempt"], seen["exitCode"], seen["ranks"][0]["state"]) == (2, 0, "succeeded")
    assert sorted(run["charged_minutes"] for run in await world.rows(t.runs)) == [1, 1]


async def test_a_limit_and_a_stop_end_what_ignores_them(world: Lab) -> None:
    """Covers: TRAIN-9."""
    deaf = "trap '' TERM; echo up; while true; do sleep 0.1; done"
    limited = await world.submit(command="sleep 60", maxDuration=1)
    stopped = await world.submit(command=deaf)
    while "up" not in await log_of(world, stopped["taskId"]):
        await asyncio.sleep(0.05)
    await world.platform.ask("POST", f"/training-tasks/{stopped['taskId']}/stop")
    seen = await ended(world, limited["taskId"], "failed")
    assert seen["reason"]["code"] == "timeout"
    assert (await ended(world, stopped["taskId"], "stopped"))["reason"]["code"] == "user-stopped"


async def test_a_killed_runner_is_lost_and_says_so(world: Lab) -> None:
    """Covers: TRAIN-9, TRAIN-10."""
    made = await world.submit(command="echo up; sleep 60")
    while "up" not in await log_of(world, made["taskId"]):
        await asyncio.sleep(0.05)
    backend: Any = world.platform.app.backend
    pid = backend.sandboxes.observe(made["taskId"]).pid
    os.kill(pid, signal.SIGKILL)
    seen = await ended(world, made["taskId"], "failed")
    assert (seen["reason"]["code"], seen["exitCode"], seen["lost"]) == ("node", None, True)


async def test_a_control_plane_that_comes_back_finds_its_task(world: Lab, home: Path, hub: FakeHub) -> None:
    """Covers: TRAIN-10."""
    made = await world.submit(command="echo up; until [ -e $GEMINI_OUTPUT/go ]; do sleep 0.05; done; echo down")
    while "up" not in await log_of(world, made["taskId"]):
        await asyncio.sleep(0.05)
    await world.platform.app.stop_async()
    # Its backend was closed with it; what runs knows nothing of either.
    world.platform.app = make_app(home, hub, backend=real_backend(home, world.backend.sandboxes))
    await world.platform.app.start_async()
    output = f"projects/{PROJECT}/output/digits-{made['taskId']}"
    (world.backend.store / output / "go").touch()
    seen = await ended(world, made["taskId"], "succeeded")
    assert seen["exitCode"] == 0
    assert (await log_of(world, made["taskId"])).splitlines() == ["up", "down"]


@pytest.mark.timeout(600)
async def test_a_gigabyte_of_output_ends_truthfully(world: Lab) -> None:
    """Covers: TRAIN-8, TRAIN-9. Kept whole, read in pieces: who is far behind is told what was left out."""
    command = f"yes 0123456789 | head -c {GIGABYTE}; echo; echo last words; exit 3"
    made = await world.submit(command=command, maxDuration=300)
    base = f"/training-tasks/{made['taskId']}/log"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seen = await ended(world, made["taskId"], "failed", 300)
    assert (seen["reason"]["code"], seen["exitCode"], seen["lastLines"][-1]) == ("code", 3, "last words")
    size = (await world.platform.ask("GET", f"{base}?limit=1")).data["size"]
    assert size == GIGABYTE + len("\nlast words\n")
    tail = (await world.platform.ask("GET", f"{base}?offset=-11")).data
    assert (tail["text"], tail["next"], tail["ended"]) == ("last words\n", size, True)
    most = (await world.platform.ask("GET", f"{base}?limit={1 << 20}")).data
    assert len(most["text"]) == 1 << 20
    socket = await world.platform.connect(f"{base}/stream")
    messages = [json.loads(await socket.read_message() or "") for _ in range(3)]
    assert messages[0]["dropped"] > GIGABYTE * 9 // 10
    assert messages[1]["text"].endswith("last words\n")
    assert messages[2] == {"end": True}
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    # Folders of tests are kept for a while; this one is large.
    (world.backend.store / "tasks" / made["taskId"] / "main-0.log").unlink()
    assert grown < 64 << 20, f"{grown >> 20} MiB more"
