"""What root inside writes over a task's record: shown at most, and never in the way of the task's end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gemini_control.store import tables as t

from control_plane.world import DATASET, PROJECT, VERSIONS, Lab

RANK = '{"role": "main", "rank": 0, "exit_code": %s, "signal": %s, "started_at": 1e30, "ended_at": -5}'
HOSTILE = '{"state": "ended", "started_at": 1e999, "ended_at": 1e300, "heartbeat": NaN, "ranks": [%s]}'


def inside(environment: dict[str, Any]) -> dict[str, Any]:
    """A task in an environment."""
    return {"launchMode": "existing", "environmentId": environment["id"], "resourceConfig": None, "modelId": None}


@pytest.mark.parametrize(
    "record",
    [
        HOSTILE % (RANK % ("9" * 400, "9" * 400)),
        HOSTILE % (RANK % (2**63, -(2**63))),
        '{"state": "ended", "ranks": ' + "[" * 5000,
        "\ud800",
    ],
)
async def test_a_hostile_record_keeps_no_task_from_its_end(world: Lab, record: str) -> None:
    """Covers: TRAIN-9, BILL-2. The end that was seen from outside is the end, and closes the charge."""
    made = await world.submit()
    await world.reached(made["taskId"], "running")
    (world.folder(made["taskId"]) / "state.json").write_bytes(record.encode(errors="surrogatepass"))
    world.backend.end(made["taskId"], 3)
    seen = await world.reached(made["taskId"], "failed")
    assert (seen["exitCode"], seen["startedAt"] <= seen["endedAt"]) == (3, True)
    (run,) = await world.rows(t.runs)
    assert run["ended_at"] is not None


@pytest.mark.parametrize("claim", [1.0, 9e9])
async def test_a_claimed_start_is_no_longer_ago_than_the_task(world: Lab, claim: float) -> None:
    """Covers: BILL-9. The share of an existing task is shown for the time that it can have run."""
    environment = await world.running(datasets=[{"datasetId": DATASET, "versionId": VERSIONS[0]}])
    made = await world.submit(**inside(environment))
    folder = world.backend.store / "environments" / environment["id"] / "tasks" / made["taskId"]
    folder.mkdir(parents=True)
    (folder / "state.json").write_text(json.dumps({"state": "running", "started_at": claim, "ranks": []}))
    seen = await world.reached(made["taskId"], "running")
    assert seen["createdAt"] <= seen["startedAt"] <= seen["stateSince"]


async def test_a_file_in_the_place_of_its_output_ends_a_task(world: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: TRAIN-9. Root inside owns the folder of all outputs; the task fails and says why."""
    outputs = world.backend.store / "projects" / PROJECT / "output"
    outputs.mkdir(parents=True, exist_ok=True)
    environment = await world.running(datasets=[{"datasetId": DATASET, "versionId": VERSIONS[0]}])
    prepare = world.backend.prepare

    async def planted(workspace_index: int, folders: tuple[str, ...]) -> None:
        for folder in folders:
            (world.backend.store / folder).symlink_to("/nowhere")
        await prepare(workspace_index, folders)

    monkeypatch.setattr(world.backend, "prepare", planted)
    made = await world.submit(**inside(environment))
    seen = await world.reached(made["taskId"], "failed")
    assert (seen["reason"]["code"], seen["reason"]["detail"]) == ("configuration", "File exists")
