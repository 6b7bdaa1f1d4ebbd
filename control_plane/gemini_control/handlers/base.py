"""The base of every API handler: who asks, may they, what they send; how every answer and error looks (API-1)."""

from __future__ import annotations

import errno
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from gemini_core import messages
from gemini_core.errors import (
    Forbidden,
    GeminiError,
    InvalidInput,
    NoSpace,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from jupyterhub.services.auth import HubAuthenticated, HubOAuth
from pydantic import BaseModel
from tornado.web import HTTPError, RequestHandler, stream_request_body

from gemini_control.handlers.allow import ANYONE, METHODS, Operation, operation_of
from gemini_control.handlers.lists import written_page
from gemini_control.handlers.parsing import json_of, parse
from gemini_control.models.wire import WireOut
from gemini_control.parts import Parts
from gemini_control.store import idempotency
from gemini_control.store.paging import Page, PageRequest
from gemini_control.viewers import OPERATE, Viewer, viewer_of

Model = TypeVar("Model", bound=BaseModel)
BODY_LIMIT = 1024 * 1024
SMALL_BODY = 64 * 1024
"""Bytes that are sooner read than a connection is made anew."""
SERVER_ERROR = 500


class Authorised(HubAuthenticated, RequestHandler):  # type: ignore[misc]
    """Finds out who asks and whether the verb is theirs, before a byte of the body is read.

    `self.viewer` is the caller (absent where the verb is for ANYONE), `self.parts` the platform's parts.
    """

    viewer: Viewer
    language = "en"
    request_id = ""
    path_is_last = False
    """Whether the last part of the address is a path of a person's (checked where it is used) and no id."""

    @property
    def parts(self) -> Parts:
        """What the application is made of: store, managers, settings."""
        return cast(Parts, self.settings["parts"])

    @property
    def hub_auth(self) -> HubOAuth:
        """The hub's answers to whose token it is, kept 30 s."""
        return self.settings["hub_auth"]

    @property
    def operation(self) -> Operation:
        """What this verb was allowed; a verb that nobody allowed does not exist."""
        found = operation_of(self, self.request.method or "")
        if found is None:
            raise HTTPError(405)
        return found

    def set_status(self, status_code: int, reason: str | None = None) -> None:
        """A method that is not taken is answered with those that are (RFC 9110)."""
        super().set_status(status_code, reason)
        if status_code == 405:
            self.set_header("Allow", ", ".join(one for one in METHODS if operation_of(self, one) is not None))

    async def prepare(self) -> None:
        """Name the request, find its language and its caller, check the scope."""
        self.request_id = secrets.token_hex(8)
        self.set_header("X-Request-Id", self.request_id)
        self.language = messages.language_of(self.request.headers.get("Accept-Language", ""))
        operation = self.operation
        ids = self.path_args[:-1] if self.path_is_last else self.path_args
        if any("\0" in (part or "") for part in ids):
            raise NotFound("not-found")
        if operation.scope == ANYONE:
            return
        model = await self.user_model()
        if not self.hub_auth.check_scopes(operation.scope, model):
            raise Forbidden("scope-missing", scope=operation.scope)
        source = f"{self.request.remote_ip} {self.request_id}"
        self.viewer = viewer_of(model, self.language, source, operation.role)
        if operation.scope == OPERATE and not self.viewer.operator:
            raise Forbidden("scope-missing", scope=operation.scope)

    async def user_model(self) -> dict[str, Any]:
        """The hub's model of the caller, who may reach this service; Unauthenticated or Forbidden where not."""
        try:
            model = await self.hub_auth.get_user(self, sync=False)
        except HTTPError as error:
            raise Unavailable("hub-unreachable") from error
        if model is None:
            self.check_forgery()
            raise Unauthenticated("not-signed-in")
        scopes = self.hub_auth.access_scopes
        if scopes and not self.hub_auth.check_scopes(scopes, model):
            raise Forbidden("scope-missing", scope=", ".join(sorted(scopes)))
        return cast(dict[str, Any], model)

    def check_forgery(self) -> None:
        """Raises Forbidden where a cookie was sent but not the token that proves one of our pages sent it."""
        if self.hub_auth.get_token(self, in_cookie=False) or not self.get_cookie(self.hub_auth.cookie_name):
            return
        try:
            self.check_xsrf_cookie()
        except HTTPError as error:
            raise Forbidden("xsrf-missing") from error

    def option(self, name: str) -> str | None:
        """A parameter of the query that the verb takes, None where it is missing, or empty and free text."""
        value = self.get_query_argument(name, None)
        return None if value is None else self.operation.parameter(name).check(value) or None

    def number(self, name: str, default: int) -> int:
        """A whole number of the query, within the bounds that the verb gave it."""
        value = self.get_query_argument(name, None)
        return default if value is None else self.operation.parameter(name).number(value)

    async def run_verb(self, verb: Callable[..., Awaitable[None]], *args: str) -> None:
        """Run a verb that `prepare` let through."""
        await verb(self, *args)

    def log_exception(self, kind: Any, error: Any, traceback: Any) -> None:
        """What is the caller's fault is no error of ours; everything else is logged once, with its request id."""
        if error_of(SERVER_ERROR, error).status < SERVER_ERROR:
            return
        self.log.error("Request %s: %s %s", self.request_id, self.request.method, self.request.path, exc_info=error)

    @property
    def log(self) -> Any:
        """The application's log."""
        return self.settings["log"]


@stream_request_body
class APIHandler(Authorised):
    """JSON in, the envelope out."""

    body_limit = BODY_LIMIT

    def initialize(self) -> None:
        """Begin with an empty body."""
        self._chunks: list[bytes] = []
        self._received = 0
        self._refusal: GeminiError | None = None

    async def prepare(self) -> None:
        """As `Authorised`, and refuse a body that says it is too large before it comes.

        A refusal of a small body waits until that has come: a connection that is closed over an unread body loses the
        answer on its way through a proxy, and the request that the proxy sends next.
        """
        try:
            await super().prepare()
            await self.expect()
        except GeminiError as error:
            if self._announced > SMALL_BODY or self._unmeasured:
                raise
            self._refusal = error

    async def expect(self) -> None:
        """Refuse what is wrong with the body before it comes."""
        self.refuse_larger_than(self.body_limit)

    @property
    def _announced(self) -> int:
        return int(self.request.headers.get("Content-Length", 0))

    @property
    def _unmeasured(self) -> bool:
        return "Transfer-Encoding" in self.request.headers

    def refuse_larger_than(self, limit: int) -> None:
        """TooLarge where the body says that it is larger, before it is read."""
        if self._announced > limit:
            raise TooLarge("body-too-large", limit=limit)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Collect the body, up to the limit."""
        self._received += len(chunk)
        if self._received <= self.body_limit:
            self._chunks.append(chunk)
        return None

    @property
    def body(self) -> bytes:
        """The whole body."""
        if self._received > self.body_limit:
            raise TooLarge("body-too-large", limit=self.body_limit)
        return b"".join(self._chunks)

    async def run_verb(self, verb: Callable[..., Awaitable[None]], *args: str) -> None:
        """Run a verb; a POST with an `Idempotency-Key` at most once."""
        if self._refusal is not None:
            raise self._refusal
        key = self.request.headers.get("Idempotency-Key")
        if key is None or self.request.method != "POST" or not hasattr(self, "viewer"):
            await verb(self, *args)
            return
        if not key.isprintable() or not 0 < len(key) <= 255:
            raise InvalidInput("idempotency-key-unfit", field="Idempotency-Key")
        what = f"{self.request.path}\n".encode() + self.body
        request = idempotency.Request(self.viewer.name, key, hashlib.sha256(what).hexdigest())
        kept = await self.parts.store.read(lambda tx: idempotency.answer(tx, request))
        if kept is not None:
            self.finish(kept)
            return
        idempotency.current.set(request)
        await verb(self, *args)

    def parse(self, model: type[Model]) -> Model:
        """The body as a wire model; InvalidInput names the first field at fault."""
        return parse(model, json_of(self.body))

    def page(self) -> PageRequest:
        """`limit` and `cursor` of the query."""
        return PageRequest.of(self.get_query_argument("limit", None), self.get_query_argument("cursor", None))

    async def answer(
        self, data: Any = None, *, page: Page[Any] | None = None, message: str = "ok", **params: Any
    ) -> None:
        """Send `data` in the envelope: a wire model, a list of them, plain JSON. `message` is a name of `messages`."""
        if page is not None:
            self.finish(written_page(messages.text(message, self.language, **params), data, page))
            return
        envelope: dict[str, Any] = {
            "code": 200,
            "message": messages.text(message, self.language, **params),
            "data": plain(data),
        }
        request = idempotency.current.get()
        if request is not None:
            idempotency.current.set(None)
            await self.parts.store.write(lambda tx: idempotency.keep_answer(tx, request, envelope))
        self.finish(envelope)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every error in the envelope, and nothing of ours in it: no traceback, no text of an exception."""
        error = error_of(status_code, kwargs.get("exc_info", (None, None, None))[1])
        self.set_status(error.status)
        if self._received < self._announced or self._unmeasured:
            # What was not read is in the way of the next request, and a proxy must not send one.
            self.set_header("Connection", "close")
        self.finish(envelope_of(error, self.language, self.request_id))

    def compute_etag(self) -> None:
        """None: nobody keeps an answer, so nobody asks whether it is still the same."""

    def set_default_headers(self) -> None:
        """Answers are for the caller alone and never another kind of document."""
        self.set_header("Content-Type", "application/json; charset=UTF-8")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.clear_header("Server")


class UnknownHandler(APIHandler):
    """Any address below the API that is no route: the same 404 as for a thing that is not there."""

    async def prepare(self) -> None:
        """Answer before anything else."""
        self.request_id = secrets.token_hex(8)
        self.language = messages.language_of(self.request.headers.get("Accept-Language", ""))
        raise NotFound("not-found")


def plain(data: Any) -> Any:
    """Wire models, and lists of them, as JSON values."""
    if isinstance(data, WireOut):
        return data.wire()
    if isinstance(data, list | tuple):
        return [plain(item) for item in data]
    return data


def error_of(status: int, error: BaseException | None) -> GeminiError:
    """The public error behind what was raised; what is not public becomes a plain 500."""
    if isinstance(error, GeminiError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace("disk-full")
    status = error.status_code if isinstance(error, HTTPError) else status
    name = {400: "bad-request", 404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}.get(status)
    if not isinstance(error, HTTPError) or name is None:
        return GeminiError("internal-error")
    known = GeminiError(name, limit=BODY_LIMIT)
    known.status = status
    return known


def envelope_of(error: GeminiError, language: str, request_id: str) -> dict[str, Any]:
    """The envelope of an error: `remedy` where the table has one for its name."""
    remedy = f"remedy.{error.name}"
    return {
        "code": error.status,
        "message": error.text(language),
        "data": None,
        "error": {
            "name": error.name,
            "field": error.field,
            "remedy": messages.text(remedy, language) if remedy in messages.names() else None,
            "requestId": request_id,
        },
    }


def as_json(value: Any) -> str:
    """One line of JSON, as it is sent to browsers and WebSockets."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
