"""What this server knows by itself, with no one asked: for the first paint of the panel."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from gemini_server.base import GeminiHandler

_PATHS = ("GEMINI_CODE", "GEMINI_OUTPUT")
_MOUNTS = ("GEMINI_DATA_", "GEMINI_PRETRAIN_")
_PLACES = {"GEMINI_CODE": "/gemini/code", "GEMINI_OUTPUT": "/gemini/output"}


def describe(environment: Mapping[str, str], language: str) -> dict[str, Any]:
    """Environment id, places by the name of their variable, hub prefix, version; null where there is none."""
    places = {name: environment.get(name, _PLACES[name]) for name in _PATHS}
    mounts = {name: path for name, path in sorted(environment.items()) if name.startswith(_MOUNTS)}
    return {
        "environmentId": environment.get("GEMINI_ENVIRONMENT_ID"),
        "person": environment.get("JUPYTERHUB_USER"),
        "places": places | mounts,
        "hub": _hub(environment),
        "language": language,
        "version": _version(),
    }


def _hub(environment: Mapping[str, str]) -> str | None:
    """The hub's prefix, with its address where that is not this server's own."""
    if "JUPYTERHUB_BASE_URL" not in environment:
        return None
    return environment.get("JUPYTERHUB_HOST", "") + environment["JUPYTERHUB_BASE_URL"] + "hub/"


def _version() -> str | None:
    """The distribution's version; None where the packages were put into the path without it."""
    try:
        return version("gemini-jupyter")
    except PackageNotFoundError:
        return None


class LocalHandler(GeminiHandler):
    """This server."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """What it knows of itself."""
        self.answer(describe(os.environ, self.language))


default_handlers: list[tuple[str, Any]] = [(r"gemini/local", LocalHandler)]
