"""The base of every handler here: who asks, in which language, the envelope of answers and errors (API-1)."""

from __future__ import annotations

import json
import secrets
from typing import Any

from gemini_core import messages
from gemini_core.errors import Forbidden, GeminiError
from jupyter_server.auth.utils import HTTP_METHOD_TO_AUTH_ACTION
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import ensure_async
from tornado.web import HTTPError

from gemini_server.platform import Platform

AUTH_RESOURCE = "gemini"


class Speaks(JupyterHandler):
    """What HTTP and WebSocket handlers have in common."""

    auth_resource = AUTH_RESOURCE

    @property
    def platform(self) -> Platform:
        """The platform around this server."""
        found: Platform = self.settings["gemini"]
        return found

    @property
    def language(self) -> str:
        """The language to answer in."""
        return messages.language_of(self.request.headers.get("Accept-Language", ""))

    async def check_authorized(self) -> None:
        """Refuses a caller who is nobody, or who the server's authorizer does not let do this.

        For what must be known before a body is read; verbs carry Jupyter's decorators all the same.
        """
        if not self.current_user:
            raise HTTPError(403)
        action = HTTP_METHOD_TO_AUTH_ACTION[(self.request.method or "GET").upper()]
        allowed = await ensure_async(self.authorizer.is_authorized(self, self.current_user, action, self.auth_resource))
        if not allowed:
            raise HTTPError(403)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The error as the envelope says it; never a traceback."""
        error = public_error(status_code, kwargs.get("exc_info", (None, None, None))[1])
        self.set_status(error.status)
        self.set_header("Content-Type", "application/json")
        body = error_body(error, self.language)
        if error.status >= 500:
            self.log.error("Request %s failed: %s", body["error"]["requestId"], error.name)
        self.finish(json.dumps(body))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Refusals are no failures of this server."""
        if isinstance(value, GeminiError):
            self.log.info("%s %s: %s", self.request.method, self.request.path, value.name)
        else:
            super().log_exception(typ, value, tb)


class GeminiHandler(Speaks, APIHandler):
    """Base of the HTTP handlers. Their requests are no sign of a person at work (idle culling)."""

    _track_activity = False

    def answer(self, data: Any) -> None:
        """Ends the request with `data` in the envelope."""
        self.finish(json.dumps({"code": 200, "message": messages.text("ok", self.language), "data": data}))


def public_error(status: int, error: BaseException | None) -> GeminiError:
    """What may be told of `error`."""
    if isinstance(error, GeminiError):
        return error
    if isinstance(error, HTTPError) and status in (401, 403) and not error.log_message:
        public: GeminiError = Forbidden("server-not-yours")
    elif isinstance(error, HTTPError):
        public = GeminiError("request-refused", detail=error.log_message or error.reason or str(status))
    else:
        public = GeminiError("internal-error")
    public.status = status
    return public


def error_body(error: GeminiError, language: str) -> dict[str, Any]:
    """The envelope of a refusal."""
    return {
        "code": error.status,
        "message": error.text(language),
        "data": None,
        "error": {"name": error.name, "field": error.field, "remedy": None, "requestId": secrets.token_hex(8)},
    }
