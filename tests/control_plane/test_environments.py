"""Environments over real HTTP, with a hub and a place of work that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from gemini_control.reconcilers import environments as reconciler
from gemini_control.store import tables as t
from sqlalchemy import insert

from control_plane.platform import Platform
from control_plane.world import DATASET, EMPTY, MODEL, OTHER_PROJECT, PRIVATE, PROJECT, VERSIONS, World


@pytest.fixture
async def world(platform: Platform, lab: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A filled world with an obedient spawner."""
    monkeypatch.setattr(reconciler, "LOOK_AGAIN", 0.01)
    world = World(platform)
    await world.fill()
    world.obey()
    yield world


async def test_a_wish_becomes_a_running_environment_with_a_run(world: World) -> None:
    """Covers: ENV-1, ENV-3, API-2, BILL-2."""
    made = await world.create(datasets=[{"datasetId": DATASET}], tags=["first"])
    assert made["state"] == "starting"
    seen = await world.until(made["id"], "running")
    assert {
        key: seen[key] for key in ("name", "type", "status", "image", "availabilityZone", "gpuType", "gpuCount")
    } == {
        "name": "lab one",
        "type": "notebook",
        "status": "running",
        "image": "local",
        "availabilityZone": "local",
        "gpuType": None,
        "gpuCount": 0,
    }
    assert (seen["cpuCores"], seen["memory"], seen["uptime"], seen["tags"]) == (1, 2, "0m", ["first"])
    assert [(m["path"], m["versionNumber"]) for m in seen["mounts"]] == [("/gemini/data-1", 2)]
    assert {step["state"] for step in seen["steps"]} == {"done"}
    assert seen["url"] == f"/user/member/{seen['id']}/lab"
    (run,) = await world.rows(t.runs)
    assert (run["holder_id"], run["ended_at"], run["price_micro_per_hour"]) == (seen["id"], None, 200_000)
    assert seen["pricePerHour"] == "0.200000"
    assert float(seen["cost"]) > 0
    ((verb, person, name, body),) = world.platform.hub.calls
    assert (verb, person, name) == ("start", "member", seen["id"])
    assert body["user_options"] == {"environment": seen["id"]}


async def test_a_stop_ends_the_run_and_charges_it(world: World) -> None:
    """Covers: ENV-3, BILL-2."""
    seen = await world.running()
    await world.platform.ask("POST", f"/dev-environments/{seen['id']}/stop")
    ended = await world.until(seen["id"], "stopped")
    assert ended["reason"]["code"] == "user-stopped"
    assert ended["url"] is None
    (run,) = await world.rows(t.runs)
    assert run["ended_at"] is not None
    assert (run["charged_minutes"], run["charged_micro"]) == (1, 3333)
    assert ended["cost"] == "0.003333"


@pytest.mark.parametrize("path", ["", "/start", "/stop", "/restart"])
async def test_nobody_else_knows_of_it(world: World, path: str) -> None:
    """Covers: TEN-2b."""
    seen = await world.running()
    method = "POST" if path else "GET"
    for person in ("colleague", "stranger"):
        for environment in (seen["id"], "env-zzzzzzzzzz", "../x"):
            answer = await world.platform.ask(method, f"/dev-environments/{environment}{path}", person)
            assert (answer.status, answer.error["name"]) == (404, "not-found")


async def test_owners_and_admins_see_and_stop_it_but_start_nothing(world: World) -> None:
    """Covers: TEN-2b."""
    seen = await world.running()
    for person in ("owner", "admin", "operator"):
        assert (await world.environment(seen["id"], person))["id"] == seen["id"]
        refused = await world.platform.ask("POST", f"/dev-environments/{seen['id']}/restart", person)
        assert (refused.status, refused.error["name"]) == (403, "owner-only")
    await world.platform.ask("POST", f"/dev-environments/{seen['id']}/stop", "admin")
    await world.until(seen["id"], "stopped")


