"""Training tasks over real HTTP, with a hub and a place of work that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gemini_control.reconcilers import dynamic, existing
from gemini_control.store import tables as t
from gemini_core.ranks import Role

from control_plane.world import DATASET, DYNAMIC, EMPTY, PRIVATE, PROJECT, VERSIONS, ZONE, Lab


async def test_a_dynamic_task_runs_to_its_end_and_is_charged(world: Lab) -> None:
    """Covers: API-3, TRAIN-1, TRAIN-7, TRAIN-8, BILL-2."""
    answer = await world.platform.ask(
        "POST", "/training-tasks", "member", DYNAMIC, headers={"Accept-Language": "zh-CN"}
    )
    assert (answer.status, answer.json["message"]) == (200, "训练任务创建成功")
    made = answer.data
    assert set(made) == {"taskId", "status", "estimatedStartTime"}
    # A quick place of work may have begun before the answer was written.
    assert made["status"] in ("allocating", "starting")
    seen = await world.reached(made["taskId"], "running")
    launch = world.backend.launches[made["taskId"]]
    assert (launch.roles, launch.data, launch.pretrain) == (
        (Role("main", 1, "python train.py"),),
        {1: f"versions/{VERSIONS[0]}"},
        {1: "versions/ver-mmmmmmmmm1"},
    )
    assert (world.backend.store / launch.code / "train.py").read_text() == "print('ok')"
    assert launch.output == f"projects/{PROJECT}/output/digits-{made['taskId']}"
    world.write(world.folder(made["taskId"]), "ended", "succeeded", ended_at=2.0, exit_code=0)
    world.backend.end(made["taskId"], 0)
    seen = await world.reached(made["taskId"], "succeeded")
    assert [line["state"] for line in seen["timeline"]] == ["queued", "allocating", "starting", "running", "succeeded"]
    assert {step["state"] for step in seen["steps"]} == {"done"}
    assert seen["steps"][-1]["label"] == "Start the training container"
    assert (seen["exitCode"], seen["lost"], seen["reason"]) == (0, False, None)
    assert seen["ranks"] == [{"role": "main", "rank": 0, "state": "succeeded", "exitCode": 0}]
    assert (seen["cost"], seen["costIsShare"], seen["pricePerHour"]) == ("0.002500", False, "0.150000")
    (run,) = await world.rows(t.runs)
    assert (run["holder_id"], run["charged_micro"]) == (made["taskId"], 2500)
    assert ("remove", made["taskId"]) in world.backend.calls


@pytest.mark.parametrize(
    ("end", "record", "log", "reason", "detail", "code"),
    [
        ({"exit_code": 2}, ("failed", 2), "Traceback\nKeyError: 'x'\n", "code", "", 2),
        ({"exit_code": 137, "oom": True}, None, "", "out-of-memory", "", 137),
        ({"exit_code": 124}, ("timeout", 143), "", "timeout", "", 124),
        ({"exit_code": None, "signal": 9}, None, "", "node", "not known", None),
        ({"exit_code": None, "lost": True}, None, "", "node", "not known", None),
        ({"exit_code": 1}, ("failed", 1), "OSError: [Errno 30] Read-only file system: 'm'", "code", "GEMINI_OUTPUT", 1),
    ],
)
async def test_a_failure_says_why(
    world: Lab, end: dict, record: tuple | None, log: str, reason: str, detail: str, code: int | None
) -> None:
    """Covers: TRAIN-7, TRAIN-9."""
    made = await world.submit()
    await world.reached(made["taskId"], "running")
    folder = world.folder(made["taskId"])
    (folder / "main-0.log").write_text(log)
    if record is not None:
        world.write(folder, "ended", record[0], ended_at=2.0, exit_code=record[1])
    world.backend.end(made["taskId"], **end)
    seen = await world.reached(made["taskId"], "failed")
    assert (seen["reason"]["code"], seen["exitCode"], seen["lost"]) == (reason, code, reason == "node")
    assert detail in seen["reason"]["detail"]
    assert seen["reason"]["remedy"]
    assert seen["lastLines"] == [line for line in log.split("\n") if line]


async def test_a_stop_ends_it_in_any_state(world: Lab) -> None:
    """Covers: TRAIN-9."""
    big = {**ZONE, "cpuCores": 8}
    running = await world.submit(resourceConfig=big)
    await world.reached(running["taskId"], "running")
    queued = await world.submit(resourceConfig=big)
    assert (queued["status"], queued["position"], queued["reason"]["code"]) == ("queued", 1, "resources")
    stopped = await world.platform.ask("POST", f"/training-tasks/{queued['taskId']}/stop")
    assert stopped.data["state"] == "stopped"
    await world.platform.ask("POST", f"/training-tasks/{running['taskId']}/stop")
    seen = await world.reached(running["taskId"], "stopped")
    assert (seen["reason"]["code"], seen["exitCode"]) == ("user-stopped", 143)
    again = (await world.platform.ask("POST", f"/training-tasks/{running['taskId']}/stop")).data
    assert again["state"] == "stopped"


async def test_what_waits_starts_when_there_is_room(world: Lab) -> None:
    """Covers: RES-4, TRAIN-8."""
    big = {**ZONE, "cpuCores": 8}
    first = await world.submit(resourceConfig=big)
    second = await world.submit(resourceConfig=big)
    await world.reached(first["taskId"], "running")
    world.backend.end(first["taskId"], 0)
    await world.reached(second["taskId"], "running")


async def test_a_sandbox_that_does_not_start_fails_with_what_was_said(world: Lab) -> None:
    """Covers: TRAIN-9."""
    world.backend.broken = "no space left"
    made = await world.submit()
    seen = await world.reached(made["taskId"], "failed")
    assert (seen["reason"]["code"], seen["reason"]["detail"]) == (
        "node",
        "The sandbox could not be started: no space left.",
    )
    assert "failed" in {step["state"] for step in seen["steps"]}
    (run,) = await world.rows(t.runs)
    assert run["ended_at"] is not None


@pytest.mark.parametrize(
    ("wish", "status", "name", "field"),
    [
        ({"taskName": " ", "datasetId": ""}, 422, "task-name-required", "taskName"),
        ({"datasetId": " "}, 422, "dataset-required", "datasetId"),
        ({"launchMode": "existing", "resourceConfig": None}, 422, "environment-required", "environmentId"),
        ({"resourceConfig": {**ZONE, "availabilityZone": ""}}, 422, "zone-required", "resourceConfig.availabilityZone"),
        ({"launchMode": "hybrid"}, 422, "launch-mode-unknown", "launchMode"),
        ({"taskName": "a" * 65}, 422, "too-long", "taskName"),
        ({"taskName": "a\0"}, 422, "control-characters", "taskName"),
        ({"datasetId": "ds-zzzzzzzzzz", "datasetVersionId": None}, 404, "not-found", "datasetId"),
        ({"datasetId": PRIVATE, "datasetVersionId": None}, 404, "not-found", "datasetId"),
        ({"datasetId": EMPTY, "datasetVersionId": None}, 409, "no-version-yet", "datasetId"),
        ({"launchMode": "existing", "environmentId": "env-zzzzzzzzzz"}, 404, "not-found", "environmentId"),
        ({"resourceConfig": {**ZONE, "image": "x"}}, 404, "image-unknown", "image"),
        ({"resourceConfig": {**ZONE, "gpuCount": 1}}, 409, "beyond-zone-gpu", "resourceConfig.gpuCount"),
        ({"specificationId": "spec-small"}, 422, "resources-twice", "specificationId"),
        ({"mode": "horovod"}, 422, "mode-not-yet", "mode"),
        ({"unknown": 1}, 422, "field-unknown", "unknown"),
        ({"projectId": "a\0b"}, 422, "control-characters", "projectId"),
        ({"resourceConfig": {"availabilityZone": "\0"}}, 422, "control-characters", "resourceConfig.availabilityZone"),
        ({"models": [{"modelId": "\0"}]}, 422, "control-characters", "models.0.modelId"),
    ],
)
async def test_a_wrong_form_names_its_first_fault(world: Lab, wish: dict, status: int, name: str, field: str) -> None:
    """Covers: TRAIN-3, API-1."""
    answer = await world.platform.ask("POST", "/training-tasks", "member", {**DYNAMIC, **wish})
    assert (answer.status, answer.error["name"], answer.error["field"]) == (status, name, field)
    assert await world.rows(t.tasks) == []


async def test_declared_cards_wait_truthfully(world: Lab) -> None:
    """Covers: TRAIN-5."""
    far = {"availabilityZone": "az-bj-a", "gpuType": "A100", "gpuCount": 4, "cpuCores": 1, "memory": 1}
    made = await world.submit(resourceConfig=far)
    assert (made["status"], made["reason"]["message"]) == ("queued", "Not enough free resources")


async def running_inside(world: Lab) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """An environment that runs, with a dataset, and the orders that its server takes."""
    environment = await world.running(datasets=[{"datasetId": DATASET, "versionId": VERSIONS[0]}])
    return environment, world.platform.hub.orders


async def test_an_existing_task_is_ordered_in_its_environment(world: Lab) -> None:
    """Covers: API-3, TRAIN-1, TRAIN-7, BILL-9."""
    environment, _ = await running_inside(world)
    wish = {"launchMode": "existing", "environmentId": environment["id"], "resourceConfig": None, "modelId": None}
    made = await world.submit(**wish)
    assert made == {"taskId": made["taskId"], "status": "starting", "environmentId": environment["id"]}
    order = await world.platform.hub.order()
    assert order["folder"] == f"/run/gemini/tasks/{made['taskId']}"
    (rank,) = order["ranks"]
    assert rank["cwd"] == f"/run/gemini/snapshots/{made['taskId']}"
    assert rank["env"]["GEMINI_OUTPUT"] == f"/gemini/output/digits-{made['taskId']}"
    assert rank["env"]["GEMINI_DATA_1"] == "/gemini/data-1"
    home = world.backend.store / "environments" / environment["id"]
    assert (home / "snapshots" / made["taskId"] / "train.py").exists()
    folder = home / "tasks" / made["taskId"]
    folder.mkdir(parents=True)
    world.write(folder, "running")
    seen = await world.reached(made["taskId"], "running")
    world.write(folder, "ended", "succeeded", ended_at=2.0, exit_code=0)
    seen = await world.reached(made["taskId"], "succeeded")
    assert (seen["costIsShare"], seen["pricePerHour"], seen["environmentName"]) == (True, "0.200000", "lab one")
    assert [run["holder_id"] for run in await world.rows(t.runs)] == [environment["id"]]


async def test_what_is_not_mounted_is_named(world: Lab) -> None:
    """Covers: TRAIN-13."""
    environment, orders = await running_inside(world)
    wish = {"launchMode": "existing", "environmentId": environment["id"], "resourceConfig": None}
    answer = await world.platform.ask("POST", "/training-tasks", "member", {**DYNAMIC, **wish})
    assert (answer.status, answer.error["name"]) == (409, "not-mounted")
    assert "net v1" in answer.json["message"]
    newer = {**wish, "modelId": None, "datasetVersionId": VERSIONS[1]}
    answer = await world.platform.ask("POST", "/training-tasks", "member", {**DYNAMIC, **newer})
    assert "digits v2" in answer.json["message"]
    hidden = {**wish, "modelId": None, "datasetId": PRIVATE, "datasetVersionId": None}
    assert (await world.platform.ask("POST", "/training-tasks", "member", {**DYNAMIC, **hidden})).status == 404
    assert orders == []


@pytest.mark.parametrize(("state", "reason"), [("stopped", "user-stopped"), ("failed", "node")])
async def test_an_environment_takes_its_tasks_with_it(world: Lab, state: str, reason: str) -> None:
    """Covers: TRAIN-9, TRAIN-10."""
    environment, _ = await running_inside(world)
    wish = {"launchMode": "existing", "environmentId": environment["id"], "resourceConfig": None, "modelId": None}
    made = await world.submit(**wish)
    folder = world.backend.store / "environments" / environment["id"] / "tasks" / made["taskId"]
    folder.mkdir(parents=True)
    world.write(folder, "running")
    await world.reached(made["taskId"], "running")
    if state == "stopped":
        await world.platform.ask("POST", f"/dev-environments/{environment['id']}/stop")
    else:
        world.backend.end(environment["id"], 137)
        world.platform.store.tell("look", environment["id"])
    seen = await world.reached(made["taskId"], state)
    assert seen["reason"]["code"] == reason
    assert seen["exitCode"] is None


async def test_an_order_that_nobody_takes_is_given_up(world: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: TRAIN-9."""
    environment, _ = await running_inside(world)
    world.platform.hub.order_status = 503
    monkeypatch.setattr(existing, "DELIVERY_LIMIT", 0.2)
    wish = {"launchMode": "existing", "environmentId": environment["id"], "resourceConfig": None, "modelId": None}
    made = await world.submit(**wish)
    seen = await world.reached(made["taskId"], "failed")
    assert seen["reason"]["code"] == "node"
    assert "did not take the order" in seen["reason"]["detail"]


