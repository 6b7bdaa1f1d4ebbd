"""New ids: random, so that nobody can guess another's."""

from __future__ import annotations

import secrets

from gemini_core.ids import make_id


def new(kind: str) -> str:
    """A new id of a kind of `gemini_core.ids` (`environment` → `env-…`)."""
    return make_id(kind, secrets.choice)