@pytest.mark.parametrize(
    ("wish", "status", "name", "field"),
    [
        ({"name": " "}, 422, "field-required", "name"),
        ({"name": "a" * 65}, 422, "too-long", "name"),
        ({"name": "a\0b"}, 422, "control-characters", "name"),
        ({"name": "../etc"}, 422, "path-as-name", "name"),
        ({"projectId": ""}, 422, "project-required", "projectId"),
        ({"projectId": "prj-zzzzzzzzzz"}, 404, "not-found", "projectId"),
        ({"projectId": OTHER_PROJECT}, 404, "not-found", "projectId"),
        ({"image": "nvidia/cuda"}, 404, "image-unknown", "image"),
        ({"specificationId": "local-b9"}, 404, "not-found", "specificationId"),
        ({"datasets": [{"datasetId": "ds-zzzzzzzzzz"}]}, 404, "not-found", "datasets.0"),
        ({"datasets": [{"datasetId": PRIVATE}]}, 404, "not-found", "datasets.0"),
        ({"datasets": [{"datasetId": MODEL}]}, 404, "not-found", "datasets.0"),
        ({"datasets": [{"datasetId": EMPTY}]}, 409, "no-version-yet", "datasets.0"),
        ({"datasets": [{"datasetId": DATASET, "versionId": "ver-zzzzzzzzzz"}]}, 404, "not-found", "datasets.0"),
        ({"datasets": [{"datasetId": DATASET}] * 2}, 422, "mounted-twice", "datasets.1"),
        ({"resourceConfig": {"availabilityZone": "local"}}, 422, "resources-twice", "specificationId"),
    ],
)
async def test_a_wrong_wish_names_its_field(world: World, wish: dict, status: int, name: str, field: str) -> None:
    """Covers: API-1, ENV-4, TEN-3."""
    body = {"name": "lab", "projectId": PROJECT, "specificationId": "local-b1", **wish}
    answer = await world.platform.ask("POST", "/dev-environments", "member", body)
    assert (answer.status, answer.error["name"], answer.error["field"]) == (status, name, field)
    assert await world.rows(t.environments) == []


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({"availabilityZone": "local", "gpuType": "A100", "gpuCount": 1}, "beyond-zone-gpu"),
        ({"availabilityZone": "az-bj-a", "gpuType": "A100", "gpuCount": 33}, "beyond-zone-gpu"),
        ({"availabilityZone": "local", "cpuCores": 9}, "beyond-zone-cpu"),
        ({"availabilityZone": "local", "memory": 17}, "beyond-zone-memory"),
        ({"availabilityZone": "nowhere"}, "not-found"),
        ({"availabilityZone": "az-bj-a", "gpuCount": 1}, "gpu-type-required"),
        ({}, "zone-required"),
    ],
)
async def test_more_than_the_zone_has_is_refused_by_name(world: World, config: dict, name: str) -> None:
    """Covers: RES-1b, RES-4."""
    body = {"name": "lab", "projectId": PROJECT, "resourceConfig": config}
    answer = await world.platform.ask("POST", "/dev-environments", "member", body)
    assert answer.error["name"] == name


async def test_more_than_is_free_waits_its_turn(world: World) -> None:
    """Covers: RES-4, ENV-3."""
    config = {"availabilityZone": "local", "cpuCores": 5, "memory": 1}
    first = await world.running(specificationId=None, resourceConfig=config)
    second = await world.create(specificationId=None, resourceConfig=config)
    third = await world.create(specificationId=None, resourceConfig={**config, "cpuCores": 1})
    assert (second["state"], second["position"], second["reason"]["code"]) == ("queued", 1, "resources")
    assert second["reason"]["detail"] == "CPU is short"
    assert (third["state"], third["position"], third["reason"]["detail"]) == ("queued", 2, "others wait in front")
    await world.platform.ask("POST", f"/dev-environments/{first['id']}/stop")
    await world.until(second["id"], "running")
    await world.until(third["id"], "running")


