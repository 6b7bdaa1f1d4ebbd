"""A process is known by pid, start time and boot: a pid alone may be another program's by now."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

PATIENCE_SECONDS = 10.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Identity:
    """One process of one boot. `start` is in clock ticks since the boot."""

    pid: int
    start: int
    boot: str

    def alive(self) -> bool:
        """Whether exactly this process is there and no zombie."""
        return identity_of(self.pid) == self

    def save(self, path: Path) -> None:
        """Keeps it for the next supervisor."""
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(path)


def identity_of(pid: int) -> Identity | None:
    """The identity of a living process; None where there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[0] in "ZX":
        return None
    return Identity(pid, int(fields[19]), _BOOT_ID.read_text().strip())


def load(path: Path) -> Identity | None:
    """What `save` kept, None where there is nothing of use."""
    try:
        return Identity(**json.loads(path.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def end(identity: Identity) -> bool:
    """Ends this process: SIGTERM, then SIGKILL. True if it was there. Returns when it is gone."""
    if not identity.alive():
        return False
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(identity.pid, number)
        except ProcessLookupError:
            return True
        deadline = time.monotonic() + PATIENCE_SECONDS
        while identity.alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        if not identity.alive():
            return True
    return True


def end_leftovers(pids: Path) -> list[str]:
    """Ends the processes that an earlier supervisor left, and only those; their names. Nothing else is touched."""
    ended = []
    for path in sorted(pids.glob("*.json")):
        identity = load(path)
        if identity is not None and end(identity):
            ended.append(path.stem)
        path.unlink()
    return ended
