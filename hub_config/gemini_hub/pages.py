"""Pages of the hub that lead to ours, and the sign-in page in the person's language."""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.handlers.login import LoginHandler
from tornado import web

from gemini_hub import words
from gemini_hub.setup import HOME, NEW_ENVIRONMENT


class ToPageHandler(BaseHandler):  # type: ignore[misc]
    """Sends whoever is signed in to a page of ours instead of the hub's own."""

    def initialize(self, page: str) -> None:
        """`page` is the path to go to, below the hub's base URL."""
        self.page = page

    @web.authenticated
    def get(self, *_: str) -> None:
        """Redirects; what stood in the address of the hub's page means nothing to ours."""
        self.redirect(self.base_url.rstrip("/") + self.page)


class SignInHandler(LoginHandler):  # type: ignore[misc]
    """The hub's sign-in page, in the language that the browser asks for."""

    @property
    def template_namespace(self) -> dict[str, Any]:
        """What the template may use: the hub's own and `words`."""
        namespace: dict[str, Any] = super().template_namespace
        language = words.language_of(self.request.headers.get("Accept-Language", ""))
        return {**namespace, "words": words.of(language)}


HANDLERS: list[tuple[Any, ...]] = [
    (r"/home", ToPageHandler, {"page": HOME}),
    (r"/spawn", ToPageHandler, {"page": NEW_ENVIRONMENT}),
    (r"/spawn/([^/]+)", ToPageHandler, {"page": NEW_ENVIRONMENT}),
    (r"/spawn/([^/]+)/([^/]+)", ToPageHandler, {"page": HOME}),
    (r"/login", SignInHandler),
]