async def test_an_existing_task_is_stopped_by_an_order(world: Lab) -> None:
    """Covers: TRAIN-9."""
    environment, _ = await running_inside(world)
    wish = {"launchMode": "existing", "environmentId": environment["id"], "resourceConfig": None, "modelId": None}
    made = await world.submit(**wish)
    await world.platform.hub.order()
    folder = world.backend.store / "environments" / environment["id"] / "tasks" / made["taskId"]
    folder.mkdir(parents=True)
    world.write(folder, "running")
    await world.reached(made["taskId"], "running")
    await world.platform.ask("POST", f"/training-tasks/{made['taskId']}/stop")
    await world.platform.hub.order(f"tasks/{made['taskId']}/stop")
    world.write(folder, "ended", "stopped", ended_at=2.0, exit_code=143)
    seen = await world.reached(made["taskId"], "stopped")
    assert (seen["reason"]["code"], seen["exitCode"]) == ("user-stopped", 143)


@pytest.mark.parametrize("claim", [{"exit_code": 2**31}, {"signal": 2**31 - 1}])
async def test_a_record_that_no_database_takes_ends_its_task(world: Lab, claim: dict[str, int]) -> None:
    """Covers: TRAIN-9. Root inside writes it: what it claims keeps no task from its end, nor its data mounted."""
    environment, _ = await running_inside(world)
    wish = {"launchMode": "existing", "environmentId": environment["id"], "resourceConfig": None, "modelId": None}
    made = await world.submit(**wish)
    folder = world.backend.store / "environments" / environment["id"] / "tasks" / made["taskId"]
    folder.mkdir(parents=True)
    world.write(folder, "ended", "failed", ended_at=2.0, **claim)
    assert (await world.reached(made["taskId"], "failed"))["exitCode"] is None


