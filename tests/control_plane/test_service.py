"""The control plane as a process of its own, and its client of the hub."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from gemini_control.app import GeminiControl
from gemini_control.hub import Hub, HubRefused
from gemini_core.errors import Unavailable
from tornado.httpclient import AsyncHTTPClient
from traitlets import TraitError

from control_plane.fake_hub import ACCESS, SERVICE_TOKEN, FakeHub
from control_plane.platform import PREFIX


def environment_of(home: Path, hub: FakeHub, port: int) -> dict[str, str]:
    """What the supervisor gives the service."""
    return {
        **os.environ,
        "GEMINI_HOME": str(home),
        "GEMINI_PROXY_URL": hub.url,
        "JUPYTERHUB_SERVICE_NAME": "gemini",
        "JUPYTERHUB_API_TOKEN": SERVICE_TOKEN,
        "JUPYTERHUB_API_URL": f"{hub.url}/hub/api",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
        "JUPYTERHUB_CLIENT_ID": "service-gemini",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{PREFIX}oauth_callback",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps([ACCESS]),
    }


async def test_the_process_serves_and_ends_on_sigterm(home: Path, hub: FakeHub, unused_tcp_port: int) -> None:
    """Covers: API-0, TRAIN-10. On the loopback only; the supervisor's variables suffice; SIGTERM ends it cleanly."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gemini_control", "serve"),
        env=environment_of(home, hub, unused_tcp_port),
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stderr is not None
    try:
        said = b""
        while b"Listening" not in said:
            line = await asyncio.wait_for(child.stderr.readline(), 60)
            assert line, said
            said += line
        base = f"http://127.0.0.1:{unused_tcp_port}{PREFIX}api/v1"
        assert json.loads((await AsyncHTTPClient().fetch(f"{base}/health")).body)["data"] == {"status": "ok"}
        headers = {"Authorization": "token token-of-member"}
        me = json.loads((await AsyncHTTPClient().fetch(f"{base}/me", headers=headers)).body)["data"]
        assert me["name"] == "member"
        began = time.monotonic()
        child.send_signal(signal.SIGTERM)
        rest = await asyncio.wait_for(child.stderr.read(), 30)
        assert await child.wait() == 0, rest
        assert time.monotonic() - began < 15
        assert b"Traceback" not in said + rest
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


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
