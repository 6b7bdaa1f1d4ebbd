"""Files that one launch leaves for the runner and for a hub that comes later, below `GEMINI_HOME/hub/launch`."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Launch:
    """What must be known to adopt an environment that runs: whose it is, its plan, its port, the server's token."""

    owner: str
    plan: str
    port: int
    token: str


class LaunchFolder:
    """The folder of one environment's latest launch. Only the platform's own user may enter its parent."""

    def __init__(self, home: Path, environment: str) -> None:
        """`home` is GEMINI_HOME."""
        self.path = home / "hub" / "launch" / environment

    @property
    def spec(self) -> Path:
        """What process 1 is to run; bound into the sandbox, read-only."""
        return self.path / "spec.json"

    def write(self, launch: Launch, spec: dict[str, Any]) -> None:
        """Replaces both files. The root inside must read the spec, so its mode is open and its folder is not."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.mkdir(exist_ok=True)
        _write(self.spec, spec, 0o644)
        _write(self.path / "launch.json", vars(launch), 0o600)

    def read(self) -> Launch | None:
        """The latest launch, None where there was none or half of one."""
        try:
            return Launch(**json.loads((self.path / "launch.json").read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def remove(self) -> None:
        """Forgets the launch; safe to repeat."""
        for name in ("spec.json", "spec.new", "launch.new", "launch.json"):
            (self.path / name).unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            self.path.rmdir()


def _write(path: Path, content: dict[str, Any], mode: int) -> None:
    draft = path.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        json.dump(content, file)
    draft.chmod(mode)
    draft.replace(path)
