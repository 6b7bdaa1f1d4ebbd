"""The OpenAPI 3.1 document, made from the routes and the wire models: what is served is what is described (API-5)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.alias_generators import to_snake
from pydantic.json_schema import JsonSchemaMode

from gemini_control.handlers.allow import ANYONE, METHODS, Operation, operation_of
from gemini_control.handlers.parameters import Parameter
from gemini_control.handlers.routing import API, Route
from gemini_control.store.paging import MAX_LIMIT

VERBS = tuple(method.lower() for method in METHODS)
REFERENCES = "#/components/schemas/{model}"
_ERRORS = {
    "400": "The request cannot be read",
    "401": "Nobody is known behind the request",
    "403": "The caller may not, or the account is in arrears",
    "404": "Not there, or not the caller's to know of",
    "409": "The state of things refuses it",
    "413": "The body is too large",
    "422": "A field is malformed; `error.field` names it",
}


def make_document(routes: Sequence[Route], prefix: str, version: str) -> dict[str, Any]:
    """The document of these routes below `prefix`."""
    schemas = _Schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route, method, operation in operations_of(routes):
        described = _describe(route, method, operation)
        if operation.body is not None:
            content = {"application/json": {"schema": schemas.of(route, method, "body")}}
            # An empty body is an empty object.
            needed = any(field.is_required() for field in operation.body.model_fields.values())
            described["requestBody"] = {"required": needed, "content": content}
        described["responses"] = _responses(operation, schemas.of(route, method, "answer"))
        if method == "post" and (links := _links(route, operation, routes)):
            described["responses"]["200"]["links"] = links
        paths.setdefault(route.template, {})[method] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Gemini for Jupyter", "version": version},
        "servers": [{"url": prefix + API}],
        "paths": paths,
        "components": {
            "schemas": {**schemas.components, "Error": _ERROR, "Page": _PAGE},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of the hub: `Authorization: token …` or `Bearer …`",
                }
            },
        },
        "security": [{"token": []}],
    }


class _Schemas:
    """The schemas of all bodies and answers; what they share stands once, in `components`."""

    def __init__(self, routes: Sequence[Route]) -> None:
        wanted: list[tuple[tuple[str, str, str], JsonSchemaMode, TypeAdapter[Any]]] = []
        for route, method, operation in operations_of(routes):
            if operation.body is not None:
                wanted.append(((route.template, method, "body"), "validation", TypeAdapter(operation.body)))
            if operation.answer is not None:
                wanted.append(((route.template, method, "answer"), "serialization", TypeAdapter(operation.answer)))
        found, document = TypeAdapter.json_schemas(wanted, ref_template=REFERENCES)
        self._found = {key: schema for (key, _), schema in found.items()}
        self.components: dict[str, Any] = document.get("$defs", {})

    def of(self, route: Route, method: str, part: str) -> dict[str, Any]:
        """The schema of a body or an answer; anything where none is said."""
        return dict(self._found.get((route.template, method, part), {}))


def operations_of(routes: Sequence[Route]) -> list[tuple[Route, str, Operation]]:
    """Every verb of every route, with what it was allowed."""
    every = [(route, method, operation_of(route.handler, method)) for route in routes for method in VERBS]
    return [(route, method, operation) for route, method, operation in every if operation is not None]


def _describe(route: Route, method: str, operation: Operation) -> dict[str, Any]:
    verb = getattr(route.handler, method)
    described: dict[str, Any] = {
        "operationId": _id_of(route, method),
        "summary": inspect.cleandoc(verb.__doc__ or "").split("\n")[0],
        "tags": [route.template.split("/")[1]],
        "parameters": _parameters(route, method, operation),
        "x-scope": operation.scope,
    }
    if operation.role is not None:
        described["x-role"] = operation.role.value
    if operation.scope == ANYONE:
        described["security"] = []
    if operation.raw == "in":
        binary = {"schema": {"type": "string", "format": "binary"}}
        described["requestBody"] = {"required": False, "content": {"application/octet-stream": binary}}
    return described


def _links(route: Route, operation: Operation, routes: Sequence[Route]) -> dict[str, Any]:
    """Where the id that a creation answers with leads to."""
    fields = getattr(operation.answer, "model_fields", {})
    name = next((name for name in ("taskId", "id") if to_snake(name) in fields), None)
    below = [one for one in operations_of(routes) if re.match(re.escape(route.template) + r"/\{\w+\}", one[0].template)]
    if name is None or "{" in route.template:
        return {}
    names = [_id_of(there, method) for there, method, _ in below if "{id}" in there.template]
    filled = {"id": f"$response.body#/data/{name}"}
    return {operation_id: {"operationId": operation_id, "parameters": filled} for operation_id in names}


def _id_of(route: Route, method: str) -> str:
    return f"{method}{re.sub(r'[^A-Za-z0-9]+', '_', route.template)}".rstrip("_")


def _parameters(route: Route, method: str, operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _PATH if name == "path" else {"type": "string"}}
        for name in re.findall(r"\{([a-z_]+)\}", route.template)
    ]
    query = (*operation.parameters, *(_PAGING if operation.paged else ()))
    found += [{"name": one.name, "in": "query", "required": False, "schema": one.schema} for one in query]
    if method == "post" and operation.raw is None:
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": _KEY})
    return found


def _responses(operation: Operation, answer: dict[str, Any]) -> dict[str, Any]:
    if operation.raw == "websocket":
        good: dict[str, Any] = {"101": {"description": "A WebSocket of JSON messages"}}
    elif operation.raw == "out":
        binary = {"schema": {"type": "string", "format": "binary"}}
        good = {"200": {"description": "The bytes as they are", "content": {operation.media: binary}}}
    else:
        schema = _envelope(operation, answer)
        good = {"200": {"description": "Done", "content": {"application/json": {"schema": schema}}}}
    error = {"schema": {"$ref": REFERENCES.format(model="Error")}}
    return good | {
        code: {"description": text, "content": {"application/json": error}} for code, text in _ERRORS.items()
    }


def _envelope(operation: Operation, answer: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {"code": {"type": "integer"}, "message": {"type": "string"}, "data": answer}
    required = ["code", "message", "data"]
    if operation.paged:
        properties["data"] = {"type": "array", "items": answer}
        properties["page"] = {"$ref": REFERENCES.format(model="Page")}
        required.append("page")
    return {"type": "object", "required": required, "properties": properties}


_KEY = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[ -~]+$"}
_FILE = r"(?!\.{1,2}(/|$))[^/\\\u0000-\u001f\u007f-\u009f]{1,64}"
_PATH = {
    "type": "string",
    "description": "Relative, `/` between names, without `.`, `..`, empty names and backslashes",
    "pattern": rf"^{_FILE}(/{_FILE}){{0,7}}$",
}
_PAGING = (Parameter("limit", least=1, most=MAX_LIMIT), Parameter("cursor", form="cursor"))
_TEXT_OR_NULL = {"type": ["string", "null"]}
_PAGE = {
    "type": "object",
    "required": ["next", "total"],
    "properties": {"next": _TEXT_OR_NULL, "total": {"type": "integer"}},
}
_ERROR = {
    "type": "object",
    "required": ["code", "message", "data", "error"],
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string"},
        "data": {"type": "null"},
        "error": {
            "type": "object",
            "required": ["name", "field", "remedy", "requestId"],
            "properties": {
                "name": {"type": "string"},
                "field": _TEXT_OR_NULL,
                "remedy": _TEXT_OR_NULL,
                "requestId": {"type": "string"},
            },
        },
    },
}
