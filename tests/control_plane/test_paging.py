"""Cursors and limits that nobody was given."""

from __future__ import annotations

import base64

import pytest

from control_plane.platform import Platform


def cursor(text: str) -> str:
    """A forged cursor."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "query",
    [
        f"cursor={cursor('[4000000000000000000, 1]')}",
        f"cursor={cursor('[4000000000000000000, ' + chr(34) + 'x' + chr(34) + ']')}",
        f"cursor={cursor('[' * 30000)}",
        f"cursor={cursor('[1e400, null]')}",
        "cursor=%C3%BF",
        "limit=000000001" + "9" * 30,
        "limit=-1",
        "limit=1e3",
    ],
)
@pytest.mark.parametrize("route", ["/projects", "/training-tasks"])
async def test_what_nobody_was_given_is_refused(platform: Platform, lab: str, route: str, query: str) -> None:
    """Covers: API-1. 422, never a failure of ours."""
    answer = await platform.ask("GET", f"{route}?{query}")
    assert (answer.status, answer.error["field"]) == (422, query.partition("=")[0])


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000"])
async def test_a_text_that_no_database_takes_is_refused(platform: Platform, lab: str, text: str) -> None:
    """Covers: API-1. A list by name has names in its cursor; half of a surrogate pair is none."""
    forged = cursor(f'["{text}", "env-aaaaaaaaaa"]')
    answer = await platform.ask("GET", f"/dev-environments?sort=name&cursor={forged}")
    assert (answer.status, answer.error["field"]) == (422, "cursor")
