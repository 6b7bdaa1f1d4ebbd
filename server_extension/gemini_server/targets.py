"""Which paths of the control plane a person's server may ask for, and where they are."""

from __future__ import annotations

from urllib.parse import unquote

from gemini_core.errors import NotFound

# The hub's spawner alone asks for these; a person's token is refused there too.
_NOT_RELAYED = frozenset({"launch-plans", "environment-observations"})


def relay_path(path: str, base_url: str) -> str:
    """The part of the request's raw `path` below `<base url>gemini/api/v1/`, still encoded. NotFound for what is
    not relayed, and for segments that a proxy on the way might read as another path."""
    raw = path.removeprefix(f"{base_url.rstrip('/')}/gemini/api/v1/")
    segments = [unquote(segment) for segment in raw.split("/")]
    if raw == path or segments[0] in _NOT_RELAYED or not all(map(_is_plain, segments)):
        raise NotFound("not-found")
    return raw


def _is_plain(segment: str) -> bool:
    return segment not in ("", ".", "..") and "\\" not in segment and segment.isprintable() and "/" not in segment
