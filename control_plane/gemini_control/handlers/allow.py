"""`@allow`: what a verb needs and what it takes and gives; said once, enforced by the base handler, read by OpenAPI.

A verb without it is not callable: the base handler refuses it before it reads the body, and a test lists all routes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal

from gemini_core.roles import Role
from pydantic import BaseModel

ANYONE = "anyone"
"""The scope of a verb that answers without a token."""

ATTRIBUTE = "gemini_operation"
RawKind = Literal["in", "out", "websocket"]


@dataclass(frozen=True)
class Operation:
    """One verb of one route: hub scope, least workspace role, and its wire models."""

    scope: str
    role: Role | None
    body: type[BaseModel] | None
    answer: Any
    paged: bool
    query: tuple[str, ...]
    raw: RawKind | None


def allow(
    scope: str,
    role: Role | None = None,
    *,
    body: type[BaseModel] | None = None,
    answer: Any = None,
    paged: bool = False,
    query: tuple[str, ...] = (),
    raw: RawKind | None = None,
) -> Callable[[Callable[..., Coroutine[Any, Any, None]]], Callable[..., Coroutine[Any, Any, None]]]:
    """Name what a verb needs.

    `scope`: a hub scope of `viewers`, or ANYONE. `role`: the least role in the workspace that the call touches; the
    manager's `access.require` holds it. `body` and `answer`: wire models (`answer` a type, or None); `paged`: the
    answer is a list of them; `query`: further query parameters; `raw`: bytes instead of JSON, or a WebSocket.
    """
    operation = Operation(scope, role, body, answer, paged, query, raw)

    def decorate(verb: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., Coroutine[Any, Any, None]]:
        @functools.wraps(verb)
        async def guarded(self: Any, *args: str) -> None:
            await self.run_verb(verb, *args)

        setattr(guarded, ATTRIBUTE, operation)
        return guarded

    return decorate


def operation_of(handler: Any, method: str) -> Operation | None:
    """What the verb `method` of a handler (or its class) was allowed; None where it was not."""
    return getattr(getattr(handler, method.lower(), None), ATTRIBUTE, None)
