"""`/openapi.json`: the description of all this."""

from __future__ import annotations

from gemini_control.handlers.allow import ANYONE, allow
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.routing import Route
from gemini_control.openapi import make_document
from gemini_control.version import VERSION


class OpenAPIHandler(APIHandler):
    """The document as it is, without an envelope: tools read it."""

    @allow(ANYONE, raw="out")
    async def get(self) -> None:
        """The OpenAPI 3.1 document."""
        self.finish(make_document(self.settings["api_routes"], self.hub_auth.base_url, VERSION))


routes = [Route("/openapi.json", OpenAPIHandler)]
