"""What the hub's spawner asks and says, and what the reconciler makes of hub and sandbox."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from gemini_control.managers import launch_plans
from gemini_control.reconcilers import environments as reconciler
from gemini_control.reconcilers import sampler, workqueue
from gemini_control.reconcilers.clock import Clock
from gemini_control.reconcilers.sampler import Sampler
from gemini_control.store import progress
from gemini_control.store import tables as t
from gemini_core import cluster_plan

from control_plane.fake_hub import FakeHub
from control_plane.platform import Platform, make_app
from control_plane.world import DATASET, LAB, MODEL, PROJECT, VERSIONS, World


@pytest.fixture
async def world(platform: Platform, lab: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A filled world; its spawner does nothing by itself."""
    monkeypatch.setattr(reconciler, "LOOK_AGAIN", 0.01)
    monkeypatch.setattr(workqueue, "FIRST_BACKOFF", 0.01)
    monkeypatch.setattr(workqueue, "LONGEST_BACKOFF", 0.05)
    world = World(platform)
    await world.fill()
    yield world


async def tell(world: World, environment: str, **seen: Any) -> None:
    """What a spawner would say."""
    answer = await world.platform.ask("POST", f"/environment-observations/{environment}", "spawner", seen)
    assert answer.status == 200, answer.body


def wake(world: World, environment: str) -> None:
    """The reconciler looks again."""
    world.platform.store.tell(progress.LOOK_TOPIC, environment)


async def called(world: World, verb: str) -> None:
    """Wait until the hub was asked."""
    while verb not in [call[0] for call in world.platform.hub.calls]:
        await asyncio.sleep(0.01)


async def test_the_plan_is_all_that_a_spawner_needs(world: World) -> None:
    """Covers: ENV-1, ENV-2, CAT-7."""
    made = await world.create(datasets=[{"datasetId": DATASET, "versionId": VERSIONS[0]}], models=[{"modelId": MODEL}])
    plan = (await world.platform.ask("GET", f"/launch-plans/{made['id']}", "spawner")).data
    own = f"environments/{made['id']}"
    assert plan == {
        "environment": made["id"],
        "owner": "member",
        "displayName": "lab one",
        "workspaceId": LAB,
        "workspaceIndex": 1,
        "image": "local",
        "cpuCores": 1.0,
        "memoryBytes": 2 * 2**30,
        "gpuType": None,
        "gpuCount": 0,
        "gpus": [],
        "mounts": [
            {"source": f"projects/{PROJECT}/code", "target": "/gemini/code", "readOnly": False},
            {"source": f"projects/{PROJECT}/output", "target": "/gemini/output", "readOnly": False},
            {"source": f"{own}/tasks", "target": "/run/gemini/tasks", "readOnly": False},
            {"source": f"{own}/snapshots", "target": "/run/gemini/snapshots", "readOnly": True},
            {"source": f"persons/member/{LAB}", "target": "/run/gemini/person", "readOnly": False},
            {"source": f"versions/{VERSIONS[0]}", "target": "/gemini/data-1", "readOnly": True},
            {"source": "versions/ver-mmmmmmmmm1", "target": "/gemini/pretrain1", "readOnly": True},
        ],
        "variables": {
            "GEMINI_ENVIRONMENT_ID": made["id"],
            "GEMINI_CODE": "/gemini/code",
            "GEMINI_OUTPUT": "/gemini/output",
            "GEMINI_CPU_CORES": "1",
            "GEMINI_MEMORY_BYTES": str(2 * 2**30),
            "CUDA_VISIBLE_DEVICES": "",
            "PYTHONUNBUFFERED": "1",
            "GEMINI_DATA_1": "/gemini/data-1",
            "GEMINI_PRETRAIN_1": "/gemini/pretrain1",
        },
        "pod": None,
    }