async def test_the_log_outlives_its_environment(world: Lab) -> None:
    """Covers: TRAIN-8, TRAIN-10."""
    environment, _ = await running_inside(world)
    wish = {"launchMode": "existing", "environmentId": environment["id"], "resourceConfig": None, "modelId": None}
    made = await world.submit(**wish)
    folder = world.backend.store / "environments" / environment["id"] / "tasks" / made["taskId"]
    folder.mkdir(parents=True)
    (folder / "main-0.log").write_text("kept")
    world.write(folder, "ended", "succeeded", ended_at=2.0, exit_code=0)
    await world.reached(made["taskId"], "succeeded")
    await world.platform.ask("DELETE", f"/dev-environments/{environment['id']}")
    await world.gone(f"/dev-environments/{environment['id']}")
    assert not folder.exists()
    assert (await world.platform.ask("GET", f"/training-tasks/{made['taskId']}/log")).data["text"] == "kept"
    assert (await world.task(made["taskId"]))["environmentName"] == "lab one"


async def test_nobody_else_knows_of_a_task(world: Lab) -> None:
    """Covers: TEN-2b."""
    made = await world.submit()
    for person in ("colleague", "stranger"):
        for task in (made["taskId"], "task-zzzzzzzzzz"):
            for path in ("", "/log", "/log/file", "/output"):
                answer = await world.platform.ask("GET", f"/training-tasks/{task}{path}", person)
                assert (answer.status, answer.error["name"]) == (404, "not-found")
        assert (await world.platform.ask("GET", "/training-tasks", person)).json["page"]["total"] == 0
    assert (await world.task(made["taskId"], "admin"))["owner"] == "member"


