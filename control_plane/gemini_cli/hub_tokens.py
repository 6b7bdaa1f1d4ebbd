"""A short-lived token of the first owner, by the service `gemini-setup`; revoked as soon as it was used."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gemini_cli import keys
from gemini_cli.errors import Refusal
from gemini_cli.settings import Settings
from gemini_cli.words import say

LIFETIME_SECONDS = 600


@asynccontextmanager
async def owner_token(settings: Settings, note: str) -> AsyncIterator[str]:
    """A token with which the public API takes us for the first owner, for as long as the block lasts."""
    tokens_url = f"{settings.hub_api_url}/users/{keys.FIRST_OWNER}/tokens"
    service = keys.tokens(settings.home)["services"]["gemini-setup"]
    wanted = {"note": note, "expires_in": LIFETIME_SECONDS}
    made = await asyncio.to_thread(_ask, "POST", tokens_url, service, wanted)
    try:
        yield made["token"]
    finally:
        await asyncio.to_thread(_ask, "DELETE", f"{tokens_url}/{made['id']}", service)


def _ask(method: str, url: str, token: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    content = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, content, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            found: dict[str, Any] = json.loads(text) if text else {}
            return found
    except (OSError, urllib.error.HTTPError) as error:
        raise Refusal(say("The hub gave no token for {name}: {error}", name=keys.FIRST_OWNER, error=error)) from error