SHARE = {"type": "half", "memoryGb": 20, "dialect": "hami", "shareMemoryMib": 20480, "shareCores": 50}
CLUSTER = cluster_plan.parse(
    json.dumps(
        {
            "namespace": "gemini",
            "images": [
                {"id": "std", "reference": "registry/gemini:1", "pullPolicy": "Never"},
                {"id": "cuda", "reference": "registry/cuda:2", "description": "With CUDA"},
            ],
            "zones": [
                {
                    "id": "a",
                    "nodeLabels": {"zone": "a"},
                    "tolerations": [{"key": "gemini", "operator": "Exists"}],
                    "cards": [
                        {"type": "A100", "memoryGb": 40, "nodeLabels": {"card": "a100"}},
                        {**SHARE, "declared": 4, "nodeLabels": {"card": "half"}},
                    ],
                }
            ],
            "pod": {"schedulerName": "hami-scheduler", "hostUsers": False, "imagePullSecrets": ["key"]},
        }
    )
)


def on_cluster(**row: Any) -> dict[str, Any]:
    """The pod of a row of a cluster, as it goes to the spawner."""
    asked = {"zone_id": "a", "image": "cuda", "gpu_type": None, "gpu_count": 0, "placement": None, **row}
    return launch_plans.make_pod(asked, CLUSTER).wire()  # type: ignore[arg-type]


def test_a_pod_is_what_the_operator_says_of_its_image_its_zone_and_its_cards() -> None:
    """Covers: ENV-1, RES-2, RES-3."""
    assert on_cluster() == {
        "image": "registry/cuda:2",
        "pullPolicy": "IfNotPresent",
        "pullSecrets": ["key"],
        "claim": "gemini-store",
        "resources": {},
        "nodeLabels": {"zone": "a"},
        "tolerations": [{"key": "gemini", "operator": "Exists"}],
        "schedulerName": "hami-scheduler",
        "priorityClass": "",
        "serviceAccount": "",
        "runtimeClass": "",
        "hostUsers": False,
        "annotations": {},
    }
    four = on_cluster(gpu_type="A100", gpu_count=4)
    assert (four["resources"], four["nodeLabels"]) == ({"nvidia.com/gpu": "4"}, {"zone": "a", "card": "a100"})
    share = on_cluster(gpu_type="half", gpu_count=1)
    assert share["resources"] == {"nvidia.com/gpu": "1", "nvidia.com/gpumem": "20480", "nvidia.com/gpucores": "50"}


def test_a_pod_goes_where_its_queue_placed_it() -> None:
    """Covers: RES-6."""
    taint = {"key": "spot", "operator": "Exists"}
    placed = on_cluster(placement={"nodeLabels": {"zone": "a", "pool": "x"}, "tolerations": [taint]})
    assert placed["nodeLabels"] == {"zone": "a", "pool": "x"}
    assert placed["tolerations"] == [{"key": "gemini", "operator": "Exists"}, taint]


async def test_the_images_of_a_cluster_are_its_operators(world: World) -> None:
    """Each can be chosen, the first is the default, any other is refused by its name. Covers: IMG-1, IMG-6."""
    world.platform.parts.work.backend.cluster = CLUSTER
    listed = (await world.platform.ask("GET", "/images")).data
    assert [(one["id"], one["description"]) for one in listed] == [("std", ""), ("cuda", "With CUDA")]
    assert (await world.create())["image"] == "std"
    assert (await world.create(name="two", image="cuda"))["image"] == "cuda"
    refused = await world.platform.ask(
        "POST", "/dev-environments/preview", "member", {"image": "local", "projectId": PROJECT}
    )
    assert [one["name"] for one in refused.data["errors"] if one["field"] == "image"] == ["image-unknown"]


async def test_only_the_spawner_gets_plans_and_only_of_what_was_admitted(world: World) -> None:
    """Covers: ENV-4, TEN-3."""
    made = await world.create()
    for person in ("member", "owner", "operator", "server"):
        assert (await world.platform.ask("GET", f"/launch-plans/{made['id']}", person)).status == 403
    assert (await world.platform.ask("GET", "/launch-plans/env-zzzzzzzzzz", "spawner")).status == 404
    await world.platform.ask("POST", f"/dev-environments/{made['id']}/stop")
    refused = await world.platform.ask("GET", f"/launch-plans/{made['id']}", "spawner")
    assert (refused.status, refused.error["name"]) == (409, "environment-not-admitted")
    far = {"availabilityZone": "az-bj-a", "gpuType": "A100", "gpuCount": 1}
    queued = await world.create(specificationId=None, resourceConfig=far)
    assert (await world.platform.ask("GET", f"/launch-plans/{queued['id']}", "spawner")).status == 409


