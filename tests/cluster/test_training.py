"""Training on a real cluster through the control plane: over HTTP, through Kueue's line, as a JobSet, charged."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from cluster_fixture import CLAIM, IMAGE, Wire
from control_plane.platform import Platform, make_app, make_hub
from control_plane.world import MODEL_VERSION, PROJECT, VERSIONS, ZONE, Lab, fill_data, fill_people, reach
from gemini_control.backends.kubernetes import api
from gemini_control.backends.kubernetes.api import JOBSETS, NETWORK_POLICIES, Cluster, Kind, Object
from gemini_control.backends.kubernetes.backend import KubernetesBackend
from gemini_control.home import Home
from gemini_control.store import migrate
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_core import queues
from gemini_core.cluster_plan import ClusterPlan, ClusterZone, Image

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]
PATIENCE = 90.0
GO = "until [ -e $GEMINI_OUTPUT/go ]; do sleep 0.1; done"
"""A command lasts until `OnCluster.go`, for what is seen of it may come seconds after what happens."""
SMALL = {**ZONE, "gpuType": None, "cpuCores": 0.1, "memory": 0.25}


def prefix_of(home: Path) -> str:
    """Of one test alone: what another left is still being deleted."""
    return f"training-{hashlib.sha256(str(home).encode()).hexdigest()[:10]}"


def plan_of(home: Path, namespace: str) -> ClusterPlan:
    """All nodes are one zone, called as the world's."""
    images = (Image("local", "User", "", IMAGE, "Never"), Image("missing", "Missing", "", "localhost/none:1", "Never"))
    return ClusterPlan(namespace, CLAIM, prefix_of(home), images, (ClusterZone("local", "Here", "Here"),))


class OnCluster(Lab):
    """A world whose tasks run on a cluster."""

    @property
    def pods(self) -> KubernetesBackend:
        """The place of work."""
        return cast(KubernetesBackend, self.platform.app.backend)

    async def submitted(self, command: str, **wish: Any) -> str:
        """The id of a task that runs `command`."""
        made = await self.submit(command=command, **{"resourceConfig": SMALL, **wish})
        return str(made["taskId"])

    async def seen(self, task: str, state: str) -> dict[str, Any]:
        """Wait until a task is in a state."""
        return await reach(lambda: self.task(task), state, PATIENCE)

    def go(self, task: str) -> None:
        """Let a command that waits for it end."""
        (self.pods.store / f"projects/{PROJECT}/output/digits-{task}/go").touch()


@asynccontextmanager
async def living(home: Path, cluster: Cluster) -> AsyncIterator[OnCluster]:
    """One life of a control plane over a folder and a cluster."""
    hub = make_hub()
    hub.start()
    app = make_app(home, hub, backend=KubernetesBackend(home, plan_of(home, cluster.namespace), cluster))
    await app.start_async()
    try:
        yield OnCluster(Platform(app, hub))
    finally:
        await app.stop_async()
        await hub.stop()


async def sweep(prefix: str) -> None:
    """Take away what belongs to no namespace."""
    cluster = Cluster(prefix)
    kinds = (api.CLUSTER_QUEUES, api.COHORTS, api.FLAVORS)
    classes = Kind(queues.API, "workloadpriorityclasses", "WorkloadPriorityClass", namespaced=False)
    try:
        for kind in (*kinds, classes):
            found, _ = await cluster.list(kind, f"{queues.PREFIX}={prefix}")
            for one in found:
                await cluster.delete(kind, one["metadata"]["name"])
    finally:
        await cluster.close()


@pytest_asyncio.fixture
async def home(tmp_path: Path, cluster_namespace: str, cluster_store: Path) -> AsyncIterator[Path]:
    """The folder of a control plane whose store is the cluster's volume, with people, data and code."""
    folder = tmp_path / "home"
    folder.mkdir()
    migrate.upgrade(Home(folder).database_url)
    database = Store(Home(folder).database_url)
    database.write_now(fill_people)
    database.write_now(fill_data)
    database.close()
    store = folder / "store"
    store.mkdir()
    # The store is a mount on a cluster, too; a link would be refused.
    if subprocess.run(["mount", "--bind", cluster_store, store], check=False, capture_output=True).returncode:
        pytest.skip("the folder of the volume cannot be mounted here (mount --bind needs root)")
    for name in (f"projects/{PROJECT}/code", f"versions/{VERSIONS[0]}", f"versions/{MODEL_VERSION}"):
        (store / name).mkdir(parents=True, exist_ok=True)
    (store / f"projects/{PROJECT}/code/train.py").write_text("print('trained')")
    yield folder
    subprocess.run(["umount", "--lazy", store], check=True)
    await sweep(prefix_of(folder))
    for name in cluster_store.iterdir():
        shutil.rmtree(name, ignore_errors=True)


