"""No endpoint of ours answers a stranger; whoever adds one without a login fails here."""

from __future__ import annotations

from typing import Any

import pytest
from gemini_server import local, relay, runner, stream

from .conftest import Plane

ROUTES = [
    (pattern, handler, verb)
    for module in (stream, relay, runner, local)
    for pattern, handler in module.default_handlers
    for verb in ("get", "head", "post", "put", "patch", "delete")
    if verb in vars(handler)
]


@pytest.mark.parametrize(("pattern", "handler", "verb"), ROUTES, ids=[f"{v} {p}" for p, _, v in ROUTES])
@pytest.mark.parametrize("anyone", [False, True], ids=["strict", "lenient"])
async def test_a_stranger_is_refused(
    jp_fetch: Any, jp_serverapp: Any, plane: Plane, pattern: str, handler: Any, verb: str, anyone: bool
) -> None:
    """Also where the server's own net (allow_unauthenticated_access=False) is off. Covers: TEN-3."""
    jp_serverapp.web_app.settings["allow_unauthenticated_access"] = anyone
    path = pattern.replace("(.*)", "me").replace("[^/]+", "task-1").replace("(", "").replace(")", "")
    response = await jp_fetch(
        *path.split("/"),
        method=verb.upper(),
        headers={"Authorization": "token wrong"},
        raise_error=False,
        follow_redirects=False,
        allow_nonstandard_methods=True,
        body="{}" if verb in ("post", "put", "patch") else None,
    )
    assert response.code == 403
    assert plane.requests == []


def test_every_route_was_asked() -> None:
    """Covers: TEN-3."""
    assert {handler for _, handler, _ in ROUTES} == {
        stream.StreamHandler,
        relay.RelayHandler,
        runner.RunnerTasksHandler,
        runner.RunnerTaskStopHandler,
        runner.RunnerProcessesHandler,
        local.LocalHandler,
    }


async def test_a_cookie_alone_posts_nothing(jp_fetch: Any, plane: Plane, cookie: str) -> None:
    """A signed-in browser that another site's page makes post. Covers: TEN-3."""
    headers = {"Authorization": "", "Cookie": cookie}
    response = await jp_fetch("gemini", "local", headers=dict(headers), raise_error=False)
    assert response.code == 200
    xsrf = next(part for part in cookie.split("; ") if part.startswith("_xsrf=")).removeprefix("_xsrf=")
    for extra, status in (({}, 403), ({"X-XSRFToken": "wrong"}, 403), ({"X-XSRFToken": xsrf}, 200)):
        response = await jp_fetch(
            *("gemini", "api", "v1", "dev-environments"),
            method="POST",
            body="{}",
            headers={**headers, **extra},
            raise_error=False,
        )
        assert response.code == status
    assert len(plane.requests) == 1
