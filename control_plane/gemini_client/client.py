"""The client with all its resources."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from gemini_client import streams
from gemini_client.catalogue import Datasets, Models, Projects
from gemini_client.resources import (
    Environments,
    Images,
    LaunchPlans,
    Observations,
    Specifications,
    Workspaces,
    Zones,
)
from gemini_client.tasks import Tasks
from gemini_client.transport import REQUEST_SECONDS, Transport


class AsyncClient:
    """The control plane at `url` (`…/services/gemini/api/v1`), as the owner of `token`.

    `language` (`en`, `zh-CN`) is that of messages. Needs a running asyncio loop; there is nothing to close.
    """

    def __init__(self, url: str, token: str, language: str = "en", request_seconds: float = REQUEST_SECONDS) -> None:
        self.transport = Transport(url, token, language, request_seconds)
        self.environments = Environments(self.transport)
        self.tasks = Tasks(self.transport)
        self.projects = Projects(self.transport)
        self.datasets = Datasets(self.transport)
        self.models = Models(self.transport)
        self.workspaces = Workspaces(self.transport)
        self.images = Images(self.transport)
        self.zones = Zones(self.transport)
        self.specifications = Specifications(self.transport)
        self.launch_plans = LaunchPlans(self.transport)
        self.observations = Observations(self.transport)

    async def me(self) -> dict[str, Any]:
        """Who the token's owner is: name, workspaces with roles and balances."""
        found: dict[str, Any] = (await self.transport.call("GET", "me")).data
        return found

    async def health(self) -> dict[str, Any]:
        """That requests can be served, and by which version; no token is needed."""
        found: dict[str, Any] = (await self.transport.call("GET", "health")).data
        return found

    async def platform(self) -> dict[str, Any]:
        """How each part of the platform is, with what to do (operators)."""
        found: dict[str, Any] = (await self.transport.call("GET", "platform")).data
        return found

    async def costs(self, workspace: str | None = None, by: str | None = None) -> list[dict[str, Any]]:
        """Sums from the ledger, `by` day, project or person."""
        sums: list[dict[str, Any]] = (
            await self.transport.call("GET", "costs", query={"workspaceId": workspace, "by": by})
        ).data
        return sums

    def events(self, cursor: int | None = None) -> AsyncGenerator[dict[str, Any], None]:
        """Changes as they happen, after `cursor` (None: from now on); goes on after a lost connection."""
        return streams.events(self.transport, cursor)
