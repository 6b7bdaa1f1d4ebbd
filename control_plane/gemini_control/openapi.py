"""The OpenAPI 3.1 document, made from the routes and the wire models: what is served is what is described (API-5)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from gemini_control.handlers.allow import ANYONE, Operation, operation_of
from gemini_control.handlers.routing import API, Route

METHODS = ("get", "post", "put", "patch", "delete")
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
    schemas = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        for method in METHODS:
            operation = operation_of(route.handler, method)
            if operation is not None:
                described = _describe(route, method, operation)
                paths.setdefault(route.template, {})[method] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "Gemini for Jupyter", "version": version},
        "servers": [{"url": prefix + API}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Error": _ERROR, "Page": _PAGE},
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


def _schemas(routes: Sequence[Route]) -> dict[str, Any]:
    wanted: dict[tuple[Any, JsonSchemaMode], None] = {}
    for route in routes:
        for method in METHODS:
            operation = operation_of(route.handler, method)
            if operation is None:
                continue
            if operation.body is not None:
                wanted[operation.body, "validation"] = None
            if isinstance(operation.answer, type) and hasattr(operation.answer, "model_json_schema"):
                wanted[operation.answer, "serialization"] = None
    _, document = models_json_schema(list(wanted), ref_template=REFERENCES)
    return dict(document.get("$defs", {}))


def _describe(route: Route, method: str, operation: Operation) -> dict[str, Any]:
    verb = getattr(route.handler, method)
    described: dict[str, Any] = {
        "operationId": f"{method}{re.sub(r'[^A-Za-z0-9]+', '_', route.template)}".rstrip("_"),
        "summary": inspect.cleandoc(verb.__doc__ or "").split("\n")[0],
        "tags": [route.template.split("/")[1]],
        "parameters": _parameters(route, method, operation),
        "responses": _responses(operation),
        "x-scope": operation.scope,
    }
    if operation.role is not None:
        described["x-role"] = operation.role.value
    if operation.scope == ANYONE:
        described["security"] = []
    if operation.raw == "in":
        binary = {"schema": {"type": "string", "format": "binary"}}
        described["requestBody"] = {"required": True, "content": {"application/octet-stream": binary}}
    elif operation.body is not None:
        schema = {"$ref": REFERENCES.format(model=operation.body.__name__)}
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return described


def _parameters(route: Route, method: str, operation: Operation) -> list[dict[str, Any]]:
    text = {"type": "string"}
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": text}
        for name in re.findall(r"\{([a-z_]+)\}", route.template)
    ]
    found += [{"name": name, "in": "query", "required": False, "schema": text} for name in operation.query]
    if operation.paged:
        limit = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
        found.append({"name": "limit", "in": "query", "required": False, "schema": limit})
        found.append({"name": "cursor", "in": "query", "required": False, "schema": text})
    if method == "post" and operation.raw is None:
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": text})
    return found


def _responses(operation: Operation) -> dict[str, Any]:
    if operation.raw == "websocket":
        good: dict[str, Any] = {"101": {"description": "A WebSocket of JSON messages"}}
    elif operation.raw == "out":
        binary = {"schema": {"type": "string", "format": "binary"}}
        good = {"200": {"description": "The bytes as they are", "content": {"application/octet-stream": binary}}}
    else:
        good = {"200": {"description": "Done", "content": {"application/json": {"schema": _envelope(operation)}}}}
    error = {"schema": {"$ref": REFERENCES.format(model="Error")}}
    return good | {
        code: {"description": text, "content": {"application/json": error}} for code, text in _ERRORS.items()
    }


def _envelope(operation: Operation) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if operation.answer is None:
        data = {}
    elif hasattr(operation.answer, "model_json_schema"):
        data = {"$ref": REFERENCES.format(model=operation.answer.__name__)}
    else:
        data = TypeAdapter(operation.answer).json_schema(mode="serialization", ref_template=REFERENCES)
        data.pop("$defs", None)
    properties: dict[str, Any] = {"code": {"type": "integer"}, "message": {"type": "string"}, "data": data}
    required = ["code", "message", "data"]
    if operation.paged:
        properties["data"] = {"type": "array", "items": data}
        properties["page"] = {"$ref": REFERENCES.format(model="Page")}
        required.append("page")
    return {"type": "object", "required": required, "properties": properties}


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