async def test_the_steps_are_shown_as_they_happen(world: World) -> None:
    """Covers: TRAIN-8, ENV-3."""

    async def doing() -> str | None:
        steps = (await world.environment(made["id"]))["steps"]
        return next((step["name"] for step in steps if step["state"] == "doing"), None)

    made = await world.create()
    assert await doing() == "pull-image"
    await world.platform.ask("GET", f"/launch-plans/{made['id']}", "spawner")
    assert await doing() == "mount"
    await tell(world, made["id"], event="started", at=datetime.now(UTC).isoformat())
    assert await doing() == "start"
    world.backend.begin(made["id"])
    await called(world, "start")
    world.platform.hub.ready("member", made["id"])
    await world.until(made["id"], "running")
    assert await doing() is None


async def test_a_stop_at_the_hub_is_a_wish_and_nothing_starts_it_again(world: World) -> None:
    """Covers: ENV-3."""
    world.obey()
    made = await world.running()
    await tell(world, made["id"], event="stop-requested")
    seen = await world.until(made["id"], "stopped")
    assert (seen["target"], seen["reason"]["code"]) == ("stopped", "user-stopped")
    starts = [call for call in world.platform.hub.calls if call[0] == "start"]
    assert len(starts) == 1


async def test_an_unexpected_end_fails_and_is_charged_to_what_was_seen(world: World) -> None:
    """Covers: ENV-3, BILL-2."""
    world.obey()
    made = await world.running()
    seen = world.backend.end(made["id"], 137, oom=True)
    await tell(world, made["id"], event="ended", exitCode=137, lost=False)
    failed = await world.until(made["id"], "failed")
    assert (failed["reason"]["code"], failed["target"]) == ("out-of-memory", "stopped")
    (run,) = await world.rows(t.runs)
    assert abs(run["ended_at"].timestamp() - (seen.ended_at or 0)) < 0.001


async def test_a_lost_witness_is_charged_to_the_last_sight(world: World) -> None:
    """Covers: TRAIN-9, BILL-2."""
    world.obey()
    made = await world.running()
    sight = datetime.now(UTC).timestamp()
    world.backend.end(made["id"], None, lost=True, ended_at=None, last_seen=sight)
    wake(world, made["id"])
    failed = await world.until(made["id"], "failed")
    assert failed["reason"]["code"] == "node"
    (run,) = await world.rows(t.runs)
    assert abs(run["ended_at"].timestamp() - sight) < 0.001


async def test_a_start_that_fails_says_what_the_hub_said(world: World) -> None:
    """Covers: ENV-3."""
    made = await world.create()
    await called(world, "start")
    world.platform.hub.fail("member", made["id"], "no space left")
    seen = await world.until(made["id"], "failed")
    assert seen["reason"]["detail"] == "no space left"
    assert "failed" in {step["state"] for step in seen["steps"]}
    world.platform.hub.refuse = (500, "broken")
    await world.platform.ask("POST", f"/dev-environments/{made['id']}/start")
    assert (await world.until(made["id"], "failed"))["reason"]["detail"] == "broken"
    assert all(run["ended_at"] for run in await world.rows(t.runs))


async def test_a_hub_that_is_down_is_asked_again(world: World) -> None:
    """Covers: ENV-3, TRAIN-10."""
    world.obey()
    world.platform.hub.refuse = (503, "later")
    made = await world.create()
    await called(world, "start")
    assert (await world.environment(made["id"]))["state"] == "starting"
    world.platform.hub.refuse = None
    await world.until(made["id"], "running")


async def test_a_restart_survives_the_spawner_s_own_word_of_the_stop(world: World) -> None:
    """Covers: ENV-3."""
    world.obey()
    made = await world.running()
    await world.platform.ask("POST", f"/dev-environments/{made['id']}/restart")
    await tell(world, made["id"], event="stop-requested", at=datetime.now(UTC).isoformat())
    while len(await world.rows(t.runs)) < 2:
        await asyncio.sleep(0.01)
    await world.until(made["id"], "running")