async def test_a_declared_card_that_is_not_there_waits_truthfully(world: World) -> None:
    """Covers: TRAIN-5, RES-1b."""
    config = {"availabilityZone": "az-bj-a", "gpuType": "A100", "gpuCount": 4, "cpuCores": 1, "memory": 1}
    made = await world.create(specificationId=None, resourceConfig=config)
    assert (made["state"], made["reason"]["code"], made["position"]) == ("queued", "resources", 1)
    await world.platform.ask("POST", f"/dev-environments/{made['id']}/stop")
    await world.until(made["id"], "stopped")
    assert await world.rows(t.runs) == []


async def test_what_the_hub_will_not_have_back_runs_on(world: World) -> None:
    """It lost its database, and with it the person: it is asked now and then, until they have signed in again.

    Covers: ENV-3, BILL-2."""
    made = await world.running()
    hub = world.platform.hub
    (work,) = (one for one in world.platform.parts.leading.works if isinstance(one, reconciler.EnvironmentReconciler))
    hub.servers.clear()
    hub.calls.clear()
    hub.refuse = (404, "no such user")
    async with asyncio.timeout(20):
        await work.survey()
        await work.queue.settle()
    assert 1 <= len(hub.calls) <= 2
    seen = await world.environment(made["id"])
    assert (seen["state"], seen["health"]) == ("running", "unknown")
    hub.refuse = None
    await work.survey()
    async with asyncio.timeout(20):
        while ("member", made["id"]) not in hub.servers:
            await asyncio.sleep(0.01)
    assert (await world.environment(made["id"]))["state"] == "running"
    assert len(await world.rows(t.runs)) == 1


async def test_in_arrears_nothing_starts(world: World) -> None:
    """Covers: BILL-6, ENV-4."""
    seen = await world.running()
    await world.platform.ask("POST", f"/dev-environments/{seen['id']}/stop")
    await world.until(seen["id"], "stopped")
    await world.platform.store.write(lambda tx: tx.execute(t.accounts.update().values(balance_micro=0)))
    for method, path, body in (
        ("POST", "/dev-environments", {"name": "a", "projectId": PROJECT}),
        ("POST", f"/dev-environments/{seen['id']}/start", None),
    ):
        answer = await world.platform.ask(method, path, "member", body)
        assert (answer.status, answer.error["name"]) == (403, "arrears")


async def test_a_restart_is_a_new_run_of_what_is_described_now(world: World) -> None:
    """Covers: ENV-3, BILL-10."""
    seen = await world.running()
    refused = await world.platform.ask("PATCH", f"/dev-environments/{seen['id']}", body={"specificationId": "local-b2"})
    assert refused.error["name"] == "environment-not-stopped"
    await world.platform.ask("POST", f"/dev-environments/{seen['id']}/restart")
    while len(await world.rows(t.runs)) < 2:
        await asyncio.sleep(0.01)
    again = await world.until(seen["id"], "running")
    first, second = sorted(await world.rows(t.runs), key=lambda run: run["started_at"])
    assert first["ended_at"] is not None
    assert second["ended_at"] is None
    assert again["target"] == "running"


