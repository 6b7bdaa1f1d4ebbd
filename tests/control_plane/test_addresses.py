"""Where people reach servers, with and without an address for each person."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from gemini_control.addresses import Addresses
from gemini_hub.subdomains import name_below, setup_subdomains
from jupyterhub.user import User
from traitlets.config import Config

HUB = "http://hub.localhost:8000"
ENVIRONMENT = "env-aaaaaaaaaa"


def test_one_address_for_all() -> None:
    """A path below the proxy, as the hub spells names. Covers: ENV-8."""
    addresses = Addresses("/base/")
    assert addresses.server("a@b c", ENVIRONMENT) == f"/base/user/a@b%20c/{ENVIRONMENT}/"
    assert addresses.name_of("alice") == ""


@pytest.mark.parametrize("person", ["alice", "a.b", "a_b", "zoë", "用户", "a--b", "x" * 80, "1"])
def test_everybody_has_the_address_that_the_hub_gives(person: str) -> None:
    """Whatever a name holds, both sides of the proxy agree. Covers: TEN-3."""
    addresses = Addresses("/", HUB)
    settings = {"subdomain_host": HUB, "subdomain_hook": name_below, "domain": "hub.localhost"}
    hubs = User.host.fget(SimpleNamespace(settings=settings, domain=name_below(person, "hub.localhost", "user")))
    assert addresses.server(person, ENVIRONMENT).startswith(f"{hubs}/user/")
    assert f"http://{addresses.name_of(person)}" == hubs


def test_our_service_is_at_the_hubs_own_address() -> None:
    """So one sign-in, one origin: ours and the hub's. Programs reach it by the number. Covers: TEN-3."""
    assert name_below("gemini", "hub.localhost", "service") == "hub.localhost"
    config = Config()
    setup_subdomains(config, HUB, "http://127.0.0.1:8002")
    assert config.Proxy.extra_routes == {"127.0.0.1/services/gemini/": "http://127.0.0.1:8002"}
    assert config.JupyterHub.cookie_host_prefix_enabled is True
