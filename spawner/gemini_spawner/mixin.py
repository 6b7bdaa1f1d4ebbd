"""What every spawner of ours does alike: asks for the launch plan, refuses the rest, reports what it saw.

`GeminiLocalSpawner` mixes it into a plain `Spawner`, `GeminiSpawner` into `KubeSpawner`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

from gemini_client import AsyncClient
from gemini_core import messages
from gemini_core.errors import Forbidden, GeminiError, Unavailable
from gemini_core.ids import is_id
from gemini_core.messages import language_of
from jupyterhub.spawner import SpawnException
from tornado.httpclient import AsyncHTTPClient, HTTPError
from traitlets import HasTraits, Int, Unicode, default

from gemini_spawner.observations import Teller, make_observation
from gemini_spawner.plan import LaunchPlan, read_plan
from gemini_spawner.steps import Steps

HEARD_WITHIN_SECONDS = 5.0
LOOK_EVERY_SECONDS = 0.15
ANSWER_SECONDS = 5.0


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

    answer_timeout = Int(
        240, config=True, help="""Seconds that a new server may take to answer; keep it below `start_timeout`."""
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
    server: Any
    _waiting_for_response: bool

    # Set anew by each start; what a page reads of a spawner that never started is an empty list.
    steps: Steps | None = None
    _teller: Teller | None = None
    _told_end = False
    # A hub that was started again asks for the address before it looks whether the server answers.
    _unconfirmed = False
    _gave_up = False

    def begin(self) -> Steps:
        """A start begins: nothing of an earlier one holds any more."""
        self._told_end = self._gave_up = False
        self.steps = Steps()
        return self.steps

    async def why_ended(self) -> GeminiError | None:
        """None while process 1 runs, else how it ended, for whoever waits for the server."""
        raise NotImplementedError

    async def wait_for_answer(self, url: str) -> None:
        """Returns when the server at `url` answers (the hub itself would look seldom); a refusal says why it never
        will."""
        address = f"{url}{self.server.base_url}api"
        loop, client = asyncio.get_running_loop(), AsyncHTTPClient()
        deadline = loop.time() + self.answer_timeout
        while (ended := await self.why_ended()) is None:
            try:
                await client.fetch(address, request_timeout=ANSWER_SECONDS)
                return
            except (HTTPError, OSError):
                if loop.time() > deadline:
                    raise self.give_up(unavailable("spawn-no-answer", f"{self.answer_timeout} s")) from None
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        raise self.refusal(ended)

    def give_up(self, error: GeminiError) -> SpawnException:
        """The refusal of a start that we end ourselves: the stop that follows is nobody's wish."""
        self._gave_up = True
        return self.refusal(error)

    async def tell_stop(self) -> None:
        """A stop is somebody's wish, except where the hub gives a server up that never answered."""
        if self._waiting_for_response or self._unconfirmed or self._gave_up:
            self.log.warning("%s never answered: ending it", self.name)
        else:
            await self.tell_stop_requested()

    def start_polling(self) -> None:
        """Called by the hub once it believes in the server."""
        self._unconfirmed = False
        super().start_polling()  # type: ignore[misc]

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
        said = error.text(self.language)
        refused = SpawnException(said, reason=error.name, status_code=error.status)
        # Whoever follows the start is told this; without it they would read the exception's own name, too.
        refused.jupyterhub_message = said
        return refused

    def word(self, name: str, **params: Any) -> str:
        """A sentence of the table, in the language of the request that asked for the start."""
        return messages.text(name, self.language, **params)

    @property
    def language(self) -> str:
        """The language of the request that asked for the start."""
        request = getattr(self.handler, "request", None)
        return language_of(request.headers.get("Accept-Language", "") if request is not None else "")

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
