"""The OpenAPI document: valid, and true of what is served."""

from __future__ import annotations

import re
from typing import Any

from gemini_control.openapi import operations_of
from gemini_control.routes import API_ROUTES
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from control_plane.platform import PREFIX, Platform
from control_plane.test_projects import make


async def document(platform: Platform) -> dict[str, Any]:
    """As it is served, without a token."""
    answer = await platform.ask("GET", "/openapi.json", None)
    assert answer.status == 200
    return answer.json


async def test_the_document_is_valid_and_whole(platform: Platform) -> None:
    """Covers: API-5. OpenAPI 3.1; every verb of every route is in it, with a summary, its scope and its errors."""
    found = await document(platform)
    assert found["openapi"] == "3.1.0"
    validate(found)
    assert found["servers"] == [{"url": f"{PREFIX}api/v1"}]
    for route, method, operation in operations_of(API_ROUTES):
        described = found["paths"][route.template][method]
        assert described["summary"], (route.template, method)
        assert described["x-scope"] == operation.scope
        assert ("requestBody" in described) == (operation.body is not None or operation.raw == "in")
        parameters = {one["name"] for one in described["parameters"]}
        assert set(re.findall(r"\{([a-z_]+)\}", route.template)) <= parameters
    ids = [one["operationId"] for verbs in found["paths"].values() for one in verbs.values()]
    assert len(ids) == len(set(ids))


async def test_answers_are_as_described(platform: Platform, lab: str) -> None:
    """Covers: API-5. What is served fits the schema that describes it."""
    found = await document(platform)
    project = await make(platform)
    await platform.ask("POST", "/datasets", body={"name": "d"})
    await platform.ask("POST", f"/workspaces/{lab}/postings", "operator", {"amount": "1"})
    filled = {
        "/me": "/me",
        "/workspaces": "/workspaces",
        "/workspaces/{id}": f"/workspaces/{lab}",
        "/workspaces/{id}/members": f"/workspaces/{lab}/members",
        "/workspaces/{id}/limits": f"/workspaces/{lab}/limits",
        "/workspaces/{id}/usage": f"/workspaces/{lab}/usage",
        "/workspaces/{id}/members/{name}/limits": f"/workspaces/{lab}/members/member/limits",
        "/workspaces/{id}/members/{name}/usage": f"/workspaces/{lab}/members/member/usage",
        "/workspaces/{id}/balance": f"/workspaces/{lab}/balance",
        "/workspaces/{id}/postings": f"/workspaces/{lab}/postings",
        "/projects": "/projects",
        "/projects/{id}": f"/projects/{project}",
        "/datasets": "/datasets",
        "/costs": "/costs",
        "/images": "/images",
        "/availability-zones": "/availability-zones",
        "/specifications": "/specifications",
    }
    for template, path in filled.items():
        responses = found["paths"][template]["get"]["responses"]
        schema = responses["200"]["content"]["application/json"]["schema"]
        answer = await platform.ask("GET", path, "owner")
        assert answer.status == 200, path
        Draft202012Validator({**schema, "components": found["components"]}).validate(answer.json)
    refused = await platform.ask("GET", "/projects/prj-zzzzzzzzzz")
    error = found["components"]["schemas"]["Error"]
    Draft202012Validator({**error, "components": found["components"]}).validate(refused.json)
