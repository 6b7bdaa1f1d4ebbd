"""Training in an environment and on resources of its own: state, log, output and cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from gemini_client import Client
from platform_fixture import (
    Platform,
    cheapest_specification,
    create_environment,
    sample,
    stop_environment,
    wait_environment,
    wait_task,
)

pytestmark = pytest.mark.hub


@pytest.fixture(scope="module")
def client(platform: Platform) -> Client:
    """Alice's."""
    return platform.client("alice")


@pytest.fixture(scope="module")
def environment(client: Client) -> Iterator[str]:
    """A running environment of alice's with the digits mounted."""
    made = create_environment(client, "training tests")
    wait_environment(client, made, "running")
    yield made
    stop_environment(client, made)


def body(client: Client, name: str, command: str, **more: Any) -> dict[str, Any]:
    """What submitting needs in both modes."""
    made = sample(client)
    data = {"datasetId": made["dataset"]["id"], "datasetVersionId": made["version"]["id"]}
    return {"taskName": name, "description": "", "projectId": made["project"]["id"], "command": command, **data, **more}


def dynamic(client: Client, name: str, command: str) -> str:
    """Submits a task on resources of its own and returns its id."""
    least = cheapest_specification(client)
    resources = {
        "availabilityZone": client.zones.list().items[0]["id"],
        "gpuType": None,
        "gpuCount": 0,
        "cpuCores": least["cpuCores"],
        "memory": least["memory"],
        "image": "local",
    }
    wanted = body(client, name, command, launchMode="dynamic", resourceConfig=resources)
    return str(client.tasks.create(wanted)["taskId"])


def existing(client: Client, environment: str, name: str, command: str) -> str:
    """Submits a task in a running environment and returns its id."""
    wanted = body(client, name, command, launchMode="existing", environmentId=environment)
    return str(client.tasks.create(wanted)["taskId"])


def whole_log(client: Client, task: str) -> str:
    """The log of rank 0, read piece by piece."""
    text, offset = "", 0
    while True:
        piece = client.tasks.log(task, offset=offset)
        text += piece["text"]
        if piece["next"] == offset:
            return text
        offset = piece["next"]


def postings(client: Client) -> list[dict[str, Any]]:
    """The newest lines of the sample workspace's account."""
    return list(client.workspaces.postings(sample(client)["workspace"], limit=200).items)


def test_existing_trains_on_real_data(platform: Platform, client: Client, environment: str) -> None:
    """The sample trains in the environment, its log is whole, its output is the environment's.

    Covers: TRAIN-1, TRAIN-7, TRAIN-8, TRAIN-13, BILL-9.
    """
    before = len(postings(client))
    task = existing(client, environment, "digits here", "python train.py --epochs 3")
    seen = wait_task(client, task, "succeeded")
    log = whole_log(client, task)
    assert (seen["exitCode"], seen["lost"], seen["costIsShare"]) == (0, False, True)
    assert "epoch 3/3" in log and "done: accuracy" in log
    produced = {file["path"].rsplit("/")[-1] for file in client.tasks.output(task).items}
    assert {"model.joblib", "metrics.json"} <= produced and any("tfevents" in name for name in produced)
    listed = platform.inside(environment, "ls /gemini/output/*/metrics.json").stdout
    assert task in listed
    assert len(postings(client)) == before, "existing mode posts nothing"


def test_dynamic_trains_on_resources_of_its_own(client: Client) -> None:
    """The sample trains in a sandbox of its own, is charged at least a minute, and is gone afterwards.

    Covers: TRAIN-1, TRAIN-7, TRAIN-8, BILL-2.
    """
    task = dynamic(client, "digits alone", "python train.py --epochs 3")
    seen = wait_task(client, task, "succeeded")
    assert (seen["exitCode"], seen["costIsShare"]) == (0, False)
    assert "done: accuracy" in whole_log(client, task)
    assert Decimal(seen["cost"]) > 0
    at = {line["state"]: datetime.fromisoformat(line["at"]) for line in seen["timeline"]}
    minutes = -((at["allocating"] - datetime.fromisoformat(seen["endedAt"])) // timedelta(minutes=1))
    due = minutes * Decimal(seen["pricePerHour"]) / 60
    assert abs(Decimal(seen["cost"]) - due) <= Decimal("0.000001"), "a started minute is one minute"
    assert [step["state"] for step in seen["steps"]] == ["done"] * len(seen["steps"])


@pytest.mark.parametrize(
    ("command", "reason", "exit_code"),
    [
        ("python missing.py", "code", 2),
        ("echo 'def' > /tmp/x.py; python /tmp/x.py", "code", 1),
        ("kill -9 $$", "code", 137),
    ],
)
def test_a_failure_has_a_code_a_reason_and_last_lines(
    client: Client, environment: str, command: str, reason: str, exit_code: int
) -> None:
    """A script that is missing, wrong or killed ends failed, with what it said last. Covers: TRAIN-9."""
    task = existing(client, environment, "fails", command)
    seen = wait_task(client, task, "failed")
    assert (seen["exitCode"], seen["reason"]["code"]) == (exit_code, reason)
    assert seen["reason"]["remedy"]
    if "missing.py" in command:
        assert "missing.py" in "\n".join(seen["lastLines"])


def test_a_task_is_stopped_although_it_ignores_sigterm(client: Client) -> None:
    """Stop ends all processes of the task, also those that ignore the request. Covers: TRAIN-9."""
    task = dynamic(client, "stubborn", "trap '' TERM; echo ready; while true; do sleep 0.2; done")
    wait_task(client, task, "running")
    client.tasks.stop(task)
    seen = wait_task(client, task, "stopped", seconds=60)
    assert seen["reason"]["code"] == "user-stopped"


def test_the_snapshot_cannot_be_written(client: Client, environment: str) -> None:
    """A task's code is read-only, in both modes. Covers: TRAIN-7."""
    for task in (
        existing(client, environment, "writes code here", "touch $GEMINI_CODE/x"),
        dynamic(client, "writes code alone", "touch /gemini/code/x"),
    ):
        seen = wait_task(client, task, "failed")
        assert "Read-only file system" in "\n".join(seen["lastLines"])


def test_too_much_is_refused_and_nothing_runs_twice(client: Client) -> None:
    """The same key creates one task. Covers: API-5."""
    least = cheapest_specification(client)
    zone = client.zones.list().items[0]["id"]
    resources = {
        "availabilityZone": zone,
        "gpuType": None,
        "gpuCount": 0,
        "cpuCores": least["cpuCores"],
        "memory": least["memory"],
        "image": "local",
    }
    wanted = body(client, "once", "true", launchMode="dynamic", resourceConfig=resources)
    first, second = (client.tasks.create(wanted, key="once-and-only") for _ in range(2))
    assert first["taskId"] == second["taskId"]
    wait_task(client, str(first["taskId"]), "succeeded")
