"""The hub of one machine: Traefik beside it, SQLite, people of a file, sandboxes.

Everything that `gemini up` decides comes by the environment (`GEMINI_HOME`, `GEMINI_PORT`, `GEMINI_SANDBOX_MODE`,
`GEMINI_SUBDOMAINS`) and by files below `GEMINI_HOME/secrets`, so that this configuration can be read again by a hub
that starts later.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from gemini_hub.authenticator import UsersFileAuthenticator
from gemini_hub.setup import Parts, setup_gemini
from gemini_hub.subdomains import setup_subdomains

LOOPBACK = "http://127.0.0.1"
API_USER = "jupyterhub"


def setup_embedded(c: Any) -> None:
    """Configures JupyterHub (`c`) for one machine from the variables that `gemini up` sets."""
    home = Path(os.environ["GEMINI_HOME"])
    port = int(os.environ["GEMINI_PORT"])
    secrets = json.loads((home / "secrets" / "tokens.json").read_text())
    people = json.loads((home / "secrets" / "people.json").read_text())
    parts = Parts(
        service_url=f"{LOOPBACK}:{port + 2}",
        tokens=secrets["services"],
        operators=tuple(people["operators"]),
        first_owner=people["first_owner"],
    )
    setup_gemini(c, parts)
    _set_places(c, home, port)
    _set_proxy(c, home, port, secrets["proxy"])
    _set_people(c, home, people["first_owner"])
    _set_spawner(c, home, port, secrets["services"]["gemini-hub"])
    if host := os.environ.get("GEMINI_SUBDOMAINS"):
        setup_subdomains(c, host, parts.service_url)


def _set_places(c: Any, home: Path, port: int) -> None:
    hub = c.JupyterHub
    hub.bind_url = f"{LOOPBACK}:{port}"
    hub.hub_bind_url = f"{LOOPBACK}:{port + 1}"
    hub.db_url = f"sqlite:///{home}/hub/jupyterhub.sqlite"
    hub.cookie_secret_file = str(home / "secrets" / "cookie_secret")
    hub.upgrade_db = True
    # The supervisor owns the proxy, and environments outlive the hub.
    hub.cleanup_servers = False
    hub.cleanup_proxy = False


def _set_proxy(c: Any, home: Path, port: int, password: str) -> None:
    c.JupyterHub.proxy_class = "traefik_file"
    c.Proxy.should_start = False
    proxy = c.TraefikProxy
    proxy.traefik_entrypoint = "http"
    proxy.traefik_api_url = f"{LOOPBACK}:{port + 3}"
    proxy.traefik_api_username = API_USER
    proxy.traefik_api_password = password
    c.TraefikFileProviderProxy.dynamic_config_file = str(home / "proxy" / "routes.toml")


def _set_people(c: Any, home: Path, first_owner: str) -> None:
    users_file = home / "secrets" / "users.json"
    c.JupyterHub.authenticator_class = UsersFileAuthenticator
    c.UsersFileAuthenticator.users_file = str(users_file)
    if os.environ.get("GEMINI_SANDBOX_MODE") == "plain":
        c.UsersFileAuthenticator.only = first_owner
    c.Authenticator.allowed_users = set(json.loads(users_file.read_text()))


def _set_spawner(c: Any, home: Path, port: int, token: str) -> None:
    c.JupyterHub.spawner_class = "gemini-local"
    spawner = c.GeminiLocalSpawner
    spawner.gemini_home = str(home)
    spawner.control_url = f"{LOOPBACK}:{port + 2}/services/gemini/api/v1"
    spawner.control_token = token
    spawner.proxy_port = port
    spawner.reach = [port, port + 1]
    # A machine under load starts a server slowly; giving up early would end a healthy environment.
    c.Spawner.start_timeout = 300
    c.Spawner.http_timeout = 300
    c.Spawner.poll_interval = 5
