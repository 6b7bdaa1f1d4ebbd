"""`/events`: what changes, as it changes."""

from __future__ import annotations

from gemini_control.handlers.allow import allow
from gemini_control.handlers.parameters import Parameter
from gemini_control.handlers.routing import Route
from gemini_control.handlers.stream import StreamHandler
from gemini_control.viewers import USE


class EventsHandler(StreamHandler):
    """One stream per browser or Lab; resumes from `?cursor=N`."""

    @allow(USE, raw="websocket", query=(Parameter("cursor", least=0, most=10**18 - 1),))
    async def get(self, *args: str) -> None:
        """Everything that changes and that the caller may see, live."""
        self.cursor()
        await self.start_socket(*args)

    def cursor(self) -> int | None:
        """The cursor asked for; None: from now on."""
        found = self.number("cursor", -1)
        return None if found < 0 else found

    async def stream(self, *args: str) -> None:
        """Send the subscription's messages until it ends."""
        events = self.parts.events
        subscription = await events.subscribe(self.viewer, self.cursor())
        try:
            while (message := await subscription.queue.get()) is not None:
                await self.send(message)
        finally:
            events.unsubscribe(subscription)


routes = [Route("/events", EventsHandler)]
