"""`make soak`: for half an hour the platform serves as it is meant to, and nothing that it holds grows."""

from __future__ import annotations

import asyncio
import os
import platform as this
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from gemini_client import AsyncClient, Client
from gemini_client.transport import Transport
from platform_fixture import Platform, cheapest_specification, running_platform, sample, wait_for

from soak.load import Load
from soak.measures import Left, Process, pids_of_sandbox, processes_of
from soak.report import Findings

pytestmark = [pytest.mark.soak, pytest.mark.hub, pytest.mark.timeout(6000)]

SECONDS = float(os.environ.get("GEMINI_SOAK_SECONDS", "1800"))
DOCUMENTS = os.environ.get("GEMINI_SOAK_DOCUMENTS", "")
"""Where the figures go; nowhere without it."""
WARM_UP = 0.2
SAMPLE_SECONDS = min(10.0, SECONDS / 30)
ENVIRONMENTS, TASKS, EACH_DYNAMIC = 20, 1000, 20
EVENTS, LOGS, EVENTS_IN_LAB, LOGS_IN_LAB = 110, 40, 35, 15
"""200 WebSockets: a quarter of them as Lab has them, through the person's own server."""
HELD_AT_LEAST = 180
"""Of 200 that leave and come back all the time."""


class Bodies:
    """What the load asks for, all of the sample project."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.sample = sample(client)
        self.least = cheapest_specification(client)
        self.zone = client.zones.list().items[0]["id"]

    def environment(self, name: str) -> dict[str, Any]:
        """A new environment with the sample's data."""
        data = {"datasetId": self.sample["dataset"]["id"], "versionId": self.sample["version"]["id"]}
        made = {"name": name, "projectId": self.sample["project"]["id"], "image": "local", "datasets": [data]}
        return {**made, "specificationId": self.least["id"]}

    def existing(self, environment: str, name: str, command: str) -> dict[str, Any]:
        """A task in that environment."""
        return self._body(name, command, launchMode="existing", environmentId=environment)

    def dynamic(self, name: str, command: str) -> dict[str, Any]:
        """A task on resources of its own."""
        wanted = {key: self.least[key] for key in ("cpuCores", "memory")}
        resources = {"availabilityZone": self.zone, "gpuType": None, "gpuCount": 0, "image": "local", **wanted}
        return self._body(name, command, launchMode="dynamic", resourceConfig=resources)

    def _body(self, name: str, command: str, **more: Any) -> dict[str, Any]:
        data = {"datasetId": self.sample["dataset"]["id"], "datasetVersionId": self.sample["version"]["id"]}
        made = {"taskName": name, "description": "", "projectId": self.sample["project"]["id"], "command": command}
        return {**made, **data, **more}


def watched(platform: Platform, environment: str) -> Mapping[str, Process]:
    """The processes that serve all the time: the platform's four and those of the environment that stays."""
    parts = {name: platform.pid(name) for name in ("supervisor", "proxy", "hub", "control")}
    inside = pids_of_sandbox(platform.home, environment)
    names = {"witness": "witness", "process": "runner", "pasta": "pasta"}
    parts |= {names[name]: pid for name, pid in inside.items()}
    running = processes_of(platform.home)
    parts["user's server"] = next(pid for pid, command in running.items() if "jupyterhub.singleuser" in command)
    return {name: Process.of(pid) for name, pid in parts.items()}


async def sample_all(found: Findings, processes: Mapping[str, Process], platform: Platform, load: Load) -> None:
    """Every few seconds all that there is, until it is cancelled."""
    began = time.monotonic()
    while True:
        held = await asyncio.to_thread(lambda: {name: one.held() for name, one in processes.items()})
        gone = [name for name, one in held.items() if one is None]
        assert not gone, f"ended and started again: {gone}"
        found.times.append(time.monotonic() - began)
        for name, one in held.items():
            assert one is not None
            found.processes.setdefault(name, []).append(one)
        found.around.append((await asyncio.to_thread(Left.by, platform.home)).wire())
        found.connected.append(load.connected)
        print(
            f"{found.times[-1]:6.0f} s  {dict(load.done)}  {load.connected} connected  {len(load.wrong)} wrong",
            flush=True,
        )
        await asyncio.sleep(SAMPLE_SECONDS)


async def soak(platform: Platform, client: AsyncClient, load: Load, found: Findings) -> None:
    """The whole load with its samples."""
    host = await load.open()
    found.before = (await asyncio.to_thread(Left.by, platform.home)).wire()
    token = platform.token("alice")
    lab = Transport(f"{platform.url}/user/alice/{host}/gemini/api/v1", token)
    viewers = [
        *load.viewers(client.transport, EVENTS, LOGS),
        *load.viewers(lab, EVENTS_IN_LAB, LOGS_IN_LAB),
    ]
    part = SECONDS / 1800
    async with asyncio.TaskGroup() as group:
        staying = [group.create_task(one) for one in viewers]
        staying.append(group.create_task(sample_all(found, watched(platform, host), platform, load)))
        work = [
            asyncio.create_task(load.come_and_go(max(1, round(ENVIRONMENTS * part)), SECONDS)),
            asyncio.create_task(load.train(max(10, round(TASKS * part)), SECONDS, EACH_DYNAMIC)),
        ]
        await asyncio.gather(*work)
        for one in staying:
            one.cancel()
    await asyncio.to_thread(wait_for, lambda: settled(platform, found), "the end of all that was started", 60)
    found.after = (await asyncio.to_thread(Left.by, platform.home)).wire()
    await load.close()


def settled(platform: Platform, found: Findings) -> bool:
    """Whether nothing more is there than before the load."""
    now = Left.by(platform.home).wire()
    return all(now[key] <= found.before[key] for key in now if key != "database_mib")


def about() -> dict[str, str]:
    """The machine in general words, the date and the commit."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "machine": f"{os.cpu_count()} cores, {memory:.0f} GiB, {this.system()} {this.release().split('-')[0]}",
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit.stdout.strip(),
    }


def test_nothing_grows() -> None:
    """Environments come and go, tasks run, viewers stay: handles, memory, threads, processes stay flat.

    Covers: ENV-3, TRAIN-8, TRAIN-10.
    """
    found = Findings(**about(), seconds=SECONDS, warm_up_seconds=SECONDS * WARM_UP)
    with running_platform() as platform:
        load = Load(AsyncClient(platform.api_url, platform.token("alice")), Bodies(platform.client("alice")))
        try:
            asyncio.run(soak(platform, load.client, load, found))
        finally:
            found.done, found.wrong = dict(load.done), load.wrong
            if DOCUMENTS and found.times:
                found.save(Path(DOCUMENTS))
    grows = [f"{name}: {key} {one}" for name, held in found.fits().items() for key, one in held.items() if not one.flat]
    assert not found.wrong, found.wrong[:20]
    assert not grows, grows
    assert sorted(found.connected)[len(found.connected) // 2] >= HELD_AT_LEAST