@pytest.mark.parametrize("verb", ["start", "restart"])
async def test_what_still_stops_is_started_as_what_has_stopped(world: World, verb: str) -> None:
    """Checked and written down as any start; then it starts by itself. Covers: ENV-3, TEN-4, BILL-6."""
    seen = await world.running()
    hub, place = world.platform.hub, ("member", seen["id"])
    ends = hub.on_stop
    stopping = {"name": seen["id"], "ready": False, "pending": "stop"}
    hub.on_stop = lambda person, environment: hub.servers.update({(person, environment): stopping})
    address = f"/dev-environments/{seen['id']}"
    await world.platform.ask("POST", f"{address}/stop")
    await world.platform.store.write(lambda tx: tx.execute(t.accounts.update().values(balance_micro=0)))
    assert (await world.platform.ask("POST", f"{address}/{verb}")).error["name"] == "arrears"
    assert (await world.environment(seen["id"]))["target"] == "stopped"
    await world.platform.store.write(lambda tx: tx.execute(t.accounts.update().values(balance_micro=10**9)))
    again = (await world.platform.ask("POST", f"{address}/{verb}")).data
    assert (again["state"], again["target"]) == ("stopping", "running")
    actions = [row["action"] for row in await world.rows(t.audit) if row["object_id"] == seen["id"]]
    assert actions == ["create", "stop", verb]
    del hub.servers[place]
    ends(*place)
    await world.until(seen["id"], "running")
    assert len(await world.rows(t.runs)) == 2


async def test_what_is_stopped_can_be_changed(world: World) -> None:
    """Covers: ENV-3."""
    seen = await world.running(datasets=[{"datasetId": DATASET, "versionId": VERSIONS[0]}])
    await world.platform.ask("POST", f"/dev-environments/{seen['id']}/stop")
    await world.until(seen["id"], "stopped")
    wish = {"name": "new", "tags": ["x"], "specificationId": "local-b2", "models": [{"modelId": MODEL}]}
    changed = (await world.platform.ask("PATCH", f"/dev-environments/{seen['id']}", body=wish)).data
    assert (changed["name"], changed["tags"], changed["cpuCores"], changed["pricePerHour"]) == (
        "new", ["x"], 4, "0.800000",
    )  # fmt: skip
    assert [(m["path"], m["versionId"]) for m in changed["mounts"]] == [
        ("/gemini/data-1", VERSIONS[0]),
        ("/gemini/pretrain1", "ver-mmmmmmmmm1"),
    ]


async def test_a_deleted_one_is_gone_for_everybody(world: World) -> None:
    """Covers: ENV-3."""
    seen = await world.running()
    await world.platform.ask("DELETE", f"/dev-environments/{seen['id']}")
    while (await world.platform.ask("GET", f"/dev-environments/{seen['id']}")).status != 404:
        await asyncio.sleep(0.01)
    assert (await world.platform.ask("GET", "/dev-environments")).json["page"]["total"] == 0
    assert ("member", seen["id"]) not in world.platform.hub.servers


async def test_the_list_is_filtered_searched_sorted_and_paged(world: World) -> None:
    """Covers: API-2, API-5."""
    for name in ("b", "a", "c"):
        await world.running(name=name, specificationId="local-b1")
    stopped = (await world.platform.ask("GET", "/dev-environments?search=c")).data[0]
    await world.platform.ask("POST", f"/dev-environments/{stopped['id']}/stop")
    await world.until(stopped["id"], "stopped")

    async def names(query: str, person: str = "member") -> list[str]:
        return [one["name"] for one in (await world.platform.ask("GET", f"/dev-environments{query}", person)).data]

    assert await names("?status=running") == ["a", "b"]
    assert await names("?status=stopped") == ["c"]
    assert await names("?sort=name") == ["a", "b", "c"]
    assert await names("?search=A") == ["a"]
    assert await names("?status=running", "colleague") == []
    assert await names("?sort=name", "admin") == ["a", "b", "c"]
    first = await world.platform.ask("GET", "/dev-environments?sort=name&limit=2")
    assert first.json["page"]["total"] == 3
    cursor = first.json["page"]["next"]
    assert await names(f"?sort=name&limit=2&cursor={cursor}") == ["c"]
    assert (await world.platform.ask("GET", "/dev-environments?sort=owner")).status == 422


