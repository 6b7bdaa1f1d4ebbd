"""What the platform sends into an environment, where root inside reads it, opens nothing else."""

from __future__ import annotations

import json

import httpx
import pytest
from platform_fixture import Platform, create_environment, stop_environment, wait_environment

pytestmark = pytest.mark.hub


def test_the_services_token_opens_no_server(platform: Platform) -> None:
    """Covers: ENV-1. Orders go in with the server's own token: the control plane's would open everybody's."""
    client = platform.client("alice")
    environment = create_environment(client, "keys", dataset=False)
    wait_environment(client, environment, "running")
    try:
        address = f"{platform.url}/user/alice/{environment}/gemini/runner/tasks"
        service = json.loads((platform.home / "secrets" / "tokens.json").read_text())["services"]["gemini"]
        own = json.loads((platform.home / "hub" / "launch" / environment / "launch.json").read_text())["token"]
        seen = [httpx.get(address, headers={"Authorization": f"token {key}"}).status_code for key in (service, own)]
        assert seen == [403, 200]
    finally:
        stop_environment(client, environment)
