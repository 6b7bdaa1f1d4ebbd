"""A small world around a platform of a test: a project, a zone, credit, data, and a spawner that does as it is told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from gemini_control.managers import ledger
from gemini_control.managers.access import ensure_person
from gemini_control.store import tables as t
from gemini_core.money import MICRO
from sqlalchemy import Connection, insert, select

from control_plane.fake_backend import FakeBackend
from control_plane.platform import Platform

LAB = "ws-aaaaaaaaaa"
OTHER = "ws-bbbbbbbbbb"
PROJECT = "prj-aaaaaaaaaa"
OTHER_PROJECT = "prj-bbbbbbbbbb"
DATASET = "ds-aaaaaaaaaa"
EMPTY = "ds-eeeeeeeeee"
PRIVATE = "ds-pppppppppp"
MODEL = "md-aaaaaaaaaa"
VERSIONS = ("ver-aaaaaaaaa1", "ver-aaaaaaaaa2")
MODEL_VERSION = "ver-mmmmmmmmm1"
G = 2**30
ZONE = {"availabilityZone": "local", "gpuType": "A100", "gpuCount": 0, "cpuCores": 1, "memory": 1, "image": "local"}
DYNAMIC = {
    "taskName": "digits",
    "datasetId": DATASET,
    "datasetVersionId": VERSIONS[0],
    "modelId": MODEL,
    "launchMode": "dynamic",
    "resourceConfig": ZONE,
    "description": "first",
}


@dataclass
class World:
    """`platform` with something in it."""

    platform: Platform

    @property
    def backend(self) -> FakeBackend:
        """The place of work."""
        return cast(FakeBackend, self.platform.app.backend)

    async def fill(self) -> None:
        """Zones, a specification, projects, data, credit."""
        await self.platform.store.write(fill_world)

    def obey(self) -> None:
        """From now on a start at the hub starts a sandbox that gets ready, and a stop ends it."""

        def start(person: str, environment: str) -> None:
            self.backend.begin(environment)
            self.platform.hub.ready(person, environment)

        def stop(person: str, environment: str) -> None:
            if environment in self.backend.alive:
                self.backend.end(environment, 143)

        self.platform.hub.on_start = start
        self.platform.hub.on_stop = stop

    async def create(self, person: str = "member", **wish: Any) -> dict[str, Any]:
        """A new environment."""
        body = {"name": "lab one", "projectId": PROJECT, "specificationId": "local-b1", **wish}
        data: dict[str, Any] = (await self.platform.ask("POST", "/dev-environments", person, body)).data
        return data

    async def environment(self, environment_id: str, person: str = "member") -> dict[str, Any]:
        """How it is now."""
        data: dict[str, Any] = (await self.platform.ask("GET", f"/dev-environments/{environment_id}", person)).data
        return data

    async def until(self, environment_id: str, state: str) -> dict[str, Any]:
        """Wait until an environment is in a state."""
        return await reach(lambda: self.environment(environment_id), state)

    async def running(self, **wish: Any) -> dict[str, Any]:
        """A new environment that runs."""
        return await self.until((await self.create(**wish))["id"], "running")

    async def gone(self, address: str, seconds: float = 30.0) -> None:
        """Wait until nothing is there any more."""
        async with asyncio.timeout(seconds):
            while (await self.platform.ask("GET", address)).status != 404:
                await asyncio.sleep(0.01)

    async def task(self, task_id: str, person: str = "member") -> dict[str, Any]:
        """How a task is now."""
        data: dict[str, Any] = (await self.platform.ask("GET", f"/training-tasks/{task_id}", person)).data
        return data

    async def rows(self, table: Any) -> list[dict[str, Any]]:
        """All rows of a table."""
        return await self.platform.store.read(lambda tx: [dict(row) for row in tx.execute(select(table)).mappings()])


class Lab(World):
    """A world with tasks in it."""

    async def submit(self, person: str = "member", **wish: Any) -> dict[str, Any]:
        """Submit; the answer's data."""
        data: dict[str, Any] = (await self.platform.ask("POST", "/training-tasks", person, {**DYNAMIC, **wish})).data
        return data

    async def reached(self, task_id: str, state: str) -> dict[str, Any]:
        """Wait until a task is in a state."""
        return await reach(lambda: self.task(task_id), state)

    async def log(self, task_id: str) -> str:
        """The log of a task so far."""
        text: str = (await self.platform.ask("GET", f"/training-tasks/{task_id}/log")).data["text"]
        return text

    def folder(self, task_id: str) -> Path:
        """The folder of a dynamic task."""
        path = self.backend.store / "tasks" / task_id
        path.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, folder: Path, state: str, outcome: str | None = None, **rank: Any) -> None:
        """What a runner would write."""
        ranks = [{"role": "main", "rank": 0, "started_at": 1.0, **rank}]
        record = {"state": state, "outcome": outcome, "started_at": None, "ranks": ranks}
        (folder / "state.new").write_text(json.dumps(record))
        (folder / "state.new").rename(folder / "state.json")


