"""Who asks: the person behind a request, made from what the hub says of the token. Nothing else is believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gemini_core.roles import Role

USE = "custom:gemini:use"
OPERATE = "custom:gemini:operate"
SPAWN = "custom:gemini:spawn"
OPERATOR_ROLE = "gemini-operator"
"""The hub's role that carries OPERATE."""
_SERVER = "access:servers!server="


@dataclass(frozen=True)
class Viewer:
    """A caller. `role` is the least workspace role that the route names (None: none is needed);
    `environment_id` is set where the caller is an environment's own server; `source` goes into the audit log."""

    name: str
    operator: bool
    environment_id: str | None
    language: str
    source: str
    role: Role | None = None


def environment_of(model: dict[str, Any]) -> str | None:
    """The environment whose server owns the token: it may reach exactly that one server and no other."""
    servers = [scope.removeprefix(_SERVER) for scope in model["scopes"] if scope.startswith(_SERVER)]
    if len(servers) != 1:
        return None
    person, _, environment = servers[0].partition("/")
    return environment if environment and person == model.get("name") else None


def viewer_of(model: dict[str, Any], language: str, source: str, role: Role | None) -> Viewer:
    """The viewer that the hub's user model describes.

    A server's token never operates, whatever scopes somebody gave it: code that a person runs must not.
    """
    environment_id = environment_of(model)
    operator = OPERATE in model["scopes"] and environment_id is None
    # A service may have the name of a person; it is never taken for one.
    name = str(model["name"]) if model.get("kind", "user") == "user" else f"service:{model['name']}"
    return Viewer(name, operator, environment_id, language, source, role)