async def test_the_list_is_filtered_and_the_output_listed(world: Lab) -> None:
    """Covers: API-5, TRAIN-7."""
    first = await world.submit(taskName="one")
    await world.submit(taskName="two")

    async def names(query: str) -> list[str]:
        return [one["taskName"] for one in (await world.platform.ask("GET", f"/training-tasks{query}")).data]

    assert await names("") == ["two", "one"]
    assert await names("?sort=name") == ["one", "two"]
    assert await names("?search=tw") == ["two"]
    assert await names("?mode=existing") == []
    assert await names(f"?projectId={PROJECT}&limit=1") == ["two"]
    assert (await world.platform.ask("GET", "/training-tasks?state=nowhere")).status == 422
    output = world.backend.store / "projects" / PROJECT / "output" / f"one-{first['taskId']}"
    output.mkdir(parents=True)
    (output / "model.bin").write_bytes(b"12345")
    files = (await world.platform.ask("GET", f"/training-tasks/{first['taskId']}/output")).data
    assert [(one["path"], one["size"]) for one in files] == [("model.bin", 5)]


async def test_a_key_submits_once(world: Lab) -> None:
    """Covers: API-5."""
    headers = {"Idempotency-Key": "k1"}
    answers = [await world.platform.ask("POST", "/training-tasks", "member", DYNAMIC, headers=headers) for _ in "ab"]
    assert answers[0].data["taskId"] == answers[1].data["taskId"]
    assert len(await world.rows(t.tasks)) == 1


