"""Where the programs of the system lie that sandboxes are made with."""

from __future__ import annotations

import os
import shutil

from .errors import SandboxError

PACKAGES = {"runc": "runc", "pasta": "passt", "newuidmap": "uidmap", "newgidmap": "uidmap"}
"""The package of Debian and Ubuntu that brings each program."""

# Debian puts runc where the PATH of a person does not lead.
_ADMINISTRATORS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def find(name: str) -> str | None:
    """The path of a program, or None."""
    places = [*os.environ.get("PATH", os.defpath).split(os.pathsep), *_ADMINISTRATORS]
    return shutil.which(name, path=os.pathsep.join(places))


def path_of(name: str) -> str:
    """The path of a program; raises SandboxError with the remedy when it is not installed."""
    found = find(name)
    if found is None:
        raise SandboxError(f"{name} is not installed. Run: sudo apt-get install -y {PACKAGES[name]}")
    return found


def missing() -> list[str]:
    """The packages that sandboxes need for this user and that are not installed."""
    wanted = ("runc", "pasta") if os.geteuid() == 0 else tuple(PACKAGES)
    return sorted({PACKAGES[name] for name in wanted if find(name) is None})
