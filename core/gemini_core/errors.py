"""The one public exception tree. Raised low, rendered once, rebuilt by the client from `name`."""

from __future__ import annotations

from typing import Any

from gemini_core import messages


class GeminiError(Exception):
    """Something a person is told. Anything else that is raised is a bug and answers 500.

    `status` is the HTTP status, `name` the stable machine name and the key of its text in `messages`,
    `field` the wire name of the field at fault, `params` what the text mentions.
    """

    status = 500

    def __init__(self, name: str, *, field: str | None = None, **params: Any) -> None:
        super().__init__(name)
        self.name = name
        self.field = field
        self.params = params
        self.said: str | None = None

    def text(self, language: str) -> str:
        """The message in `language` (`en` or `zh-CN`)."""
        return self.said or messages.text(self.name, language, **self.params)

    def __str__(self) -> str:
        return self.text("en")


class NotParsable(GeminiError):
    """The request cannot be read at all."""

    status = 400


class InvalidInput(GeminiError):
    """A field is malformed."""

    status = 422


class Unauthenticated(GeminiError):
    """Nobody is known behind the request."""

    status = 401


class Forbidden(GeminiError):
    """The caller is known and may not do this (or the business refuses: arrears)."""

    status = 403


class NotFound(GeminiError):
    """It is not there, or not the caller's to know of: the two are never told apart."""

    status = 404


class Conflict(GeminiError):
    """The state of things refuses it."""

    status = 409


class TooLarge(GeminiError):
    """The body is larger than is taken."""

    status = 413


class TooMany(GeminiError):
    """Too many of them, or too often."""

    status = 429


class Unavailable(GeminiError):
    """A part of the platform does not answer; nothing was done."""

    status = 503


class NoSpace(GeminiError):
    """A disk is full; nothing was done, and it can be done as soon as there is room."""

    status = 507


def from_wire(status: int, name: str, field: str | None, message: str) -> GeminiError:
    """The error that an answer of the API describes; `message` is kept as it was said."""
    kind = next((c for c in GeminiError.__subclasses__() if c.status == status), GeminiError)
    error = kind("wire", field=field, message=message)
    error.name = name
    error.said = message
    error.status = status
    return error
