"""From bytes to wire models, and from pydantic's findings to our errors, named by the field's wire spelling."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from gemini_core.errors import GeminiError, InvalidInput, NotParsable
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)

_TYPES = {
    "string": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
    "model": "object",
    "decimal": "number",
    "datetime": "datetime",
}
_OWN = {
    "control-character": "control-characters",
    "required": "field-required",
    "path-as-name": "path-as-name",
    "amount": "amount-unfit",
}


def json_of(body: bytes) -> Any:
    """The JSON value of a body; NotParsable where it is none (an empty body is an empty object)."""
    if not body.strip():
        return {}
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        detail = error.msg if isinstance(error, json.JSONDecodeError) else "UTF-8, NaN"
        raise NotParsable("bad-json", detail=detail) from error


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def parse(model: type[Model], value: Any) -> Model:
    """`value` as a `model`; InvalidInput names the first field at fault."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(error.errors()[0]) from error


def invalid(found: ErrorDetails) -> GeminiError:
    """The error that tells of one of pydantic's findings."""
    field = ".".join(str(part) for part in found["loc"] if part != "function-after") or None
    kind, context = found["type"], found.get("ctx", {})
    name, params = "field-unfit", {}
    if kind == "missing":
        name = "field-required"
    elif kind == "string_unicode":
        name = "control-characters"
    elif kind == "extra_forbidden":
        name, params = "field-unknown", {"unknown": field}
    elif kind in ("string_too_long", "too_long"):
        name = "too-long" if isinstance(found["input"], str) else "too-many-items"
        params = {"limit": context["max_length"]}
    elif kind == "value_error":
        name = _OWN.get(str(context["error"]), name)
    elif kind in ("enum", "literal_error"):
        name, params = "field-choice", {"choices": context["expected"]}
    else:
        return _of_type(kind, field, context)
    return InvalidInput(name, field=field, **params)


def _of_type(kind: str, field: str | None, context: dict[str, Any]) -> GeminiError:
    for bound in ("ge", "gt", "le", "lt"):
        if bound in context:
            sign = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}[bound]
            return InvalidInput("field-range", field=field, range=f"{sign} {context[bound]}")
    expected = _TYPES.get(kind.split("_", maxsplit=1)[0])
    if expected is not None:
        return InvalidInput("field-type", field=field, expected=expected)
    return InvalidInput("field-unfit", field=field)
