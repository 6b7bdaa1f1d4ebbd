"""A control plane of its own over a real cluster and a real PostgreSQL: the process, its people, a way to ask it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from cluster_fixture import CLAIM, delete_namespace, make_namespace
from control_plane.platform import PREFIX, make_hub
from control_plane.service import environment_of
from control_plane.world import DATASET, LAB, MODEL, MODEL_VERSION, PROJECT, VERSIONS, fill_data, fill_people
from gemini_control.backends.kubernetes.api import OURS, Cluster, Kind
from gemini_control.backends.kueue.tree import PLURALS
from gemini_control.store.database import Store
from gemini_core.queues import API, KINDS
from gemini_core.queues import PREFIX as PREFIX_LABEL
from platform_fixture import free_ports
from postgresql_fixture import PostgreSQL

CARD = "A100"
CORES, MEMORY_GB = 0.1, 0.25
OWNER, PERSON, OPERATOR = "owner", "member", "operator"
CLAIMS = Kind("v1", "persistentvolumeclaims", "PersistentVolumeClaim")
PATIENCE = 60.0
Zone = Mapping[str, Any]


def make_zone(**more: Any) -> dict[str, Any]:
    """The one zone, with one small specification; `more` says which nodes it has."""
    smallest = {"class": "B", "number": 1, "default": True, "cpuCores": CORES, "memoryGb": MEMORY_GB}
    return {"id": "local", "name": "Here", "specifications": [smallest], **more}


@dataclass
class World:
    """One life of it. `base` is the control plane's address, `pid` its process."""

    api: Cluster
    session: aiohttp.ClientSession
    base: str
    pid: int

    async def ask(self, method: str, path: str, body: Any = None, person: str = PERSON) -> Any:
        """The data of an answer; fails, showing it, where it is a refusal."""
        headers = {"Authorization": f"token token-of-{person}"}
        async with self.session.request(method, PREFIX + "api/v1" + path, json=body, headers=headers) as answer:
            said = await answer.json(content_type=None)
        assert answer.status == 200, (method, path, said)
        return said

    async def data(self, method: str, path: str, body: Any = None, person: str = PERSON) -> Any:
        """What it holds."""
        return (await self.ask(method, path, body, person))["data"]

    async def count(self, state: str) -> int:
        """How many tasks are in a state."""
        found = await self.ask("GET", f"/training-tasks?limit=1&state={state}")
        return int(found["page"]["total"])

    async def alive(self) -> list[str]:
        """Tasks that have not ended and that nobody has asked to stop."""
        states = ("queued", "allocating", "starting", "running")
        pages = [await self.data("GET", f"/training-tasks?limit=200&state={state}") for state in states]
        return [str(one["taskId"]) for page in pages for one in page]

    async def submit(self, name: str, cards: int = 0) -> str:
        """The id of a new task."""
        where = {"availabilityZone": "local", "gpuType": CARD, "gpuCount": cards, "image": "local"}
        body = {
            "taskName": name,
            "datasetId": DATASET,
            "modelId": MODEL,
            "projectId": PROJECT,
            "launchMode": "dynamic",
            "command": "python train.py",
            "resourceConfig": {**where, "cpuCores": CORES, "memory": MEMORY_GB},
        }
        return str((await self.data("POST", "/training-tasks", body))["taskId"])

    async def fill(self) -> str:
        """Let an environment have all that its person may hold: whatever is submitted then waits. Its id."""

        async def offered() -> bool:
            return bool(await self.data("GET", "/specifications"))

        async def admitted() -> bool:
            return bool((await self.data("GET", f"/dev-environments/{made['id']}"))["state"] == "starting")

        await until(offered, "the zone's specification is there")
        await self.limit(CORES)
        wish = {"name": "first", "projectId": PROJECT, "image": "local", "specificationId": "local-b1"}
        made = await self.data("POST", "/dev-environments", wish)
        await until(admitted, "the environment is admitted")
        return str(made["id"])

    async def limit(self, cores: float | None) -> None:
        """How many processors the person may hold at once; None: as many as there are."""
        limits = {"cpuCores": cores, "memory": None, "gpuCount": None}
        await self.data("PUT", f"/workspaces/{LAB}/members/{PERSON}/limits", limits, OWNER)


async def until(check: Any, what: str, seconds: float = PATIENCE, pause: float = 0.1) -> None:
    """Ask until it is so; TimeoutError names what never was."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not await check():
                await asyncio.sleep(pause)
            return
    raise TimeoutError(f"not within {seconds:g} s: {what}")


@asynccontextmanager
async def living(server: PostgreSQL, zone: Zone) -> AsyncIterator[World]:
    """A control plane in a namespace of its own, with people, data and code; all of it goes at the end."""
    namespace = f"bench-{secrets.token_hex(4)}"
    await make_namespace(namespace)
    cluster = Cluster(namespace)
    try:
        spec = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
        await cluster.create(CLAIMS, {"metadata": {"name": CLAIM, "labels": OURS}, "spec": spec})
        with tempfile.TemporaryDirectory(prefix="gemini-bench-") as home:
            plan = plan_of(namespace, zone)
            async with (
                _serving(Path(home), server, plan) as (base, pid),
                aiohttp.ClientSession(base) as session,
            ):
                yield World(cluster, session, base, pid)
    finally:
        await delete_namespace(namespace)
        await sweep(cluster)
        await cluster.close()


def plan_of(namespace: str, zone: Zone) -> dict[str, Any]:
    """What the operator tells."""
    image = {"id": "local", "reference": "localhost/none:1", "pullPolicy": "Never"}
    return {"namespace": namespace, "prefix": namespace, "images": [image], "zones": [dict(zone)]}


async def sweep(cluster: Cluster) -> None:
    """Take away what belongs to no namespace."""
    for kind in reversed(KINDS):
        of = Kind(API, PLURALS[kind], kind, namespaced=kind == "LocalQueue")
        found, _ = await cluster.list(of, f"{PREFIX_LABEL}={cluster.namespace}")
        for one in found:
            await cluster.delete(of, one["metadata"]["name"])


@asynccontextmanager
async def _serving(home: Path, server: PostgreSQL, plan: dict[str, Any]) -> AsyncIterator[tuple[str, int]]:
    (home / "plan.json").write_text(json.dumps(plan))
    url = server.make()
    _fill(home, url)
    hub = make_hub()
    hub.start()
    port = free_ports(1)
    told = {"GEMINI_CLUSTER": str(home / "plan.json"), "GEMINI_DATABASE_URL": url}
    with (home / "log").open("wb") as log:
        argv = [sys.executable, "-m", "gemini_control", "serve"]
        process = subprocess.Popen(argv, env={**environment_of(home, hub, port), **told}, stderr=log, stdout=log)
    try:
        await until(lambda: _listens(home / "log", process), "the control plane listens", pause=0.05)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, PATIENCE)
        await hub.stop()
        server.drop(url)
        if kept := os.environ.get("BENCH_LOG"):
            shutil.copyfile(home / "log", kept)


async def _listens(log: Path, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, log.read_text()
    return b"Listening" in log.read_bytes()


def _fill(home: Path, url: str) -> None:
    store = Store(url)
    try:
        store.write_now(fill_people)
        store.write_now(fill_data)
    finally:
        store.close()
    for name in (f"projects/{PROJECT}/code", f"versions/{VERSIONS[0]}", f"versions/{MODEL_VERSION}"):
        (home / "store" / name).mkdir(parents=True)
    (home / "store" / f"projects/{PROJECT}/code/train.py").write_text("print('trained')\n")