async def reach(look: Callable[[], Awaitable[dict[str, Any]]], state: str, seconds: float = 30.0) -> dict[str, Any]:
    """Look until the thing is in `state`; fails, showing it, where it never is."""
    give_up = time.monotonic() + seconds
    while (seen := await look())["state"] != state:
        assert time.monotonic() < give_up, (state, seen)
        assert not ("taskId" in seen and seen["endedAt"]), (state, seen)
        await asyncio.sleep(0.01)
    return seen


def fill_people(tx: Connection) -> str:
    """The workspace with owner, admin, member and colleague; the stranger owns another."""
    now = datetime.now(UTC)
    people = {LAB: ("owner", "admin", "member", "colleague"), OTHER: ("stranger",)}
    for number, (workspace, names) in enumerate(people.items(), start=1):
        tx.execute(
            insert(t.workspaces).values(
                id=workspace, number=number, name=workspace, created_by="operator", created_at=now
            )
        )
        for name in names:
            ensure_person(tx, name)
            role = {"admin": "admin", "member": "member", "colleague": "member"}.get(name, "owner")
            row = {"workspace_id": workspace, "person": name, "role": role, "created_at": now}
            tx.execute(insert(t.memberships).values(row))
    return LAB


def fill_world(tx: Connection) -> None:
    """Zones, a specification, projects, data, credit."""
    fill_zones(tx)
    fill_data(tx)


def fill_zones(tx: Connection) -> None:
    """This machine's zone with two specifications, and one that declares cards."""
    for position, (zone, name, local) in enumerate([("local", "Here", True), ("az-bj-a", "北京可用区A", False)]):
        row = {"id": zone, "name": name, "region": name, "available": True, "local": local, "position": position}
        tx.execute(insert(t.zones).values(row))
    gpu = {"zone_id": "az-bj-a", "gpu_type": "A100", "declared": 32, "memory_bytes": 80 * G}
    tx.execute(insert(t.zone_gpus).values(gpu))
    for number, (cores, default) in enumerate([(1, True), (4, False)], start=1):
        spec = {"id": f"local-b{number}", "zone_id": "local", "class": "B", "number": number, "is_default": default}
        spec |= {"cpu_millicores": cores * 1000, "memory_bytes": cores * 2 * G, "temporary_storage_bytes": G}
        tx.execute(insert(t.specifications).values(spec))


def fill_data(tx: Connection) -> None:
    """Projects, data, credit."""
    now = datetime.now(UTC)
    for project, workspace, owner in ((PROJECT, LAB, "member"), (OTHER_PROJECT, OTHER, "stranger")):
        row = {"id": project, "workspace_id": workspace, "owner": owner, "name": "digits", "created_at": now}
        row |= {"updated_at": now, "default_command": "python train.py"}
        tx.execute(insert(t.projects).values(row))
    assets = [
        (DATASET, "dataset", "member", "digits", "workspace", VERSIONS),
        (EMPTY, "dataset", "member", "empty", "workspace", ()),
        (PRIVATE, "dataset", "colleague", "secret", "private", ("ver-pppppppppp",)),
        (MODEL, "model", "member", "net", "workspace", (MODEL_VERSION,)),
    ]
    for asset, kind, owner, name, visibility, versions in assets:
        row = {"id": asset, "kind": kind, "workspace_id": LAB, "owner": owner, "name": name, "visibility": visibility}
        tx.execute(insert(t.assets).values({**row, "created_at": now, "updated_at": now}))
        for number, version in enumerate(versions, start=1):
            row = {"id": version, "asset_id": asset, "number": number, "file_count": 1, "size_bytes": 1}
            tx.execute(insert(t.versions).values({**row, "created_by": owner, "created_at": now}))
    ledger.credit(tx, LAB, 1000 * MICRO, key="opening", person="operator", note="")
