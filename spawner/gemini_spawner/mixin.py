"""What every spawner of ours does alike: asks for the launch plan, refuses the rest, reports what it saw.

`GeminiLocalSpawner` mixes it into a plain `Spawner`; a cluster's spawner will mix it into `KubeSpawner`.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

from gemini_client import AsyncClient
from gemini_core.errors import Forbidden, GeminiError, Unavailable
from gemini_core.ids import is_id
from gemini_core.messages import language_of
from jupyterhub.spawner import SpawnException
from traitlets import HasTraits, Unicode, default

from gemini_spawner.observations import Teller, make_observation
from gemini_spawner.plan import LaunchPlan, read_plan
from gemini_spawner.steps import Steps

HEARD_WITHIN_SECONDS = 5.0


class GeminiSpawnerMixin(HasTraits):
    """Mix in before the class of JupyterHub: `class GeminiLocalSpawner(GeminiSpawnerMixin, Spawner)`."""

    control_url = Unicode(
        config=True,
        help="""Base address of the control plane's API as the hub reaches it,
        for example `http://127.0.0.1:8002/services/gemini/api/v1`.""",
    )
    control_token = Unicode(
        config=True,
        help="""Token of the hub service `gemini-hub`, whose only powers are launch plans and observations.""",
    )

    @default("env_keep")
    def _default_env_keep(self) -> list[str]:
        # Nothing of the hub's own environment is any business of a person's server.
        return []

    @default("apply_user_options")
    def _default_apply_user_options(self) -> Callable[..., None]:
        # They name the environment (`check_request`) and set nothing.
        return lambda spawner, options: None

    # What the class of JupyterHub brings.
    name: str
    user: Any
    user_options: dict[str, Any]
    handler: Any
    log: logging.Logger

    # Set anew by each start; what a page reads of a spawner that never started is an empty list.
    steps: Steps | None = None
    _teller: Teller | None = None

    async def fetch_plan(self) -> LaunchPlan:
        """The launch plan of the environment that this server is. SpawnException in the person's language."""
        try:
            self.check_request()
            plan = read_plan(await self.control_plane().launch_plans.get(self.name))
            if plan.owner != self.user.name or plan.environment != self.name:
                raise Forbidden("spawn-not-yours")
            return plan
        except GeminiError as error:
            raise self.refusal(error) from error

    def check_request(self) -> None:
        """Forbidden unless this is a named server, and the options name it and say nothing else."""
        if not is_id(self.name, "environment"):
            raise Forbidden("spawn-unnamed")
        if self.user_options != {"environment": self.name}:
            raise Forbidden("spawn-options")

    def refusal(self, error: GeminiError) -> SpawnException:
        """The error as the hub shows it, in the language of the request that asked for the start."""
        request = getattr(self.handler, "request", None)
        accept = request.headers.get("Accept-Language", "") if request is not None else ""
        message = error.text(language_of(accept))
        return SpawnException(message, reason=error.name, status_code=error.status)

    def control_plane(self) -> AsyncClient:
        """A client with the spawner's own service token."""
        return AsyncClient(self.control_url, self.control_token)

    @property
    def teller(self) -> Teller:
        """Tells the control plane, in order, what became of this environment."""
        if self._teller is None:
            self._teller = Teller(self._send, self.log)
        return self._teller

    async def _send(self, observation: dict[str, Any]) -> None:
        await self.control_plane().observations.post(self.name, **observation)

    async def tell_stop_requested(self) -> None:
        """Somebody stops this server at the hub: wait a little for the control plane to hear it first."""
        await self.teller.tell_within(make_observation("stop-requested", now()), HEARD_WITHIN_SECONDS)

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """The true steps of the start under way (JupyterHub's contract: dicts of progress and message)."""
        if self.steps is not None:
            async for step in self.steps.follow():
                yield step


def now() -> datetime:
    """The time now, UTC."""
    return datetime.now(UTC)


def unavailable(name: str, detail: str) -> Unavailable:
    """The public error for a start that the machine, not the person, failed."""
    return Unavailable(name, detail=detail)
