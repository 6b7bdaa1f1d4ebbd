"""The base of WebSockets: authorised like any request, and asked again while they last: who is removed is out."""

from __future__ import annotations

import asyncio
from typing import Any

from gemini_core.errors import GeminiError
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from gemini_control.handlers.base import Authorised, as_json, envelope_of, error_of
from gemini_control.handlers.pages import LANGUAGE_COOKIE
from gemini_control.viewers import viewer_of

RECHECK_SECONDS = 30.0
LOST_SIGN_IN = 4401
GOING_AWAY = 1001


class StreamHandler(Authorised, WebSocketHandler):
    """A stream of JSON messages to one viewer. Subclasses write `stream()` and decorate their own `get`."""

    _work: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """In the language that was chosen on our pages: a browser's WebSocket can ask for no other but its own."""
        chosen = self.get_cookie(LANGUAGE_COOKIE)
        if chosen:
            self.request.headers["Accept-Language"] = chosen
        await super().prepare()

    async def start_socket(self, *args: str) -> None:
        """Upgrade the connection (what `get` calls); a refusal before it is an ordinary answer."""
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise HTTPError(400)
        await WebSocketHandler.get(self, *args)

    async def open(self, *args: str, **kwargs: str) -> None:
        """Begin to stream beside the recurring question whether the viewer still may."""
        self._work = asyncio.create_task(self._run(*args), name="stream")

    async def stream(self, *args: str) -> None:
        """Send messages until there are no more; the connection is closed after it."""
        raise NotImplementedError

    async def send(self, message: dict[str, Any]) -> None:
        """Send one message and wait until the connection has taken it."""
        await self.write_message(as_json(message))

    def on_message(self, message: str | bytes) -> None:
        """Viewers say nothing here; what they send is not read."""

    def on_close(self) -> None:
        """The viewer is gone: end what worked for them."""
        if self._work is not None:
            self._work.cancel()

    async def _run(self, *args: str) -> None:
        streaming = asyncio.create_task(self.stream(*args))
        asking = asyncio.create_task(self._ask_again())
        try:
            await asyncio.wait({streaming, asking}, return_when=asyncio.FIRST_COMPLETED)
            if streaming.done():
                streaming.result()
            self.close(*(asking.result() if asking.done() else (GOING_AWAY, "end")))
        except WebSocketClosedError:
            pass
        except GeminiError as error:
            self.close(1008, error.name)
        finally:
            streaming.cancel()
            asking.cancel()
            await asyncio.gather(streaming, asking, return_exceptions=True)

    async def _ask_again(self) -> tuple[int, str]:
        """How to close: when the hub no longer knows the viewer's token as one that may be here, or knows another
        viewer by it. Who became an operator, or is none any more, comes again as that."""
        token = self.hub_auth.get_token(self)
        session = self.hub_auth.get_session_id(self)
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            try:
                model = await self.hub_auth.user_for_token(token, session_id=session, sync=False)
            except HTTPError:
                continue  # the hub is away: nothing new is known
            if model is None or not self.hub_auth.check_scopes(self.operation.scope, model):
                return LOST_SIGN_IN, "signed out"
            viewer = self.viewer
            if viewer_of(model, viewer.language, viewer.source, viewer.role).operator != viewer.operator:
                return GOING_AWAY, "role changed"

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A refused upgrade answers in the envelope like everything else."""
        error = error_of(status_code, kwargs.get("exc_info", (None, None, None))[1])
        self.set_status(error.status)
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.finish(envelope_of(error, self.language, self.request_id))
