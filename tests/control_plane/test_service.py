"""The control plane as a process of its own, and its client of the hub."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from gemini_control.app import GeminiControl
from gemini_control.home import Home
from gemini_control.hub import Hub, HubRefused
from gemini_control.store.database import Store
from gemini_core.errors import Unavailable
from gemini_sandbox import Sandboxes
from gemini_sandbox.abilities import Ground
from traitlets import TraitError

from control_plane.fake_hub import SERVICE_TOKEN, FakeHub
from control_plane.service import serving
from control_plane.world import DATASET, DYNAMIC, PROJECT, VERSIONS, fill_people, fill_world

SLOW = "trap 'sleep 9; exit 1' TERM; echo up; while :; do sleep 0.1; done"
"""Takes nine seconds to end, which is within the grace of a stop."""


async def test_the_process_serves_and_ends_on_sigterm(home: Path, hub: FakeHub, unused_tcp_port: int) -> None:
    """Covers: API-0, TRAIN-10. On the loopback only; the supervisor's variables suffice; SIGTERM ends it cleanly."""
    async with serving(home, hub, unused_tcp_port) as service:
        assert (await service.ask("GET", "/health", person=None))["status"] == "ok"
        assert (await service.ask("GET", "/me"))["name"] == "member"
        await service.terminate(within=15)


@pytest.mark.sandbox
async def test_a_stop_under_way_keeps_no_process_from_ending(
    home: Path, hub: FakeHub, unused_tcp_port: int, ground: Ground
) -> None:
    """Covers: TRAIN-9, TRAIN-10. It ends at once, with viewers there; the next one finishes that stop."""
    store = Store(Home(home).database_url)
    store.write_now(fill_people)
    store.write_now(fill_world)
    store.close()
    code = home / "store" / "projects" / PROJECT / "code"
    code.mkdir(parents=True)
    sandboxes = Sandboxes(home, ground)
    slow = {**DYNAMIC, "datasetId": DATASET, "modelId": None, "command": SLOW}
    (home / "store" / "versions" / VERSIONS[0]).mkdir(parents=True)
    try:
        async with serving(home, hub, unused_tcp_port) as service:
            task = (await service.ask("POST", "/training-tasks", slow))["taskId"]
            log = await service.connect(f"/training-tasks/{task}/log/stream")
            assert "up" in await asyncio.wait_for(log.read_message(), 60)
            events = await service.connect("/events")
            await service.ask("POST", f"/training-tasks/{task}/stop")
            folder = home / "store" / "tasks" / task
            while not json.loads((folder / "state.json").read_text())["stop_requested"]:
                await asyncio.sleep(0.05)
            # Half a second; the bound leaves room for a busy machine and is below what the stop lasts.
            await service.terminate(within=7)
            assert sandboxes.observe(task).state == "running"
            log.close()
            events.close()
        async with serving(home, hub, unused_tcp_port) as service:
            while (seen := await service.ask("GET", f"/training-tasks/{task}"))["state"] != "stopped":
                assert seen["state"] == "stopping", seen
                await asyncio.sleep(0.1)
            assert seen["reason"]["code"] == "user-stopped"
            await service.terminate(within=15)
    finally:
        for one in sandboxes.ids():
            sandboxes.stop(one, 0)
            sandboxes.remove(one)


def test_settings_are_checked_and_explained() -> None:
    """Covers: BILL-2. Each has a help text; a zone that is none is refused."""
    for name, trait in GeminiControl.class_own_traits(config=True).items():
        assert trait.help, name
    with pytest.raises(TraitError, match="no time zone"):
        GeminiControl(time_zone="Asia/Nowhere")


async def test_the_hub_starts_and_stops_servers(hub: FakeHub) -> None:
    """Covers: ENV-3. By the environment's id and nothing else; each call is safe to repeat."""
    client = Hub(f"{hub.url}/hub/api", hub.url, "/", SERVICE_TOKEN)
    assert await client.server("alice", "env-aaaaaaaaaa") is None
    await client.start_server("alice", "env-aaaaaaaaaa", "My 环境")
    assert hub.calls[0][:3] == ("start", "alice", "env-aaaaaaaaaa")
    assert hub.calls[0][3] == {"display_name": "My 环境", "user_options": {"environment": "env-aaaaaaaaaa"}}
    found = await client.server("alice", "env-aaaaaaaaaa")
    assert found is not None and found["name"] == "env-aaaaaaaaaa"
    await client.stop_server("alice", "env-aaaaaaaaaa")
    await client.remove_server("alice", "env-aaaaaaaaaa")
    assert await client.remove_server("alice", "env-aaaaaaaaaa")


async def test_a_hub_that_says_no_or_nothing(hub: FakeHub, unused_tcp_port: int) -> None:
    """Covers: TRAIN-10. A refusal is one thing, silence another."""
    with pytest.raises(HubRefused) as caught:
        await Hub(f"{hub.url}/hub/api", hub.url, "/", "wrong").start_server("alice", "env-aaaaaaaaaa", "x")
    assert caught.value.status == 403
    away = Hub(f"http://127.0.0.1:{unused_tcp_port}/hub/api", hub.url, "/", SERVICE_TOKEN)
    with pytest.raises(Unavailable):
        await away.server("alice", "env-aaaaaaaaaa")