async def test_a_form_without_a_choice_gets_what_it_was_shown(world: World) -> None:
    """Covers: BILL-8, PROJ-6. The project's specification, also one of a zone with the longest name."""
    large = f"{'z' * 40}-b1"
    row = {"zone_id": "local", "class": "B", "number": 9, "cpu_millicores": 3000, "memory_bytes": 3 * 2**30}
    add = insert(t.specifications).values({**row, "id": large, "is_default": False, "temporary_storage_bytes": 2**30})
    await world.platform.store.write(lambda tx: tx.execute(add) and None)
    changed = await world.platform.ask("PATCH", f"/projects/{PROJECT}", body={"defaultSpecificationId": large})
    assert changed.data["defaultSpecificationId"] == large
    wish = {"name": "lab", "projectId": PROJECT}
    shown = (await world.platform.ask("POST", "/dev-environments/preview", body=wish)).data
    made = (await world.platform.ask("POST", "/dev-environments", body=wish)).data
    assert made["specificationId"] == large and shown["cpuCores"] == made["cpuCores"] == 3
    assert shown["pricePerHour"] == made["pricePerHour"]


async def test_a_preview_never_fails_on_a_half_filled_form(world: World) -> None:
    """Covers: ENV-4, BILL-8."""
    empty = (await world.platform.ask("POST", "/dev-environments/preview", body={})).data
    assert [error["field"] for error in empty["errors"]] == ["name", "projectId"]
    assert empty["pricePerHour"] == "0.200000"
    body = {"name": "x", "projectId": PROJECT, "specificationId": "local-b2", "datasets": [{"datasetId": EMPTY}]}
    full = (await world.platform.ask("POST", "/dev-environments/preview", body=body)).data
    assert (full["zoneName"], full["cpuCores"], full["memory"], full["queue"]) == ("Here", 4, 8, None)
    assert [error["name"] for error in full["errors"]] == ["no-version-yet"]
    config = {"availabilityZone": "az-bj-a", "gpuType": "A100", "gpuCount": 4}
    far = (await world.platform.ask("POST", "/dev-environments/preview", body={"resourceConfig": config})).data
    assert (far["gpu"], far["queue"]["position"], far["queue"]["reason"]["code"]) == ("4x A100", 1, "resources")
    assert far["pricePerHour"] == "48.200000"


@pytest.mark.parametrize(
    ("end", "language", "detail"),
    [
        ({"exit_code": None, "signal": 9}, "en", "Process 1 of the environment was killed (signal 9)."),
        ({"exit_code": None, "signal": 9}, "zh-CN", "开发环境的 1 号进程被终止（信号 9）。"),
        ({"exit_code": 3, "detail": "said"}, "en", "Process 1 of the environment ended by itself (exit code 3).\nsaid"),
        ({"exit_code": None, "lost": True}, "zh-CN", "负责监视的进程被终止，无法得知其结束方式。"),
    ],
)
async def test_a_failure_is_told_as_people_say_it(world: World, end: dict, language: str, detail: str) -> None:
    """Covers: TRAIN-9. Whoever reads it reads it in their own language."""
    made = await world.running()
    world.backend.end(made["id"], **end)
    await world.platform.ask("POST", f"/environment-observations/{made['id']}", "spawner", {"event": "ended"})
    await world.until(made["id"], "failed")
    headers = {"Accept-Language": language}
    seen = (await world.platform.ask("GET", f"/dev-environments/{made['id']}", headers=headers)).data
    assert seen["reason"]["detail"] == detail


@pytest.mark.parametrize(
    ("field", "value"), [("gpuCount", True), ("gpuCount", "1"), ("cpuCores", "2"), ("memory", False), ("memory", "4")]
)
async def test_a_number_is_no_word(world: World, field: str, value: object) -> None:
    """Covers: API-1. `true` and `"2"` are refused by the field's name."""
    wish = {"name": "x", "projectId": PROJECT, "resourceConfig": {"cpuCores": 1, "memory": 1, field: value}}
    refused = await world.platform.ask("POST", "/dev-environments", "member", wish)
    assert (refused.status, refused.error["name"]) == (422, "field-type")
    assert refused.error["field"] == f"resourceConfig.{field}"
