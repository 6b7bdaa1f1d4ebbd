"""The way without a sandbox: process 1 is a plain child in plain folders, with the variables naming them.

There are no walls here. `abilities` says so to the person, and the platform then serves one person only.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time

from .errors import SandboxError
from .process import ProcessIdentity
from .record import Record
from .spec import RUN_TARGET, Mount, SandboxSpec

MARK = "GEMINI_SANDBOX_ID"
"""The variable by which a process of a plain sandbox is known."""

_LEFTOVER_SECONDS = 5.0


def path_of(path: str, mounts: tuple[Mount, ...], run: str) -> str:
    """Where a path of the contract lies on the host; any other path stays as it is."""
    places = {RUN_TARGET: run, **{mount.target: str(mount.source) for mount in mounts}}
    for target in sorted(places, key=len, reverse=True):
        if path == target or path.startswith(f"{target}/"):
            return places[target] + path[len(target) :]
    return path


def start(record: Record, spec: SandboxSpec, environment: dict[str, str], log_fd: int) -> ProcessIdentity:
    """Start process 1 as a child of the caller, in a session of its own."""
    run = str(record.run)
    for mount in spec.mounts:
        if mount.target.startswith(f"{RUN_TARGET}/"):
            link = record.run / mount.target[len(RUN_TARGET) + 1 :]
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(mount.source)
    argv = [path_of(word, spec.mounts, run) for word in spec.argv]
    try:
        child = subprocess.Popen(
            argv,
            cwd=path_of(spec.cwd, spec.mounts, run),
            env={**environment, MARK: mark_of(record)},
            stdin=subprocess.DEVNULL,
            stdout=log_fd,
            stderr=log_fd,
            start_new_session=True,
        )
    except OSError as error:
        raise SandboxError(f"cannot start {argv[0]}: {error}") from error
    identity = ProcessIdentity.of(child.pid)
    if identity is None:
        raise SandboxError("process 1 ended at once")
    # The witness takes its status itself.
    child.returncode = 0
    return identity


def mark_of(record: Record) -> str:
    """The value of MARK: unique among the homes of a machine."""
    return record.unique_name


def processes(record: Record) -> list[int]:
    """All processes that carry the mark of this sandbox and have not ended."""
    mark = f"{MARK}={mark_of(record)}".encode()
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                marked = mark in file.read().split(b"\0")
        except OSError:
            continue
        if marked:
            found.append(int(name))
    return found


def end_leftovers(record: Record) -> None:
    """End every process of the sandbox: politely, then surely."""
    deadline = time.monotonic() + _LEFTOVER_SECONDS
    sign = signal.SIGTERM
    while pids := [pid for pid in processes(record) if _running(pid)]:
        for pid in pids:
            identity = ProcessIdentity.of(pid)
            if identity is not None:
                identity.end(sign, 0.1 if sign == signal.SIGTERM else 1.0)
        if time.monotonic() > deadline - _LEFTOVER_SECONDS + 1.0:
            sign = signal.SIGKILL
        if time.monotonic() > deadline:
            return


def _running(pid: int) -> bool:
    identity = ProcessIdentity.of(pid)
    return identity is not None and identity.alive()
