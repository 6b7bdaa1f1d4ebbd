"""Tasks on a real cluster, through the backend: how they start, run and end, and what can befall them."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cluster_fixture import CLAIM, IMAGE, Wire
from gemini_control.backends.base import TaskLaunch
from gemini_control.backends.kubernetes.api import JOBSETS, NETWORK_POLICIES, PODS, Cluster, Kind
from gemini_control.backends.kubernetes.backend import KubernetesBackend
from gemini_control.reconcilers import records
from gemini_core.cluster_plan import CardKind, ClusterPlan, ClusterZone, Image
from gemini_core.ids import make_id
from gemini_core.observations import Observation, Presence, Stage
from gemini_core.ranks import Role
from gemini_core.reasons import Reason

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]
MB = 2**20
CARD = CardKind("T4", 16, resource="backend.test/gpu")
PATIENCE = 60.0


@dataclass
class Place:
    """A backend over the test's namespace, and what was made for it."""

    backend: KubernetesBackend
    made: list[str] = field(default_factory=list)

    def launch(self, command: str = "true", *roles: Role, **facts: Any) -> TaskLaunch:
        """A task of one role that runs `command`, or of `roles`."""
        task = make_id("task", secrets.choice)
        self.made.append(task)
        store = self.backend.store
        for folder in (f"tasks/{task}", f"snapshots/{task}", "versions/v1"):
            (store / folder).mkdir(parents=True, exist_ok=True)
        (store / "versions/v1/data.txt").write_text("numbers")
        (store / f"snapshots/{task}/code.py").write_text("print('hello from the code')\n")
        launch = TaskLaunch(
            id=task,
            workspace_index=0,
            roles=roles or (Role("main", 1, command),),
            cpu_cores=0.05,
            memory_bytes=256 * MB,
            gpus=(),
            folder=f"tasks/{task}",
            code=f"snapshots/{task}",
            output=f"projects/p/output/{task}",
            data={1: "versions/v1"},
            workspace_id="ws-backend234",
            zone_id="here",
            image="user",
        )
        return replace(launch, **facts)

    async def run(self, launch: TaskLaunch) -> Observation:
        """Start it and wait for its end."""
        await self.backend.start_task(launch)
        return await self.until(launch.id, lambda seen: seen.state == Presence.ENDED)

    async def until(self, task: str, true: Callable[[Observation], bool], seconds: float = PATIENCE) -> Observation:
        """Return what is seen as soon as that is so; told by the watch, never asked."""
        news = asyncio.Event()
        end = self.backend.subscribe(lambda changed: news.set() if changed == task else None)
        seen = await self.backend.observe(task)
        try:
            async with asyncio.timeout(seconds):
                while not true(seen):
                    await news.wait()
                    news.clear()
                    seen = await self.backend.observe(task)
        except TimeoutError:
            pytest.fail(f"after {seconds:g} s it is {seen}")
        finally:
            end()
        return seen

    def log(self, launch: TaskLaunch, role: str = "main", rank: int = 0) -> str:
        """What a rank wrote; empty before it began."""
        path = self.backend.store / launch.folder / f"{role}-{rank}.log"
        return path.read_text() if path.exists() else ""


def plan_of(namespace: str) -> ClusterPlan:
    """One zone, one image, a kind of card that no node has."""
    image = Image("user", "User", "", IMAGE, "Never")
    missing = Image("missing", "Missing", "", "localhost/no-such-image:test", "Never")
    return ClusterPlan(namespace, CLAIM, namespace, (image, missing), (ClusterZone("here", "Here", "", cards=(CARD,)),))


@asynccontextmanager
async def working(client: Cluster, store: Path) -> AsyncIterator[Place]:
    """A backend that works; what was made is taken away."""
    backend = KubernetesBackend(store.parent, plan_of(client.namespace), client)
    backend.store = store
    place = Place(backend)
    await backend.start()
    try:
        yield place
        for task in place.made:
            await backend.remove(task)
    finally:
        await backend._close()


@pytest_asyncio.fixture
async def place(cluster_namespace: str, cluster_store: Path) -> AsyncIterator[Place]:
    """The backend of one test."""
    async with working(Cluster(cluster_namespace), cluster_store) as one:
        yield one


