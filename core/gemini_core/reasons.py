"""Why something waits or ended: one list for environments and tasks (TRAIN-9), each with its remedy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_ERROR_NUMBER = re.compile(r"\[Errno -?\d+\] ")
NAMED = "detail."
"""How the names of sentences that tell a detail begin (`messages`)."""


class Reason(StrEnum):
    """A reason's wire name. `messages` holds `reason.<name>` (what) and `remedy.<name>` (what to do)."""

    QUOTA = "quota"
    RESOURCES = "resources"
    IMAGE = "image"
    CONFIGURATION = "configuration"
    ARREARS = "arrears"
    OUT_OF_MEMORY = "out-of-memory"
    CODE = "code"
    NODE = "node"
    TIMEOUT = "timeout"
    USER_STOPPED = "user-stopped"


@dataclass(frozen=True)
class Detail:
    """What exactly happened, as it is kept: a sentence by its `name`, so that each reads it in their own language.

    `value` fills the sentence's `{value}`. `said` is what a machine said of it, shown below as it is.
    """

    name: str = ""
    value: str = ""
    said: str = ""

    def __str__(self) -> str:
        first = f"{self.name}:{self.value}" if self.value else self.name
        return "\n".join(part for part in (first, self.said.strip()) if part)


def read_detail(kept: str) -> Detail:
    """The detail in the text that was kept; one without a name is what a machine said."""
    if not kept.startswith(NAMED):
        return Detail(said=kept)
    first, _, said = kept.partition("\n")
    name, _, value = first.partition(":")
    return Detail(name, value, said)


def spoken(text: str, home: str) -> str:
    """What a machine said, for a person: without error numbers, and without where the platform lies (`home`)."""
    return _ERROR_NUMBER.sub("", text).replace(home, "…").strip()