@pytest.mark.parametrize("crash_at", range(6))
async def test_a_crash_between_any_two_steps_changes_nothing(world: World, hub: FakeHub, crash_at: int) -> None:
    """Covers: TRAIN-10, ENV-3."""
    world.obey()
    made = await world.create()
    await world.platform.ask("POST", f"/dev-environments/{made['id']}/{'restart' if crash_at % 2 else 'start'}")
    app = world.platform.app
    for _ in range(crash_at):
        await asyncio.sleep(0.005)
    await app.stop_async()
    home: Path = Path(app.home)
    world.platform.app = make_app(home, hub, backend=app.backend, db_url=app.db_url)
    await world.platform.app.start_async()
    await world.until(made["id"], "running")
    await world.platform.ask("POST", f"/dev-environments/{made['id']}/stop")
    await world.until(made["id"], "stopped")
    runs = await world.rows(t.runs)
    assert all(run["ended_at"] for run in runs)
    charged = sum(-posting["amount_micro"] for posting in await world.rows(t.postings) if posting["amount_micro"] < 0)
    assert charged == sum(run["charged_micro"] for run in runs) + 1000 * 10**6


async def test_what_lives_stays_running_with_its_run_after_a_restart(world: World, hub: FakeHub) -> None:
    """Covers: TRAIN-10."""
    world.obey()
    made = await world.running()
    (before,) = await world.rows(t.runs)
    app = world.platform.app
    await app.stop_async()
    world.platform.app = make_app(Path(app.home), hub, backend=app.backend, db_url=app.db_url)
    await world.platform.app.start_async()
    await asyncio.sleep(0.1)
    assert (await world.environment(made["id"]))["state"] == "running"
    (after,) = await world.rows(t.runs)
    assert (after["id"], after["ended_at"]) == (before["id"], None)


async def test_the_clock_charges_full_hours_once_and_stops_at_nothing_left(world: World) -> None:
    """Covers: BILL-2, BILL-6, BILL-9."""
    world.obey()
    made = await world.running()
    (run,) = await world.rows(t.runs)
    runs = world.platform.parts.work.environments.admission.runs
    now = run["started_at"] + timedelta(hours=2, minutes=30)
    await world.platform.store.write(lambda tx: runs.sight(tx, run["id"], now))
    clock = Clock(world.platform.store, runs, lambda: now)
    await clock.tick()
    await clock.tick()
    (run,) = await world.rows(t.runs)
    hour = now.replace(minute=0, second=0, microsecond=0)
    minutes = -((run["started_at"] - hour) // timedelta(minutes=1))
    assert (run["charged_minutes"], run["charged_micro"]) == (minutes, 200_000 * minutes // 60)
    await world.platform.store.write(lambda tx: tx.execute(t.accounts.update().values(balance_micro=0)))
    await clock.tick()
    seen = await world.until(made["id"], "stopped")
    assert seen["reason"]["code"] == "arrears"


async def test_use_is_told_while_somebody_listens(world: World) -> None:
    """Covers: ENV-6, API-5."""
    from gemini_control.backends.base import Usage

    world.obey()
    made = await world.running()
    socket = await world.platform.connect("/events")
    assert json.loads(await socket.read_message() or "")["kind"] == "hello"
    (sampler,) = (one for one in world.platform.parts.work.background if isinstance(one, Sampler))
    for seconds in (1.0, 2.0):
        world.backend.used[made["id"]] = Usage(seconds, 2**30, 3)
        await asyncio.sleep(0.05)
        await sampler.sample()
    message = json.loads(await socket.read_message() or "")
    assert (message["kind"], message["id"], message["data"]["memory"]) == ("usage", made["id"], 1)
    assert (await world.environment(made["id"]))["usage"]["cpu"] > 0
    socket.close()


async def test_use_is_told_at_once_to_who_comes_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Covers: ENV-6. Nobody waits for the next turn of the clock."""
    from gemini_control.backends.base import Usage

    monkeypatch.setattr(sampler, "SOON", 0.1)
    monkeypatch.setattr(sampler, "EVERY", 3600.0)
    world.obey()
    made = await world.running()
    world.backend.used[made["id"]] = Usage(1.0, 2**30, 3)
    socket = await world.platform.connect("/events")
    assert json.loads(await socket.read_message() or "")["kind"] == "hello"
    message = json.loads(await asyncio.wait_for(socket.read_message(), 4) or "")
    assert (message["kind"], message["data"]["memory"]) == ("usage", 1)
    socket.close()
