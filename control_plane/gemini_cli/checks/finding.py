"""What a check found out, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Health(StrEnum):
    """How it stands. A warning is no failure: what is asked of the platform still works."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """One check. `name` is stable, `title` and the others are for people; `code` is the exit code of a failure."""

    name: str
    title: str
    state: Health
    message: str
    remedy: str = ""
    code: int = 1

    def wire(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)
