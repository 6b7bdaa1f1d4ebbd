"""What the hub of the stock chart is told: ours beside what the chart and its operator have."""

from __future__ import annotations

from typing import Any

import pytest
from gemini_hub.cluster import SPAWNER, setup_cluster
from gemini_hub.pages import OWN, Speaking
from jupyterhub.auth import DummyAuthenticator
from jupyterhub.handlers.base import BaseHandler
from traitlets.config import Config


class Chart:
    """The chart's module `z2jh` as far as it is used, over these values."""

    def __init__(self, **values: Any) -> None:
        self.values = {"custom.gemini.controlPlaneUrl": "http://gemini-control-plane", **values}

    def get_config(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    def get_secret_value(self, key: str) -> str:
        return f"secret of {key}"

    def get_name(self, name: str) -> str:
        return f"release-{name}"


class OtherHandler(BaseHandler):
    """A page of an authenticator."""


class Other(DummyAuthenticator):
    """An authenticator with a page of its own."""

    def get_handlers(self, app: Any) -> list[tuple[Any, ...]]:
        return [("/other_login", OtherHandler), *super().get_handlers(app)]


def configured(authenticator: Any = "dummy", **values: Any) -> Any:
    """The configuration after ours, on top of the chart's."""
    c = Config()
    c.JupyterHub.authenticator_class = authenticator
    c.JupyterHub.services = [
        {"name": "jupyterhub-idle-culler", "command": ["cull"]},
        {"name": "gemini", "api_token": "of the chart"},
    ]
    c.JupyterHub.load_roles = [{"name": "jupyterhub-idle-culler", "scopes": ["list:users"]}]
    c.JupyterHub.template_paths = ["/theirs"]
    setup_cluster(c, Chart(**values))
    return c


def test_the_hub_knows_the_control_plane_and_keeps_what_it_had() -> None:
    """Covers: ENV-1, TEN-3."""
    c = configured(**{"custom.gemini.operators": ["ada"], "singleuser.startTimeout": 300})
    services = {one["name"]: one for one in c.JupyterHub.services}
    assert set(services) == {"gemini", "gemini-hub", "jupyterhub-idle-culler"}
    assert services["gemini"]["url"] == "http://gemini-control-plane"
    assert services["gemini"]["api_token"] == "secret of hub.services.gemini.apiToken"
    roles = {one["name"]: one for one in c.JupyterHub.load_roles}
    assert roles["gemini-operator"]["users"] == ["ada"]
    assert roles["jupyterhub-idle-culler"]["scopes"] == ["list:users"]
    # A person and a person's server may both use the service, which is not so by itself.
    for role in ("user", "server"):
        assert "access:services!service=gemini" in roles[role]["scopes"]
    assert c.JupyterHub.template_paths[0] == "/theirs"
    assert len(c.JupyterHub.template_paths) == 2


def test_environments_are_pods() -> None:
    """The chart's 300 s are no time for a large image. Covers: ENV-1."""
    c = configured(**{"singleuser.startTimeout": 300})
    assert c.JupyterHub.spawner_class == SPAWNER
    assert c.GeminiSpawner.control_url == "http://gemini-control-plane/services/gemini/api/v1"
    assert c.GeminiSpawner.control_token == "secret of hub.services.gemini-hub.apiToken"
    assert c.GeminiSpawner.api_url == "http://release-proxy-public/services/gemini/api/v1"
    assert c.GeminiSpawner.start_timeout == 1800
    assert configured(**{"singleuser.startTimeout": 3600}).GeminiSpawner.start_timeout == 3600


def test_pods_reach_the_api_where_the_proxy_takes_no_plain_requests() -> None:
    """Covers: ENV-1."""
    tls = {"proxy.https.enabled": True, "proxy.https.type": "letsencrypt"}
    assert configured(**tls).GeminiSpawner.api_url == "http://release-proxy-http:8000/services/gemini/api/v1"
    own = configured(**{"custom.gemini.apiUrl": "https://hub.example/services/gemini/api/v1"})
    assert own.GeminiSpawner.api_url == "https://hub.example/services/gemini/api/v1"


@pytest.mark.parametrize("authenticator", ["dummy", Other, f"{__name__}.Other"])
def test_whoever_signs_people_in_our_pages_come_first(authenticator: Any) -> None:
    """An authenticator's own pages stay, and speak the person's language. Covers: DOC-1."""
    made = configured(authenticator).JupyterHub.authenticator_class
    assert made.__name__ in ("DummyAuthenticator", "Other")
    routes = [(route[0], route[1]) for route in made().get_handlers(None)]
    paths = [path for path, _ in routes]
    assert {route[0] for route in OWN} <= set(paths)
    assert paths.count("/login") == 1
    assert all(issubclass(handler, Speaking) for path, handler in routes if path in ("/login", "/other_login"))
    assert ("/other_login" in paths) == (authenticator != "dummy")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"singleuser.cloudMetadata.blockWithIptables": True}, "blockWithIptables must be false"),
        ({"custom.gemini.controlPlaneUrl": None}, "controlPlaneUrl is missing"),
    ],
)
def test_values_with_which_nothing_could_run_are_refused(values: dict[str, Any], said: str) -> None:
    """By name, when the hub starts. Covers: RES-3."""
    with pytest.raises(ValueError, match=said):
        configured(**values)
