"""The hub of the Zero to JupyterHub chart: its people, proxy and policies as the chart has them, our spawner and pages.

`setup_cluster(c)` is called last in the chart's configuration. It reads the chart's values by the chart's own module
`z2jh`; ours are below `custom.gemini`: `controlPlaneUrl` (where the hub reaches the control plane), `operators` (names)
and, where pods cannot reach the chart's proxy by its plain address, `apiUrl` (the API as pods reach it).
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from jupyterhub.handlers import default_handlers
from jupyterhub.handlers.base import BaseHandler

from gemini_hub.pages import HANDLERS, speaking
from gemini_hub.setup import SERVICE, Parts, setup_gemini

SPAWNER = "gemini_spawner.kube.GeminiSpawner"
OURS = "custom.gemini"
API = f"services/{SERVICE}/api/v1"
START_SECONDS = 1800
"""At least so long may a start take: an image is fetched, a node is added; waiting in the queue comes before it."""
ANSWER_SECONDS = 300
PLAIN = {route[1] for route in default_handlers}
PRIVILEGED = (
    "singleuser.cloudMetadata.blockWithIptables must be false: it adds a privileged container, for which schedulers of "
    "shared cards refuse the pod. singleuser.networkPolicy closes the same way (cloudMetadataServer: false)."
)


def setup_cluster(c: Any, chart: Any = None) -> None:
    """Configures JupyterHub (`c`) in a cluster. `chart` answers for the chart's values (its module `z2jh`).

    Raises ValueError for values of the chart with which environments could not run.
    """
    chart = chart or import_module("z2jh")
    if chart.get_config("singleuser.cloudMetadata.blockWithIptables"):
        raise ValueError(PRIVILEGED)
    url = chart.get_config(f"{OURS}.controlPlaneUrl")
    if not url:
        raise ValueError(f"{OURS}.controlPlaneUrl is missing: the address of the control plane's Service")
    tokens = {name: chart.get_secret_value(f"hub.services.{name}.apiToken") for name in (SERVICE, "gemini-hub")}
    parts = Parts(url.rstrip("/"), tokens, operators=tuple(chart.get_config(f"{OURS}.operators") or ()))
    _set_hub(c, parts)
    _set_pages(c)
    _set_spawner(c, chart, parts)


def _set_hub(c: Any, parts: Parts) -> None:
    """Ours, and what the chart and its operator have beside it: services, roles, templates."""
    hub = c.JupyterHub
    services, roles = list(hub.get("services") or ()), list(hub.get("load_roles") or ())
    paths, variables = list(hub.get("template_paths") or ()), dict(hub.get("template_vars") or {})
    setup_gemini(c, parts)
    hub.services = _beside(hub.services, services)
    hub.load_roles = _beside(hub.load_roles, roles)
    hub.template_paths = [*paths, *hub.template_paths]
    hub.template_vars = {**hub.template_vars, **variables}


def _beside(ours: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = {one["name"] for one in ours}
    return [*ours, *(one for one in others if one["name"] not in names)]


def _set_pages(c: Any) -> None:
    """Our pages before the hub's own, whoever signs people in: an authenticator's handlers are matched first."""
    configured = c.JupyterHub.get("authenticator_class") or "pam"
    authenticator: Any = configured if isinstance(configured, type) else _authenticator(str(configured))

    def get_handlers(self: Any, app: Any) -> list[tuple[Any, ...]]:
        theirs = [route for route in authenticator.get_handlers(self, app) if route[1] not in PLAIN]
        return [*((route[0], _spoken(route[1]), *route[2:]) for route in theirs), *HANDLERS]

    # The class of the same name takes the same section of the configuration.
    c.JupyterHub.authenticator_class = type(authenticator.__name__, (authenticator,), {"get_handlers": get_handlers})


def _spoken(handler: type) -> type:
    return speaking(handler) if issubclass(handler, BaseHandler) else handler


def _authenticator(name: str) -> type:
    """The class by its registered short name, or by its path."""
    for found in entry_points(group="jupyterhub.authenticators", name=name.lower()):
        return _class(found.load())
    module, _, attribute = name.rpartition(".")
    return _class(getattr(import_module(module), attribute))


def _class(found: Any) -> type:
    if not isinstance(found, type):
        raise TypeError(f"{found!r} is no class of an authenticator")
    return found


def _set_spawner(c: Any, chart: Any, parts: Parts) -> None:
    c.JupyterHub.spawner_class = SPAWNER
    spawner = c.GeminiSpawner
    spawner.control_url = f"{parts.service_url}/{API}"
    spawner.control_token = parts.tokens["gemini-hub"]
    spawner.api_url = chart.get_config(f"{OURS}.apiUrl") or f"{_proxy(chart)}{_base(c)}{API}"
    spawner.start_timeout = max(START_SECONDS, int(chart.get_config("singleuser.startTimeout") or 0))
    c.Spawner.http_timeout = ANSWER_SECONDS
    # What KubeSpawner is asked lies in its memory.
    c.Spawner.poll_interval = 5


def _base(c: Any) -> str:
    base = str(c.JupyterHub.get("base_url") or "/")
    return base if base.endswith("/") else f"{base}/"


def _proxy(chart: Any) -> str:
    """The proxy as pods reach it, without TLS: behind what ends TLS, where the chart brings that."""
    behind = chart.get_config("proxy.https.enabled") and chart.get_config("proxy.https.type") == "letsencrypt"
    return f"http://{chart.get_name('proxy-http')}:8000" if behind else f"http://{chart.get_name('proxy-public')}"