@pytest_asyncio.fixture
async def world(home: Path, cluster_namespace: str) -> AsyncIterator[OnCluster]:
    """A control plane over the cluster."""
    async with living(home, Cluster(cluster_namespace)) as one:
        yield one


async def gone(world: OnCluster, task: str) -> None:
    """Wait until the cluster has nothing of a task."""
    async with asyncio.timeout(PATIENCE):
        while await world.pods.api.get(JOBSETS, task) is not None:
            await asyncio.sleep(0.1)


def told(seen: dict[str, Any]) -> list[str]:
    """The states of a task's timeline, but for `starting`: what lasts a moment only may be over before it is seen."""
    return [line["state"] for line in seen["timeline"] if line["state"] != "starting"]


async def test_a_task_goes_through_the_queue_to_success_and_is_charged_from_its_node_on(world: OnCluster) -> None:
    """Covers: TRAIN-1, TRAIN-5, TRAIN-8, TRAIN-12, BILL-2, RES-6."""
    shown = "echo '$(HOME)'; df --output=size /dev/shm | tail -1"
    task = await world.submitted(f"python train.py; {shown}; echo out > $GEMINI_OUTPUT/a; {GO}")
    await world.seen(task, "running")
    world.go(task)
    seen = await world.seen(task, "succeeded")
    assert told(seen) == ["queued", "allocating", "running", "succeeded"]
    assert {step["state"] for step in seen["steps"]} == {"done"}
    assert (seen["exitCode"], seen["reason"], seen["lost"]) == (0, None, False)
    assert (await world.log(task)).split() == ["trained", "$(HOME)", str(round(SMALL["memory"] * 2**20))]
    (run,) = await world.rows(t.runs)
    row = next(row for row in await world.rows(t.tasks) if row["id"] == task)
    assert run["started_at"] == row["allocated_at"] > row["created_at"].replace(microsecond=0)
    assert run["ended_at"] == row["ended_at"] and run["charged_micro"] > 0
    await gone(world, task)


async def test_a_failure_is_tried_again_and_its_last_lines_are_told(world: OnCluster) -> None:
    """As often as was asked, one log, each attempt charged by itself. Covers: TRAIN-7, TRAIN-9, TRAIN-12, BILL-2."""
    task = await world.submitted("echo about to fail; exit 7", retries=1)
    seen = await world.seen(task, "failed")
    assert (seen["exitCode"], seen["reason"]["code"], seen["attempt"]) == (7, "code", 2)
    assert [state for state in told(seen) if state != "running"] == ["queued", "allocating", "failed"] * 2
    assert seen["lastLines"] == ["about to fail"] * 2
    runs = await world.rows(t.runs)
    assert len(runs) == 2 and all(run["charged_micro"] > 0 for run in runs)
    assert runs[0]["ended_at"] <= runs[1]["started_at"].replace(microsecond=999999)
    await gone(world, task)


async def test_too_much_memory_is_told(world: OnCluster) -> None:
    """Covers: TRAIN-9."""
    task = await world.submitted("python -c 'x = b\"1\" * (600 << 20)'")
    seen = await world.seen(task, "failed")
    assert (seen["reason"]["code"], seen["exitCode"]) == ("out-of-memory", 137)


async def test_a_task_is_stopped_while_it_runs(world: OnCluster) -> None:
    """Covers: TRAIN-9."""
    task = await world.submitted("sleep 600")
    await world.seen(task, "running")
    await world.platform.ask("POST", f"/training-tasks/{task}/stop")
    seen = await world.seen(task, "stopped")
    assert seen["reason"]["code"] == "user-stopped"
    (run,) = await world.rows(t.runs)
    assert run["ended_at"] is not None
    await gone(world, task)


async def test_an_image_that_cannot_be_had_fails_with_its_name(world: OnCluster) -> None:
    """Covers: TRAIN-9."""
    task = await world.submitted("true", resourceConfig={**SMALL, "image": "missing"})
    seen = await world.seen(task, "failed")
    assert seen["reason"]["code"] == "image"
    assert "localhost/none:1" in seen["reason"]["detail"]
    assert "failed" in {step["state"] for step in seen["steps"]}
    await gone(world, task)


