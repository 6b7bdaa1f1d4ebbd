"""Our pages: one HTML shell and one bundle for all of them, behind the hub's sign-in."""

from __future__ import annotations

import html
import json
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gemini_core import messages
from gemini_core.errors import Unauthenticated
from jupyterhub.services.auth import HubOAuthCallbackHandler
from tornado.routing import URLSpec
from tornado.web import StaticFileHandler

from gemini_control.handlers.allow import allow
from gemini_control.handlers.base import Authorised, error_of
from gemini_control.version import VERSION
from gemini_control.viewers import USE

STATIC = Path(__file__).parent.parent / "static" / "pages"
LANGUAGE_COOKIE = "gemini-language"
"""What a person chose on any page, the hub's among them."""
PAGES = (
    "",
    "environments/new",
    "environments/{id}",
    "environments/{id}/edit",
    "training/create",
    "training-jobs",
    "training-jobs/{id}",
    "datasets",
    "datasets/{id}",
    "models",
    "models/{id}",
    "workspaces/{id}",
    "admin",
    "admin/{id}",
    "admin/workspaces/{id}",
)
_SHELL = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gemini</title>
<link rel="stylesheet" href="{static}pages.css?v={stamp}">
<script type="application/json" id="gemini-config" nonce="{nonce}">{config}</script>
<script defer src="{static}pages.js?v={stamp}" nonce="{nonce}"></script>
</head>
<body><div id="gemini-root"></div><noscript>{noscript}</noscript></body>
</html>
"""
_PLAIN = """<!DOCTYPE html>
<html lang="{language}">
<head><meta charset="utf-8"><title>{title}</title></head>
<body><main>
<h1>{title}</h1><p>{text}</p><p><a href="{hub}">JupyterHub</a></p><p><small>{request_id}</small></p>
</main></body>
</html>
"""


class PageHandler(Authorised):
    """The shell of any page; what it shows is the bundle's, which reads the address."""

    async def prepare(self) -> None:
        """As every request; who is not signed in is sent to the hub and comes back here.

        The pages are at the hub's address alone: elsewhere its cookies are not.
        """
        public = self.settings["subdomain_host"]
        if public and self.request.host != urlsplit(public).netloc:
            self.redirect(public + (self.request.uri or ""))
            return
        try:
            await super().prepare()
        except Unauthenticated:
            self.redirect(self.get_login_url())
        finally:
            chosen = self.get_cookie(LANGUAGE_COOKIE)
            self.language = messages.language_of(chosen) if chosen else self.language

    @allow(USE)
    async def get(self, *args: str) -> None:
        """The shell, with what the bundle has to know."""
        if not (STATIC / "pages.js").is_file():
            self.set_status(500)
            self.say("page-bundle-missing")
            return
        # Asking for the token sets the cookie that our pages send back (X-XSRFToken).
        _ = self.xsrf_token
        nonce = secrets.token_urlsafe(16)
        self.protect(f"'nonce-{nonce}'")
        base = self.hub_auth.base_url
        config = {
            "base": base,
            "hub": self.hub_auth.hub_prefix,
            "person": self.viewer.name,
            "operator": self.viewer.operator,
            "version": VERSION,
        }
        self.finish(
            _SHELL.format(
                language=self.language,
                static=f"{base}static/pages/",
                stamp=int((STATIC / "pages.js").stat().st_mtime),
                nonce=nonce,
                config=json_in_html(config),
                noscript=html.escape(messages.text("page-needs-script", self.language)),
            )
        )

    def protect(self, scripts: str) -> None:
        """What the page may load and who may frame it: itself alone."""
        self.set_header(
            "Content-Security-Policy",
            f"default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
        )
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")

    def say(self, name: str, **params: Any) -> None:
        """A plain page with one sentence."""
        self.protect("'none'")
        text = messages.text(name, self.language, **params)
        page = _PLAIN.format(
            language=self.language,
            title="Gemini",
            text=html.escape(text),
            hub=html.escape(self.hub_auth.hub_prefix),
            request_id=html.escape(self.request_id),
        )
        self.finish(page)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """An error as a page: a sentence, a way back, the request id."""
        error = error_of(status_code, kwargs.get("exc_info", (None, None, None))[1])
        self.set_status(error.status)
        self.say("wire", message=error.text(self.language))


class CallbackHandler(HubOAuthCallbackHandler):  # type: ignore[misc]
    """Where the hub sends people back to after they signed in."""

    @property
    def hub_auth(self) -> Any:
        """The application's, not one of the class's own."""
        return self.settings["hub_auth"]


class BundleHandler(StaticFileHandler):
    """The bundle's files. They are the same for everybody and tell nothing."""

    def set_extra_headers(self, path: str) -> None:
        """Kept by the browser: the shell names them with their time."""
        self.set_header("Cache-Control", "public, max-age=31536000, immutable" if "v" in self.request.arguments else "")
        self.set_header("X-Content-Type-Options", "nosniff")


class UnknownPageHandler(PageHandler):
    """Any other address below the service: a 404 page."""

    @allow(USE)
    async def get(self, *args: str) -> None:
        """Say that there is no such page."""
        self.set_status(404)
        self.say("page-unknown")


def json_in_html(value: Any) -> str:
    """JSON that can stand inside a script element, whatever a name holds."""
    text = json.dumps(value)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def make_routes(prefix: str) -> list[URLSpec]:
    """The pages, the bundle, the way back from the hub."""
    base = re.escape(prefix)
    pages = [URLSpec(base + page.replace("{id}", "([^/]+)") + "/?", PageHandler) for page in PAGES if page]
    return [
        URLSpec(base + "oauth_callback", CallbackHandler),
        URLSpec(base + "static/pages/(.*)", BundleHandler, {"path": str(STATIC)}),
        URLSpec(base + "?", PageHandler),
        *pages,
        URLSpec(base + "(.*)", UnknownPageHandler),
    ]
