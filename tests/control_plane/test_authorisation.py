"""Every route × every kind of caller, over the real hub client: nothing is open that nobody opened."""

from __future__ import annotations

import re
from typing import Any

import pytest
from gemini_control.handlers.allow import ANYONE, operation_of
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.stream import StreamHandler
from gemini_control.routes import API_ROUTES
from gemini_control.viewers import OPERATE, SPAWN, USE
from tornado.web import RequestHandler

from control_plane.platform import Platform

VERBS = [
    (route.template, method, operation_of(route.handler, method))
    for route in API_ROUTES
    for method in ("get", "post", "put", "patch", "delete", "head", "options")
    if getattr(route.handler, method) is not getattr(RequestHandler, method)
]
NAMES = [f"{method.upper()} {template}" for template, method, _ in VERBS]


def address(template: str) -> str:
    """A route's address with ids that nothing has."""
    return re.sub(r"\{[a-z_]+\}", "env-zzzzzzzzzz", template)


@pytest.mark.parametrize(("template", "method", "operation"), VERBS, ids=NAMES)
def test_every_verb_names_its_authorisation(template: str, method: str, operation: Any) -> None:
    """Covers: TEN-2, API-5. A verb without `@allow` is a defect; so is a scope that is none of ours."""
    assert operation is not None, "decorate it with @allow"
    assert operation.scope in (ANYONE, USE, OPERATE, SPAWN)
    if method not in ("get",):
        assert operation.scope != ANYONE
    handler = next(route.handler for route in API_ROUTES if route.template == template)
    assert issubclass(handler, APIHandler | StreamHandler)


@pytest.mark.parametrize(
    "caller", [None, "unknown-token", "plain", "outsider", "owner", "operator", "spawner", "server"]
)
async def test_who_is_let_in(platform: Platform, lab: str, caller: str | None) -> None:
    """Covers: TEN-2, TEN-3. Anonymous 401, unknown tokens 401, a scope too few 403; a server's token never operates."""
    holds = {
        "owner": {USE},
        "operator": {USE, OPERATE},
        "spawner": {SPAWN},
        "server": {USE},
    }.get(caller or "", set())
    before = await platform.store.read(lambda tx: _everything(tx))
    for template, method, operation in VERBS:
        if operation.scope == ANYONE:
            continue
        answer = await platform.ask(method.upper(), address(template), caller)
        what = f"{method.upper()} {template} as {caller}: {answer.status} {answer.body[:200]!r}"
        if caller in (None, "unknown-token"):
            assert answer.status == 401, what
        elif operation.scope not in holds:
            assert answer.status == 403, what
            assert answer.error["name"] == "scope-missing", what
        else:
            # Let in: whatever follows is about ids that nothing has, or an empty body.
            assert answer.status not in (401, 405, 500), what
            if answer.status == 403:
                assert answer.error["name"] != "scope-missing", what
    if caller in (None, "unknown-token", "plain", "outsider"):
        assert await platform.store.read(lambda tx: _everything(tx)) == before


def _everything(tx: Any) -> dict[str, list[Any]]:
    from gemini_control.store import tables as t
    from sqlalchemy import select

    # Who leads is no answer to anybody's request.
    tables = [table for table in t.metadata.sorted_tables if table is not t.leases]
    return {table.name: [tuple(row) for row in tx.execute(select(table))] for table in tables}


IDS = ("env-zzzzzzzzzz", "ws-zzzzzzzzzz", "x" * 300, "%F0%9F%98%80", "%3Cb%3E", "a%00b", "..%2F..")


async def test_unknown_ids_answer_alike(platform: Platform, lab: str) -> None:
    """Covers: TEN-2b. An id that nothing has, and what is no id at all, answer with the same 404."""
    for template, method, operation in VERBS:
        if method != "get" or operation.scope != USE or "{" not in template:
            continue
        answers = []
        for id_ in IDS:
            answer = await platform.ask("GET", re.sub(r"\{[a-z_]+\}", id_, template))
            answers.append((answer.status, answer.error["name"], answer.json["message"]))
        if template.endswith("{path}"):
            # A path that is none is a malformed field, whoever's project it is.
            assert {status for status, _, _ in answers} == {404, 422}, template
        else:
            assert set(answers) == {(404, "not-found", "This does not exist, or it is not yours.")}, template


async def test_a_verb_that_a_route_lacks(platform: Platform) -> None:
    """Covers: API-1. 405 in the envelope, before anybody is asked who they are."""
    answer = await platform.ask("DELETE", "/me", None)
    assert (answer.status, answer.error["name"]) == (405, "method-not-allowed")


async def test_the_hub_is_asked_once_for_a_while(platform: Platform, lab: str) -> None:
    """Covers: TEN-2. An answer of the hub is believed for half a minute, so that each request is not two."""
    await platform.ask("GET", "/me")
    asked = platform.hub.asked
    await platform.ask("GET", "/me")
    assert platform.hub.asked == asked


async def test_a_hub_that_is_away(platform: Platform) -> None:
    """Covers: API-1. 503 with what to do; nobody is let in meanwhile."""
    platform.hub.down = True
    answer = await platform.ask("GET", "/me")
    assert (answer.status, answer.error["name"]) == (503, "hub-unreachable")
