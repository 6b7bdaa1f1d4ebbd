"""What answers at an address of this machine: asked without proxies, redirects not followed."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request


def status_of(url: str) -> int | None:
    """The HTTP status with which a server answers there, redirects not followed; None where nobody answers."""
    try:
        with _opener.open(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, http.client.HTTPException):
        return None


def led_to(url: str) -> str | None:
    """Where an answer leads (its `Location`); None where it leads nowhere or nobody answers."""
    try:
        with _opener.open(url, timeout=5):
            return None
    except urllib.error.HTTPError as error:
        return error.headers.get("Location")
    except (OSError, http.client.HTTPException):
        return None


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))
