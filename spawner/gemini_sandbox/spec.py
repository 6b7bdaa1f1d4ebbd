"""What is asked of a sandbox and what is seen of it: plain values that travel as JSON."""

from __future__ import annotations

import dataclasses
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .errors import SandboxError

State = Literal["absent", "running", "ended"]
Mode = Literal["root", "person", "plain"]

RUN_TARGET = "/run/gemini"
"""Where a sandbox finds its own `run` folder."""

WORKSPACE_RANGES = 4096
"""How many workspaces have a range of ids of their own (see `idmap`)."""

_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")
_HOSTNAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,62})")


@dataclass(frozen=True)
class Mount:
    """One folder or file of the host at an absolute path inside.

    No step of `source` may be a symbolic link: some of its folders belong to people's roots.
    """

    source: Path
    target: str
    read_only: bool = True


@dataclass(frozen=True)
class SandboxSpec:
    """All that a sandbox is made from.

    `cpu_cores` is a weight between sandboxes, not a pin; `memory_bytes` 0 means no limit.
    `host_port` on the host's 127.0.0.1 leads to `inner_port` inside; `reach` are TCP ports of the
    host's 127.0.0.1 that are reachable inside under the same numbers; `devices` are host paths.
    """

    id: str
    workspace_index: int
    mounts: tuple[Mount, ...]
    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    cpu_cores: float = 1.0
    memory_bytes: int = 0
    host_port: int | None = None
    inner_port: int | None = None
    reach: tuple[int, ...] = ()
    devices: tuple[str, ...] = ()
    hostname: str = "gemini"

    def check(self) -> None:
        """Raise SandboxError for a value that no sandbox can be made from."""
        check_id(self.id)
        if not 0 <= self.workspace_index < WORKSPACE_RANGES:
            raise SandboxError(f"workspace_index must lie in 0..{WORKSPACE_RANGES - 1}: {self.workspace_index}")
        if not self.argv:
            raise SandboxError("argv is empty")
        if not _HOSTNAME.fullmatch(self.hostname):
            raise SandboxError(f"not a host name: {self.hostname!r}")
        if (self.host_port is None) != (self.inner_port is None):
            raise SandboxError("host_port and inner_port are given together or not at all")
        for path in (self.cwd, *(mount.target for mount in self.mounts), *self.devices):
            check_target(path)

    def to_json(self) -> dict[str, Any]:
        """The spec as JSON values."""
        fields = dataclasses.asdict(self)
        fields["mounts"] = [[str(mount.source), mount.target, mount.read_only] for mount in self.mounts]
        return fields

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> SandboxSpec:
        """The inverse of `to_json`."""
        values = dict(fields)
        values["mounts"] = tuple(Mount(Path(source), target, ro) for source, target, ro in values["mounts"])
        for name in ("argv", "reach", "devices"):
            values[name] = tuple(values[name])
        return cls(**values)


def check_id(sandbox_id: str) -> None:
    """Raise SandboxError unless the id is safe as a folder's and a cgroup's name."""
    if not _ID.fullmatch(sandbox_id):
        raise SandboxError(f"not a sandbox id: {sandbox_id!r}")


def check_target(path: str) -> None:
    """Raise SandboxError unless the path is absolute, normal and not the root."""
    if "\0" in path or not path.startswith("/") or os.path.normpath(path) != path or path == "/":
        raise SandboxError(f"not an absolute, normal path: {path!r}")


@dataclass(frozen=True)
class Observation:
    """What is known of a sandbox now. Times are Unix seconds (UTC).

    `oom`: the kernel ended one of its processes for want of memory, and process 1 failed.
    `lost`: the witness was killed, so that how and when it ended is not known; `last_seen` bounds it.
    """

    id: str
    state: State
    pid: int | None = None
    started_at: float | None = None
    ended_at: float | None = None
    last_seen: float | None = None
    exit_code: int | None = None
    signal: int | None = None
    oom: bool = False
    lost: bool = False
    detail: str = ""


@dataclass(frozen=True)
class Usage:
    """What a sandbox uses: CPU seconds since its start, memory in bytes now, processes now."""

    cpu_seconds: float
    memory_bytes: int
    processes: int


@dataclass(frozen=True)
class Abilities:
    """What this machine allows. `lacks` are sentences for people, each with its remedy."""

    mode: Mode
    lacks: tuple[str, ...] = ()
    apt: bool = False
    memory_limit: bool = False
    network: bool = False