async def test_a_task_runs_in_a_pod_and_its_log_outlives_it(place: Place) -> None:
    """Covers: TRAIN-5, TRAIN-8, TRAIN-12, BILL-2."""
    launch = place.launch("python code.py; cat $GEMINI_DATA_1/data.txt; echo made > $GEMINI_OUTPUT/result.txt; echo $")
    stages: list[Stage | None] = []
    first = await place.backend.start_task(launch)
    assert first.state == Presence.COMING

    def noted(seen: Observation) -> bool:
        stages.append(seen.stage)
        return seen.state == Presence.ENDED

    seen = await place.until(launch.id, noted)
    assert (seen.exit_code, seen.oom, seen.lost, seen.failure) == (0, False, False, None)
    assert seen.allocated_at and seen.started_at and seen.ended_at
    assert seen.allocated_at <= seen.started_at <= seen.ended_at
    order = [list(Stage).index(stage) for stage in stages if stage is not None]
    assert order == sorted(order)
    await place.backend.remove(launch.id)
    assert place.log(launch) == "hello from the code\nnumbers$\n"
    assert (place.backend.store / launch.output / "result.txt").read_text() == "made\n"
    record = records.read(place.backend.store, launch.folder, launch.roles)
    assert record is not None and record.ended and record.outcome == "succeeded"
    async with asyncio.timeout(PATIENCE):
        for kind in (JOBSETS, NETWORK_POLICIES):
            while await place.backend.api.get(kind, launch.id) is not None:
                await asyncio.sleep(0.1)


async def test_started_twice_it_runs_once(place: Place) -> None:
    """Covers: TRAIN-10, TRAIN-12."""
    launch = place.launch("echo once")
    await asyncio.gather(*(place.backend.start_task(launch) for _ in range(3)))
    await place.run(launch)
    assert place.log(launch) == "once\n"


async def test_root_in_a_pod_cannot_write_data_nor_code(place: Place) -> None:
    """Covers: CAT-7, TRAIN-5."""
    command = "id -u; for f in $GEMINI_DATA_1/data.txt $GEMINI_CODE/code.py; do echo x >> $f || rm $f; done; exit 3"
    launch = place.launch(f"{{ {command}; }} 2>&1")
    seen = await place.run(launch)
    assert seen.exit_code == 3
    assert place.log(launch).startswith("0\n")
    assert place.log(launch).count("Read-only file system") == 4
    assert (place.backend.store / "versions/v1/data.txt").read_text() == "numbers"


async def test_an_output_that_became_a_link_leads_into_nobody_elses_folder(place: Place) -> None:
    """Who may write the project's output may make anything of a task's folder there, while that waits for a node.

    Covers: TEN-2, TRAIN-7.
    """
    launch = place.launch("echo caught > $GEMINI_OUTPUT/caught.txt; cat $GEMINI_OUTPUT/secret.txt")
    other = place.backend.store / "projects/other/code"
    other.mkdir(parents=True, exist_ok=True)
    (other / "secret.txt").write_text("theirs")
    prepare = place.backend.prepare

    async def replaced(workspace_index: int, folders: tuple[str, ...]) -> None:
        await prepare(workspace_index, folders)
        output = place.backend.store / launch.output
        output.rmdir()
        output.symlink_to("../../other/code")

    place.backend.prepare = replaced  # type: ignore[method-assign]
    seen = await place.run(launch)
    assert place.log(launch) == ""
    assert [one.name for one in other.iterdir()] == ["secret.txt"]
    assert seen.failure is not None and seen.failure.reason == Reason.CONFIGURATION


async def test_a_time_limit_ends_it(place: Place) -> None:
    """Covers: TRAIN-9."""
    launch = place.launch("sleep 600", max_duration=1.0)
    seen = await place.run(launch)
    record = records.read(place.backend.store, launch.folder, launch.roles)
    assert seen.exit_code == 124
    assert record is not None and record.outcome == "timeout"


