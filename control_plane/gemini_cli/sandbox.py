"""What the machine allows: asks `gemini_sandbox`, which tries it, and tells people in sentences."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gemini_cli.words import language, retold, say

OUTER = "GEMINI_OUTER"

MODES = {
    "root": "Environments run in sandboxes of their own, started by root.",
    "person": "Environments run in sandboxes of their own, started by you.",
    "plain": "WARNING: environments run WITHOUT a sandbox, as plain programs of yours.",
}
LACKS = (
    "No sandbox: everything runs as you, in plain folders. Data is not protected from being changed, nothing keeps "
    "programs of different people apart, there is no limit for memory, and installed packages stay.",
    "A trial sandbox failed: {error}",
    "GEMINI_SANDBOX=plain is set: unset it.",
    "Sandboxes need Linux: run the platform on a Linux machine.",
    "Programs are missing. Run: {command}",
    "Start the platform with `gemini up`, which makes the outer namespaces.",
    "This system forbids namespaces to people ({error}). Run: {command} (the names that your system has), or start the "
    "platform as root.",
    "You have no {size} subordinate ids ({error}). Run: {command}",
    "`apt-get install` does not work inside: start the platform as root.",
    "`apt-get install` does not work inside: this system is not of Debian's family.",
    "There is no limit for memory and processes: give this machine writable control groups.",
    "There is no limit for memory and processes: start it with {command} on a system with cgroup v2.",
)
"""What a sandbox may say that it lacks, as it says it."""


@dataclass(frozen=True)
class Abilities:
    """How environments run here (`root`, `person` or `plain`), and what that lacks, each with its remedy."""

    mode: str
    lacks: tuple[str, ...]

    def sentences(self) -> tuple[str, ...]:
        """For people, at each start."""
        return (say(MODES[self.mode]), *(f"  - {retold(lack, LACKS)}" for lack in self.lacks))


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
    again = [sys.executable, "-m", "gemini_cli", "--lang", language(), *arguments]
    os.execv(sys.executable, [sys.executable, "-m", "gemini_sandbox", "outer", "--", *again])
