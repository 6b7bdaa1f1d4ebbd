"""The client of the control plane: the only place that spells its URLs.

>>> client = AsyncClient("http://127.0.0.1:8002/services/gemini/api/v1", token)
>>> plan = await client.launch_plans.get("env-abcdefghij")
>>> await client.observations.post("env-abcdefghij", "started")

`Client` is the same without `await`. Answers are the wire's own dictionaries (docs/architecture.md, "API");
refusals are `gemini_core.errors.GeminiError`, in the language that the client was made with.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gemini_client.client import AsyncClient
    from gemini_client.connection import Connection, find_connection
    from gemini_client.handles import TaskFailed, TaskHandle
    from gemini_client.sync import Client
    from gemini_client.transport import Page, Transport

__all__ = [
    "AsyncClient",
    "Client",
    "Connection",
    "Page",
    "TaskFailed",
    "TaskHandle",
    "Transport",
    "find_connection",
]
_PLACES = {
    "AsyncClient": "client",
    "Client": "sync",
    "Connection": "connection",
    "Page": "transport",
    "TaskFailed": "handles",
    "TaskHandle": "handles",
    "Transport": "transport",
    "find_connection": "connection",
}


def __getattr__(name: str) -> Any:
    # Imported when it is used: a shell's completion and `--help` must not wait for the HTTP libraries.
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