async def test_a_preview_says_price_place_and_faults(world: Lab) -> None:
    """Covers: TRAIN-4."""
    empty = (await world.platform.ask("POST", "/training-tasks/preview", body={"launchMode": "dynamic"})).data
    assert [error["message"] for error in empty["errors"]] == ["Enter a task name", "Choose a dataset", "Choose a zone"]
    headers = {"Accept-Language": "zh-CN"}
    full = (await world.platform.ask("POST", "/training-tasks/preview", body=DYNAMIC, headers=headers)).data
    assert (full["zoneName"], full["pricePerHour"], full["errors"]) == ("Here", "0.150000", [])
    assert full["expectedStart"] == "预计 2-5 分钟完成资源分配"
    environment, _ = await running_inside(world)
    wish = {**DYNAMIC, "launchMode": "existing", "environmentId": environment["id"], "modelId": None}
    inside = (await world.platform.ask("POST", "/training-tasks/preview", body=wish, headers=headers)).data
    assert (inside["environmentName"], inside["priceIsShare"]) == ("lab one", True)
    assert inside["expectedStart"] == "快速启动，预计 10 秒内开始训练"
    assert inside["errors"] == []


async def test_an_ended_task_is_watched_no_more(world: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's watch of a task's folder goes with the task: there are only so many. Covers: TRAIN-8."""
    monkeypatch.setattr(dynamic, "LOOK_WHILE_RUNNING", 0.01)
    made = await world.submit()
    await world.reached(made["taskId"], "running")
    before = watches()
    world.folder(made["taskId"])
    await until(lambda: watches() == before + 1)
    world.backend.end(made["taskId"], 0)
    await world.reached(made["taskId"], "succeeded")
    await until(lambda: watches() == before)


def watches() -> int:
    """How many folders this process has the kernel watch."""
    return sum(path.read_text().count("inotify wd:") for path in Path("/proc/self/fdinfo").iterdir() if path.exists())


async def until(look: Callable[[], bool]) -> None:
    """Return when it is so."""
    async with asyncio.timeout(30):
        while not look():
            await asyncio.sleep(0.01)
