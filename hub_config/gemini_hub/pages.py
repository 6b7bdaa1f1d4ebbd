"""Pages of the hub that lead to ours, and the hub's own in the person's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from jupyterhub import apihandlers
from jupyterhub.apihandlers.auth import OAuthAuthorizeHandler
from jupyterhub.handlers import default_handlers
from jupyterhub.handlers.base import BaseHandler, Template404
from jupyterhub.handlers.pages import SpawnPendingHandler
from tornado import web

from gemini_hub import words
from gemini_hub.setup import HOME, NEW_ENVIRONMENT
from gemini_hub.subdomains import AtHubAddress

ENVIRONMENT = re.compile(r"env-[a-z0-9]+")
SILENT = re.compile(r"(/api)?/(health|metrics)\$?")
"""Patterns of the hub's that are no pages."""
AUTHORIZE = "/api/oauth2/authorize"
"""The one page among the hub's addresses for programs."""


def spoken(language: str) -> dict[str, Any]:
    """`words` of a language, and in it what the hub says in English: sentences, applications, permissions."""
    sayings: tuple[Callable[..., Any], ...] = (words.told, words.application, words.permission)
    return {"words": words.of(language), **{one.__name__: partial(one, language=language) for one in sayings}}


class Speaking(AtHubAddress):
    """Mix in before a handler of the hub: its pages, and its error pages, are in the person's language."""

    @property
    def template_namespace(self) -> dict[str, Any]:
        """What the template may use: the hub's own and what `spoken` adds."""
        namespace: dict[str, Any] = super().template_namespace  # type: ignore[misc]
        return {**namespace, **spoken(words.language_for(self))}


class ToPageHandler(Speaking, BaseHandler):  # type: ignore[misc]
    """Sends whoever is signed in to a page of ours instead of the hub's own."""

    def initialize(self, page: str) -> None:
        """`page` is the path to go to, below the hub's base URL."""
        self.page = page

    @web.authenticated
    def get(self, *_: str) -> None:
        """Redirects; what stood in the address of the hub's page means nothing to ours."""
        self.redirect(self.base_url.rstrip("/") + self.page)


class PendingHandler(Speaking, SpawnPendingHandler):  # type: ignore[misc]
    """Where the hub sends people whose environment is not ready: our page of it tells more, and goes on by itself."""

    @web.authenticated
    async def get(self, user_name: str, server_name: str = "") -> None:
        """Redirects the owner; anybody else is told by the hub."""
        person = self.current_user
        ready = server_name in person.orm_spawners and person.spawners[server_name].ready
        if ready or user_name != person.name or not ENVIRONMENT.fullmatch(server_name):
            await super().get(user_name, server_name)
            return
        wanted = urlencode({"next": self.get_argument("next", "")})
        self.redirect(f"{self.base_url.rstrip('/')}{HOME}environments/{quote(server_name)}?{wanted}")


class UnknownHandler(Speaking, Template404):  # type: ignore[misc]
    """What is no page of the hub's."""


def speaking(handler: type) -> type:
    """A handler of the hub whose pages are in the person's language."""
    return type(f"Speaking{handler.__name__}", (Speaking, handler), {})


OWN: list[tuple[Any, ...]] = [
    (r"/home", ToPageHandler, {"page": HOME}),
    (r"/spawn", ToPageHandler, {"page": NEW_ENVIRONMENT}),
    (r"/spawn/([^/]+)", ToPageHandler, {"page": NEW_ENVIRONMENT}),
    (r"/spawn/([^/]+)/([^/]+)", ToPageHandler, {"page": HOME}),
    (r"/spawn-pending/([^/]+)/([^/]+)", PendingHandler),
]
HANDLERS: list[tuple[Any, ...]] = [
    # Addresses are tried one after another: those that programs ask for all the time come before all pages.
    *(route for route in default_handlers if SILENT.fullmatch(route[0])),
    *(route for route in apihandlers.default_handlers if route[0] != AUTHORIZE),
    *OWN,
    *((route[0], speaking(route[1]), *route[2:]) for route in default_handlers if not SILENT.fullmatch(route[0])),
    (AUTHORIZE, speaking(OAuthAuthorizeHandler)),
    # Whatever the hub serves beside pages is not caught here.
    (r"/(?!(?:api|static)/|(?:api|logo|health|metrics)$).*", UnknownHandler),
]