async def test_what_somebody_deletes_on_the_cluster_fails_and_says_so(world: OnCluster) -> None:
    """Covers: TRAIN-9, TRAIN-12."""
    task = await world.submitted("sleep 600")
    await world.seen(task, "running")
    await world.pods.api.delete(JOBSETS, task)
    seen = await world.seen(task, "failed")
    assert seen["reason"]["code"] == "node"
    assert "past the platform" in seen["reason"]["detail"]


@pytest.mark.parametrize("theirs", [JOBSETS, NETWORK_POLICIES], ids=lambda kind: kind.plural)
async def test_a_foreign_object_of_its_name_fails_it_and_stays(
    world: OnCluster, monkeypatch: pytest.MonkeyPatch, theirs: Kind
) -> None:
    """Covers: TRAIN-9, TRAIN-12."""
    foreign: list[Object] = []
    real = world.pods.api.ensure

    async def ensure(kind: Kind, body: Object, namespace: str | None = None) -> Object:
        if kind == theirs and not foreign:
            made = {**body, "metadata": {"name": body["metadata"]["name"]}}
            if kind == JOBSETS:
                made["spec"] = {**body["spec"], "suspend": True}
            foreign.append(await world.pods.api.create(kind, made))
        return await real(kind, body, namespace)

    monkeypatch.setattr(world.pods.api, "ensure", ensure)
    task = await world.submitted("true")
    seen = await world.seen(task, "failed")
    assert (seen["reason"]["code"], f"{theirs.name} {task}" in seen["reason"]["detail"]) == ("configuration", True)
    ours = NETWORK_POLICIES if theirs == JOBSETS else JOBSETS
    async with asyncio.timeout(PATIENCE):
        while await world.pods.api.get(ours, task) is not None:
            await asyncio.sleep(0.1)
    found = await world.pods.api.get(theirs, task)
    assert found is not None and found["metadata"]["uid"] == foreign[0]["metadata"]["uid"]
    assert "deletionTimestamp" not in found["metadata"]
    await world.pods.api.delete(theirs, task)


async def test_the_next_control_plane_goes_on_with_what_runs(home: Path, cluster_namespace: str) -> None:
    """Covers: TRAIN-10, TRAIN-12."""
    async with living(home, Cluster(cluster_namespace)) as first:
        short = await first.submitted(f"{GO}; exit 9")
        long = await first.submitted("sleep 600")
        for task in (short, long):
            await first.seen(task, "running")
        first.go(short)
    async with living(home, Cluster(cluster_namespace)) as second:
        seen = await second.seen(short, "failed")
        assert seen["exitCode"] == 9
        assert (await second.task(long))["state"] == "running"
        await second.platform.ask("POST", f"/training-tasks/{long}/stop")
        await second.seen(long, "stopped")
        assert len(await second.rows(t.runs)) == 2
        await gone(second, long)


async def test_an_api_server_that_is_away_fails_nothing(home: Path, wire: Wire, cluster_namespace: str) -> None:
    """Covers: TRAIN-10, TRAIN-12."""
    async with living(home, Cluster(cluster_namespace, wire.kubeconfig)) as world:
        running = await world.submitted(f"{GO}; echo done")
        await world.seen(running, "running")
        wire.cut()
        world.go(running)
        waiting = await world.submitted("echo later")
        await asyncio.sleep(8)
        assert (await world.task(running))["state"] == "running"
        assert (await world.task(waiting))["state"] == "queued"
        wire.mend()
        for task in (running, waiting):
            await world.seen(task, "succeeded")
        assert await world.log(waiting) == "later\n"
        assert len(await world.rows(t.runs)) == 2


async def test_a_submission_is_on_the_cluster_in_a_moment(world: OnCluster) -> None:
    """Covers: TRAIN-12. The bound is wide: figures are a benchmark's matter."""
    news = asyncio.Event()
    world.pods.sightings.jobsets.subscribe(lambda name: news.set())
    times = []
    for _ in range(5):
        began = time.perf_counter()
        task = await world.submitted("true")
        async with asyncio.timeout(PATIENCE):
            while world.pods.sightings.jobsets.get(task) is None:
                await news.wait()
                news.clear()
        times.append(time.perf_counter() - began)
    print("submit to JobSet:", [f"{one * 1000:.0f} ms" for one in sorted(times)])
    assert sorted(times)[2] < 3
