"""Ids: a kind's prefix and ten random letters or digits.

Every id is also a valid JupyterHub named server (1-30 characters, lower case, starts with a letter)
and a valid Kubernetes name, so that external names are derived from a row and never stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
LENGTH = 10
PREFIXES = {
    "workspace": "ws",
    "project": "prj",
    "dataset": "ds",
    "model": "md",
    "version": "ver",
    "environment": "env",
    "task": "task",
    "run": "run",
    "transaction": "tx",
}
_PATTERN = re.compile(r"[a-z]{2,4}-[a-z0-9]{10}")


def make_id(kind: str, choose: Callable[[str], str]) -> str:
    """A new id of `kind` (a key of PREFIXES); `choose` picks one character (`secrets.choice`)."""
    return f"{PREFIXES[kind]}-{''.join(choose(ALPHABET) for _ in range(LENGTH))}"


def is_id(text: str, kind: str) -> bool:
    """Whether `text` has the form of an id of `kind`; anything else is not worth a look-up."""
    return _PATTERN.fullmatch(text) is not None and of_kind(text, kind)


def of_kind(text: str, kind: str) -> bool:
    """Whether `text`, if it is an id, is one of `kind`."""
    return text.startswith(PREFIXES[kind] + "-")
