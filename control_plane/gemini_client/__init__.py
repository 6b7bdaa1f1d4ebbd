"""The client of the control plane: the only place that spells its URLs.

>>> client = AsyncClient("http://127.0.0.1:8002/services/gemini/api/v1", token)
>>> plan = await client.launch_plans.get("env-abcdefghij")
>>> await client.observations.post("env-abcdefghij", "started")

`Client` is the same without `await`. Answers are the wire's own dictionaries (docs/architecture.md, "API");
refusals are `gemini_core.errors.GeminiError`, in the language that the client was made with.
"""

from gemini_client.client import AsyncClient
from gemini_client.sync import Client
from gemini_client.transport import Page, Transport

__all__ = ["AsyncClient", "Client", "Page", "Transport"]