MASTER = """
import os, socket
size = int(os.environ["WORLD_SIZE"])
server = socket.create_server(("", int(os.environ["MASTER_PORT"])))
ranks = []
for _ in range(size - 1):
    peer, _ = server.accept()
    ranks.append(int(peer.recv(16)))
    peer.sendall(b"seen")
print("met", sorted(ranks), flush=True)
"""
WORKER = """
import os, socket, time
for _ in range(3000):
    try:
        master = socket.create_connection((os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])), 5)
        break
    except OSError:
        time.sleep(0.1)
master.sendall(os.environ["RANK"].encode())
print(os.environ["GEMINI_ROLE"], os.environ["RANK"], master.recv(16).decode(), flush=True)
"""


def python(program: str) -> str:
    """A command that runs a program."""
    return f"exec python - <<'END'\n{program}\nEND"


async def test_roles_and_ranks_find_each_other(place: Place) -> None:
    """Covers: TRAIN-6, TRAIN-7."""
    launch = place.launch("", Role("chief", 1, python(MASTER)), Role("worker", 2, python(WORKER)))
    seen = await place.run(launch)
    assert seen.exit_code == 0, seen
    assert place.log(launch, "chief") == "met [1, 2]\n"
    assert [place.log(launch, "worker", rank) for rank in (0, 1)] == ["worker 1 seen\n", "worker 2 seen\n"]
    record = records.read(place.backend.store, launch.folder, launch.roles)
    assert record is not None and [rank.state for rank in record.ranks] == ["succeeded"] * 3


async def test_one_rank_that_fails_ends_the_others(place: Place) -> None:
    """Covers: TRAIN-7."""
    wait = "trap 'echo told; exit 0' TERM; touch $GEMINI_OUTPUT/up; sleep 600 & wait"
    fail = "until [ -e $GEMINI_OUTPUT/up ]; do sleep 0.1; done; exit 5"
    launch = place.launch("", Role("chief", 1, fail), Role("worker", 1, wait))
    seen = await place.run(launch)
    assert (seen.exit_code, seen.failure) == (5, None)
    assert place.log(launch, "worker") == "told\n"


FETCH = """
import sys, time, urllib.request
for _ in range(int(sys.argv[2])):
    try:
        print(urllib.request.urlopen(sys.argv[1], timeout=4).status, flush=True)
        break
    except OSError as error:
        last = error
        time.sleep(0.2)
else:
    print(last, flush=True)
"""


async def test_nobody_else_reaches_the_ports_of_a_task(place: Place) -> None:
    """Covers: TRAIN-6, TEN-3."""

    def fetch(times: int) -> str:
        return f"python - http://$ADDRESS:29500 {times} <<'END'\n{FETCH}\nEND"

    peer = f"ADDRESS=$MASTER_ADDR\n{fetch(300)}\nsleep 600"
    served = place.launch("", Role("main", 1, "exec python -m http.server 29500"), Role("peer", 1, peer))
    await place.backend.start_task(served)
    await place.until(served.id, lambda seen: seen.state == Presence.RUNNING)
    async with asyncio.timeout(PATIENCE):
        while place.log(served, "peer") != "200\n":
            await asyncio.sleep(0.1)
    stranger = place.launch(f"ADDRESS={served.id}-main-0-0.{served.id}\nsleep 3\n{fetch(1)}")
    await place.run(stranger)
    assert any(said in place.log(stranger) for said in ("timed out", "No route to host", "refused"))
    await place.backend.stop(served.id, 5)


async def test_what_was_evicted_is_said(place: Place) -> None:
    """Covers: TRAIN-9."""
    launch = place.launch("sleep 600")
    await place.backend.start_task(launch)
    await place.until(launch.id, lambda seen: seen.state == Presence.RUNNING)
    (pod,) = place.backend.sightings.pods_of(launch.id)
    name = pod["metadata"]["name"]
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
    await place.backend.api.create(Kind("v1", f"pods/{name}/eviction", "Eviction"), eviction)
    seen = await place.until(launch.id, lambda seen: seen.state == Presence.ENDED)
    assert seen.failure is not None
    assert (seen.failure.reason, seen.failure.detail.name) == (Reason.NODE, "detail.pod-drained")
    assert seen.failure.detail.value == pod["spec"]["nodeName"]


