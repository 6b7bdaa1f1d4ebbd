"""Routes as data: `/projects/{id}` and its handler. `{path}` takes the rest of the address, slashes and all."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from tornado.routing import URLSpec
from tornado.web import RequestHandler

API = "api/v1"


class Route(NamedTuple):
    """A template below the API's base and the handler of its verbs; the handler gets the parts by position."""

    template: str
    handler: type[RequestHandler]


def pattern_of(template: str) -> str:
    """The regular expression of a template."""
    parts = re.split(r"(\{[a-z_]+\})", template)
    return "".join(
        ("(.+)" if part == "{path}" else "([^/]+)") if part.startswith("{") else re.escape(part) for part in parts
    )


def specs_of(routes: list[Route], prefix: str, arguments: dict[str, Any] | None = None) -> list[URLSpec]:
    """Tornado's routes below the service's prefix."""
    base = re.escape(prefix + API)
    return [URLSpec(base + pattern_of(route.template), route.handler, arguments) for route in routes]
