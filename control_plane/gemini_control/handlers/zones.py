"""`/availability-zones`, `/specifications`, `/images`: what one can choose from."""

from __future__ import annotations

from gemini_control.handlers.allow import allow
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.parameters import Parameter
from gemini_control.handlers.routing import Route
from gemini_control.managers.runtimes import images
from gemini_control.models.catalogue import ImageOut
from gemini_control.models.zones import SpecificationOut, ZoneOut
from gemini_control.store.paging import Page
from gemini_control.viewers import USE


class ZonesHandler(APIHandler):
    """Where things can run."""

    @allow(USE, answer=ZoneOut, paged=True, query=(Parameter("available", ("true", "false")),))
    async def get(self) -> None:
        """The zones; `gpuInventory` is what is free now."""
        wanted = self.option("available")
        page = await self.parts.zones.list(self.page(), None if wanted is None else wanted == "true")
        await self.answer(page.items, page=page)


class SpecificationsHandler(APIHandler):
    """What can be had there."""

    @allow(USE, answer=SpecificationOut, paged=True, query=("zone",))
    async def get(self) -> None:
        """The specifications with price and whether they fit now."""
        page = await self.parts.zones.specifications(self.page(), self.option("zone"))
        await self.answer(page.items, page=page)


class ImagesHandler(APIHandler):
    """On which image."""

    @allow(USE, answer=ImageOut, paged=True)
    async def get(self) -> None:
        """The images; embedded, `local` is this machine's Python with the platform's packages (IMG-6)."""
        self.page()
        found = images(self.parts.work.backend.cluster, self.language)
        await self.answer(found, page=Page(found, None, len(found)))


routes = [
    Route("/availability-zones", ZonesHandler),
    Route("/specifications", SpecificationsHandler),
    Route("/images", ImagesHandler),
]