async def test_what_no_node_can_take_waits_and_says_so(place: Place) -> None:
    """Covers: TRAIN-8, TRAIN-9."""
    launch = place.launch("true", gpu_type="T4", gpu_count=2)
    await place.backend.start_task(launch)
    seen = await place.until(launch.id, lambda seen: seen.failure is not None)
    assert (seen.state, seen.stage, seen.allocated_at) == (Presence.COMING, Stage.NODE, None)
    assert seen.failure is not None and seen.failure.reason == Reason.RESOURCES and not seen.failure.final
    assert "backend.test/gpu" in seen.failure.detail.said
    stopped = await place.backend.stop(launch.id, 5)
    assert (stopped.started_at, stopped.allocated_at, stopped.failure) == (None, None, None)


async def test_an_api_server_that_is_away_hides_no_end(
    place: Place, wire: Wire, cluster_namespace: str, cluster_store: Path
) -> None:
    """Covers: TRAIN-10, TRAIN-12."""
    launch = place.launch("until [ -e $GEMINI_OUTPUT/go ]; do sleep 0.1; done; exit 4")
    async with working(Cluster(cluster_namespace, wire.kubeconfig), cluster_store) as far:
        await place.backend.start_task(launch)
        await far.until(launch.id, lambda seen: seen.state == Presence.RUNNING)
        wire.cut()
        (place.backend.store / launch.output / "go").touch()
        await place.until(launch.id, lambda seen: seen.state == Presence.ENDED)
        assert (await far.backend.observe(launch.id)).state == Presence.RUNNING, "what was seen stays true meanwhile"
        wire.mend()
        seen = await far.until(launch.id, lambda seen: seen.state == Presence.ENDED)
        assert seen.exit_code == 4


async def test_another_life_of_the_control_plane_finds_everything(
    place: Place, cluster_namespace: str, cluster_store: Path
) -> None:
    """Covers: TRAIN-10, TRAIN-12."""
    running, ended = place.launch("sleep 600"), place.launch("exit 6")
    await place.backend.start_task(running)
    await place.run(ended)
    before = await place.until(running.id, lambda seen: seen.state == Presence.RUNNING)
    async with working(Cluster(cluster_namespace), cluster_store) as again:
        assert {running.id, ended.id} <= await again.backend.holders()
        seen = await again.backend.observe(running.id)
        assert (seen.state, seen.started_at, seen.allocated_at) == (
            Presence.RUNNING,
            before.started_at,
            before.allocated_at,
        )
        assert (await again.backend.observe(ended.id)).exit_code == 6
    await place.backend.stop(running.id, 5)


async def test_the_pod_of_an_environment_is_seen_and_its_token_read(place: Place) -> None:
    """Covers: ENV-3, TRAIN-1."""
    environment = make_id("environment", secrets.choice)
    labels = {"app.kubernetes.io/managed-by": "gemini", "gemini.io/environment": environment}
    server = {"argv": ["sleep", "600"], "cwd": "/", "env": {}, "log": "/tmp/server.log"}
    spec = {"id": environment, "kind": "environment", "run": "/tmp/run", "server": server, "task": None}
    container = {
        "name": "notebook",
        "image": IMAGE,
        "imagePullPolicy": "Never",
        "command": ["python", "-I", "-m", "gemini_runner"],
        "env": [
            {"name": "JUPYTERHUB_API_TOKEN", "value": "token-1"},
            {"name": "GEMINI_SPEC", "value": json.dumps(spec)},
        ],
    }
    metadata = {"name": f"jupyter-{environment}", "labels": labels}
    pod = {"metadata": metadata, "spec": {"restartPolicy": "Never", "containers": [container]}}
    await place.backend.api.create(PODS, pod)
    seen = await place.until(environment, lambda seen: seen.state == Presence.RUNNING)
    assert seen.allocated_at is not None and seen.allocated_at <= (seen.started_at or 0)
    assert await place.backend.key(environment) == "token-1"
    ended = await place.backend.stop(environment, 10)
    assert (ended.state, ended.exit_code, ended.lost) == (Presence.ENDED, 0, False)
    await place.backend.remove(environment)
    assert (await place.backend.observe(environment)).state == Presence.ABSENT
