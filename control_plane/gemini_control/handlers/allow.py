"""`@allow`: what a verb needs and what it takes and gives; said once, enforced by the base handler, read by OpenAPI.

A verb without it is not callable: the base handler refuses it before it reads the body, and a test lists all routes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, Unpack

from gemini_core.roles import Role
from pydantic import BaseModel

from gemini_control.handlers.parameters import Parameter, as_parameter

ANYONE = "anyone"
"""The scope of a verb that answers without a token."""

ATTRIBUTE = "gemini_operation"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
RawKind = Literal["in", "out", "websocket"]


class Says(TypedDict, total=False):
    """What a verb says of its wire: `body` and `answer` are models (`answer` any type), `paged`: the answer is a list
    of them; `query`: further parameters; `raw`: bytes instead of JSON, or a WebSocket;
    `media`: the type of those bytes."""

    body: type[BaseModel] | None
    answer: Any
    paged: bool
    query: tuple[Parameter | str, ...]
    raw: RawKind | None
    media: str


@dataclass(frozen=True)
class Operation:
    """One verb of one route: hub scope, least workspace role, and what it says of its wire."""

    scope: str
    role: Role | None
    body: type[BaseModel] | None = None
    answer: Any = None
    paged: bool = False
    query: tuple[Parameter | str, ...] = ()
    raw: RawKind | None = None
    media: str = "application/octet-stream"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of its query."""
        return tuple(as_parameter(one) for one in self.query)

    def parameter(self, name: str) -> Parameter:
        """One parameter by name; a KeyError where the verb did not say that it takes it."""
        return {one.name: one for one in self.parameters}[name]


Verb = Callable[..., Coroutine[Any, Any, None]]


def allow(scope: str, role: Role | None = None, **says: Unpack[Says]) -> Callable[[Verb], Verb]:
    """Name what a verb needs.

    `scope`: a hub scope of `viewers`, or ANYONE. `role`: the least role in the workspace that the call touches; the
    manager's `access.require` holds it.
    """
    operation = Operation(scope, role, **says)

    def decorate(verb: Verb) -> Verb:
        @functools.wraps(verb)
        async def guarded(self: Any, *args: str) -> None:
            await self.run_verb(verb, *args)

        setattr(guarded, ATTRIBUTE, operation)
        return guarded

    return decorate


def operation_of(handler: Any, method: str) -> Operation | None:
    """What the verb `method` of a handler (or its class) was allowed; None where it was not."""
    return getattr(getattr(handler, method.lower(), None), ATTRIBUTE, None)
