"""What this machine allows, found out by making a sandbox and looking at it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import cgroup, programs
from .errors import SandboxError
from .idmap import RANGE_SIZE
from .spec import Abilities, Mode

FORCE = "GEMINI_SANDBOX"
"""Set to `plain` by who wants no sandbox."""

OUTER_REFUSED = "GEMINI_SANDBOX_REFUSED"
"""Set by `outer` where the system allows a person no namespaces: why."""

_PLAIN = (
    "No sandbox: everything runs as you, in plain folders. Data is not protected from being changed, nothing keeps "
    "programs of different people apart, there is no limit for memory, and installed packages stay."
)


@dataclass(frozen=True)
class Ground:
    """The result of the trials: how a sandbox is made here. `cgroup_parent` None: no limits can be set."""

    abilities: Abilities
    cgroup_parent: str | None = None


Trial = Callable[[Mode, str | None], None]
"""Makes and removes a sandbox; raises SandboxError."""


def find(trial: Trial) -> Ground:
    """Try what the best mode needs, and less when that fails."""
    mode, reason = candidate()
    if mode == "plain":
        return _plain(reason)
    error = ""
    for parent in (*cgroup_parents(mode), None):
        try:
            trial(mode, parent)
        except SandboxError as failure:
            error = error or str(failure)
        else:
            return Ground(_abilities(mode, parent is not None), parent)
    return _plain(f"A trial sandbox failed: {error}")


def candidate() -> tuple[Mode, str]:
    """The best mode that may work, and why it is no better."""
    if os.environ.get(FORCE) == "plain":
        return "plain", f"{FORCE}=plain is set: unset it."
    if sys.platform != "linux":
        return "plain", "Sandboxes need Linux: run the platform on a Linux machine."
    missing = programs.missing()
    if missing:
        return "plain", f"Programs are missing. Run: sudo apt-get install -y {' '.join(missing)}"
    if os.geteuid() == 0:
        ids = Path("/proc/self/uid_map").read_text().split()
        if ids == ["0", "0", "4294967295"]:
            return "root", ""
        if sum(int(count) for count in ids[2::3]) >= RANGE_SIZE:
            return "person", ""
    refused = os.environ.get(OUTER_REFUSED)
    return "plain", refused or "Start the platform with `gemini up`, which makes the outer namespaces."


def cgroup_parents(mode: Mode) -> tuple[str, ...]:
    """The cgroups below which limits may be possible, to be tried."""
    if mode == "root":
        return ("/",)
    parent = cgroup.delegated_parent()
    return () if parent is None else (parent,)


def _plain(reason: str) -> Ground:
    return Ground(Abilities("plain", (_PLAIN, *((reason,) if reason else ()))))


def _abilities(mode: Mode, limits: bool) -> Abilities:
    lacks = []
    has_apt = shutil.which("apt-get") is not None and Path("/var/lib/dpkg").is_dir()
    apt = mode == "root" and has_apt
    if not apt:
        remedy = "start the platform as root." if has_apt else "this system is not of Debian's family."
        lacks.append(f"`apt-get install` does not work inside: {remedy}")
    if not limits:
        remedy = (
            "give this machine writable control groups."
            if mode == "root"
            else "start it with `systemd-run --user --scope -p Delegate=yes gemini up` on a system with cgroup v2."
        )
        lacks.append(f"There is no limit for memory and processes: {remedy}")
    return Abilities(mode, tuple(lacks), apt=apt, memory_limit=limits, network=True)
