"""All routes, collected from the handlers' files."""

from __future__ import annotations

from tornado.routing import URLSpec

from gemini_control.handlers import (
    assets,
    audits,
    costs,
    documents,
    environments,
    events,
    health,
    launch_plans,
    limits,
    logs,
    pages,
    platform,
    projects,
    tasks,
    workspaces,
    zones,
)
from gemini_control.handlers.base import UnknownHandler
from gemini_control.handlers.routing import Route, specs_of

API_ROUTES: list[Route] = [
    *assets.routes,
    *audits.routes,
    *costs.routes,
    *documents.routes,
    *environments.routes,
    *events.routes,
    *health.routes,
    *launch_plans.routes,
    *limits.routes,
    *logs.routes,
    *platform.routes,
    *projects.routes,
    *tasks.routes,
    *workspaces.routes,
    *zones.routes,
]
"""Every route of the API; the OpenAPI document and the authorisation tests read this."""


def make_routes(prefix: str) -> list[URLSpec]:
    """Tornado's routes below the service's prefix (`/services/gemini/`)."""
    unknown = specs_of([Route("{path}", UnknownHandler)], prefix)
    return [*specs_of(API_ROUTES, prefix), *unknown, *pages.make_routes(prefix)]
