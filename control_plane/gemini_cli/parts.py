"""The three processes of the platform: what each runs, with which variables, and how one sees that it is ready."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gemini_cli import keys
from gemini_cli.errors import Refusal
from gemini_cli.settings import LOOPBACK, Settings
from gemini_cli.words import say

SERVICE_PREFIX = "/services/gemini/"
HUB_CONFIG = '''"""The hub of this machine. Written at each start of the platform."""

from gemini_hub import setup_embedded

setup_embedded(c)  # noqa: F821
'''


@dataclass(frozen=True)
class Part:
    """One process. Once it can do its work, `ready_url` answers with one of `ready_statuses` (empty: with any)."""

    name: str
    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: Path
    ready_url: str
    ready_statuses: tuple[int, ...] = (200,)


def make_parts(settings: Settings, sandbox_mode: str) -> tuple[Part, ...]:
    """Traefik, hub, control plane, in the order in which they start. Writes their configuration."""
    return (_traefik(settings), _hub(settings, sandbox_mode), _control(settings))


def _traefik(settings: Settings) -> Part:
    folder = settings.home / "proxy"
    config = folder / "traefik.yaml"
    _keep_routes(settings, folder)
    config.write_text(json.dumps(traefik_config(settings, folder / "routes.toml"), indent=1))
    argv = (_program("traefik"), "--configfile", str(config))
    ready_url = f"http://{LOOPBACK}:{settings.port}/"
    return Part("proxy", argv, settings.environment(), folder, ready_url, ready_statuses=())


def _keep_routes(settings: Settings, folder: Path) -> None:
    """Keeps the routes of the last start, so that what runs is reached at once; not those of another address: the
    hub takes the old route of a service for its new one."""
    routes, address = folder / "routes.toml", folder / "address"
    if not address.exists() or address.read_text() != settings.url:
        routes.unlink(missing_ok=True)
    address.write_text(settings.url)
    # The file provider watches the folder's file from the start, so it must be there.
    routes.touch(mode=0o600)


def traefik_config(settings: Settings, routes: Path) -> dict[str, Any]:
    """Traefik's static configuration. The hub writes the routes."""
    # Uploads take as long as they take; the hub's paths may hold any character of a file's name.
    characters = ("Slash", "BackSlash", "NullCharacter", "Semicolon", "Percent", "QuestionMark", "Hash")
    entry = {
        "address": f"{LOOPBACK}:{settings.port}",
        "transport": {"respondingTimeouts": {"readTimeout": 0, "writeTimeout": 0, "idleTimeout": 180}},
        "http": {
            "encodedCharacters": {f"allowEncoded{name}": True for name in characters},
            "aliasHeadersStrategy": "delete",
        },
    }
    api = {"address": f"{LOOPBACK}:{settings.proxy_api_port}", "http": {"aliasHeadersStrategy": "delete"}}
    return {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": "WARN", "noColor": True},
        "api": {},
        "entryPoints": {"http": entry, "auth_api": api},
        "providers": {"providersThrottleDuration": "0s", "file": {"filename": str(routes), "watch": True}},
    }


def _hub(settings: Settings, sandbox_mode: str) -> Part:
    folder = settings.home / "hub"
    config = folder / "jupyterhub_config.py"
    config.write_text(HUB_CONFIG)
    argv = (sys.executable, "-m", "jupyterhub", "--config", str(config))
    env = {**settings.environment(), "GEMINI_SANDBOX_MODE": sandbox_mode}
    return Part("hub", argv, env, folder, settings.hub_api_url)


def _control(settings: Settings) -> Part:
    argv = (sys.executable, "-m", "gemini_control", "serve")
    listens = f"http://{LOOPBACK}:{settings.control_port}{SERVICE_PREFIX}"
    env = {**settings.environment(), **service_variables(settings)}
    return Part("control", argv, env, settings.home, f"{listens}api/v1/health")


def service_variables(settings: Settings) -> dict[str, str]:
    """What a hub gives the services that it starts itself; ours is started beside it."""
    return {
        "GEMINI_PROXY_URL": settings.proxy_url,
        "JUPYTERHUB_HOST": settings.subdomains,
        "JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED": "1" if settings.subdomains else "0",
        "JUPYTERHUB_COOKIE_OPTIONS": json.dumps({"secure": True} if settings.subdomains else {}),
        "JUPYTERHUB_SERVICE_NAME": "gemini",
        "JUPYTERHUB_API_TOKEN": keys.tokens(settings.home)["services"]["gemini"],
        "JUPYTERHUB_API_URL": settings.hub_api_url,
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_SERVICE_PREFIX": SERVICE_PREFIX,
        "JUPYTERHUB_SERVICE_URL": f"http://{LOOPBACK}:{settings.control_port}{SERVICE_PREFIX}",
        "JUPYTERHUB_CLIENT_ID": "service-gemini",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{settings.subdomains}{SERVICE_PREFIX}oauth_callback",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps(["access:services!service=gemini"]),
    }


def _program(name: str) -> str:
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        sentence = "The program {name} is missing. Install the extra: pip install 'gemini-jupyter[embedded]'."
        raise Refusal(say(sentence, name=name))
    return found
