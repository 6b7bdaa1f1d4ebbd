"""What the machine allows: asks `gemini_sandbox`, which tries it, and tells people in sentences."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

OUTER = "GEMINI_OUTER"

MODES = {
    "root": "Environments run in sandboxes of their own, started by root.",
    "person": "Environments run in sandboxes of their own, started by you.",
    "plain": "WARNING: environments run WITHOUT a sandbox, as plain programs of yours.",
}


@dataclass(frozen=True)
class Abilities:
    """How environments run here (`root`, `person` or `plain`), and what that lacks, each with its remedy."""

    mode: str
    lacks: tuple[str, ...]

    def sentences(self) -> tuple[str, ...]:
        """For people, at each start."""
        return (MODES[self.mode], *(f"  - {lack}" for lack in self.lacks))


def ask_abilities(home: Path) -> Abilities:
    """Tries what this machine allows (less than a second)."""
    argv = [sys.executable, "-m", "gemini_sandbox", "abilities", str(home)]
    answer = subprocess.run(argv, capture_output=True, text=True, check=True)
    found = json.loads(answer.stdout)
    return Abilities(found["mode"], tuple(found["lacks"]))


def enter_outer(arguments: Sequence[str]) -> None:
    """As a person: becomes the same command in an outer user and mount namespace. Returns where it is there already."""
    if os.getuid() == 0 or OUTER in os.environ:
        return
    os.environ[OUTER] = "1"
    again = [sys.executable, "-m", "gemini_cli", *arguments]
    os.execv(sys.executable, [sys.executable, "-m", "gemini_sandbox", "outer", "--", *again])
