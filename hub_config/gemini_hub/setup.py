"""Scopes, roles, services and pages of the hub, the same for one machine and for a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gemini_hub import words

FOLDER = Path(__file__).parent
SERVICE = "gemini"
HOME = f"/services/{SERVICE}/"
NEW_ENVIRONMENT = f"{HOME}environments/new"
ACCESS = f"access:services!service={SERVICE}"
USE = "custom:gemini:use"
OPERATE = "custom:gemini:operate"
SPAWN = "custom:gemini:spawn"

SCOPES = {
    USE: {"description": "Use environments, data and training of Gemini as this person."},
    OPERATE: {"description": "Operate the platform: workspaces, balances, everybody's environments and tasks."},
    SPAWN: {"description": "Fetch launch plans and report what became of them (the hub's own spawner)."},
}


@dataclass(frozen=True)
class Parts:
    """What a deployment decides: where the control plane listens, the services' tokens, who operates.

    `tokens` has the keys `gemini`, `gemini-hub` and `gemini-setup`. `first_owner` is the one person for
    whom `gemini-setup` may make tokens; None where nothing is set up by the hub's own supervisor.
    """

    service_url: str
    tokens: Mapping[str, str]
    operators: tuple[str, ...] = ()
    first_owner: str | None = None
    template_vars: Mapping[str, Any] = field(default_factory=dict)


def setup_gemini(c: Any, parts: Parts) -> None:
    """Configures JupyterHub (`c` is its config object) as the front of the platform."""
    hub = c.JupyterHub
    hub.custom_scopes = dict(SCOPES)
    hub.load_roles = roles(parts)
    hub.services = services(parts)
    hub.allow_named_servers = True
    hub.named_server_limit_per_user = 0  # the control plane decides what may run
    hub.active_server_limit = 0
    hub.concurrent_spawn_limit = 16
    hub.default_url = HOME
    hub.template_paths = [str(FOLDER / "templates")]
    hub.template_vars = {"words": words.of("en"), "gemini_home": HOME, **parts.template_vars}
    hub.logo_file = str(FOLDER / "static" / "mark.svg")
    c.Spawner.consecutive_failure_limit = 0  # one person's broken code must not end the hub


def roles(parts: Parts) -> list[dict[str, Any]]:
    """The roles: people use, a person's server acts as the person, operators operate, each service its own."""
    return [
        {"name": "user", "scopes": ["self", ACCESS, USE]},
        {"name": "server", "scopes": ["users:activity!user", "access:servers!server", ACCESS, USE]},
        {
            "name": "gemini-operator",
            "description": "Operates the platform; is no administrator of the hub",
            "scopes": [ACCESS, OPERATE],
            "users": list(parts.operators),
        },
        {
            "name": "gemini-service",
            "description": "The control plane: starts and stops servers",
            "scopes": ["servers", "delete:servers", "list:users", "read:users", "read:servers"],
            "services": [SERVICE],
        },
        {"name": "gemini-spawner", "scopes": [ACCESS, SPAWN], "services": ["gemini-hub"]},
        *_setup_role(parts),
    ]


def _setup_role(parts: Parts) -> list[dict[str, Any]]:
    if parts.first_owner is None:
        return []
    scopes = [f"tokens!user={parts.first_owner}", f"read:users!user={parts.first_owner}"]
    return [{"name": "gemini-setup", "scopes": scopes, "services": ["gemini-setup"]}]


def services(parts: Parts) -> list[dict[str, Any]]:
    """The control plane, which people see, and the two names that only hold a token."""
    return [
        {
            "name": SERVICE,
            "url": parts.service_url,
            "api_token": parts.tokens[SERVICE],
            "oauth_no_confirm": True,
            "oauth_client_allowed_scopes": [ACCESS, USE, OPERATE],
        },
        {"name": "gemini-hub", "api_token": parts.tokens["gemini-hub"], "display": False},
        *(
            [{"name": "gemini-setup", "api_token": parts.tokens["gemini-setup"], "display": False}]
            if parts.first_owner is not None
            else []
        ),
    ]
