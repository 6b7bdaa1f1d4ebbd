"""The calls of the OCI runtime `runc`. Its state lies in the folder of each sandbox."""

from __future__ import annotations

import json
import signal

from . import programs, syscalls
from .errors import SandboxError
from .process import ProcessIdentity, boot_id, run_briefly
from .record import Record

_START_SECONDS = 30


def command(record: Record, *arguments: str) -> list[str]:
    """A runc command line for one sandbox."""
    return [programs.path_of("runc"), "--root", str(record.runc_state), *arguments]


def run(record: Record, log_fd: int) -> None:
    """Start the sandbox whose bundle is ready; its process 1 becomes a child of the nearest subreaper."""
    error_log = record.folder / "runc.log"
    argv = command(record, "--log", str(error_log), "--log-format", "json", "run", "--detach")
    argv += ["--bundle", str(record.bundle), record.id]
    # A runc without its witness must not go on making what nobody watches.
    status = run_briefly(argv, log_fd, lambda: syscalls.die_with_parent(signal.SIGKILL), _START_SECONDS)
    if status is None:
        raise SandboxError(f"runc was not ready within {_START_SECONDS} s")
    if status:
        raise SandboxError(f"runc: {_last_error(record)}")


def _last_error(record: Record) -> str:
    """The last error that runc logged."""
    messages = []
    try:
        for line in (record.folder / "runc.log").read_text().splitlines():
            entry = json.loads(line)
            if entry.get("level") == "error":
                messages.append(str(entry.get("msg")))
    except (OSError, json.JSONDecodeError):
        pass
    return messages[-1] if messages else "ended without a word"


def process_one(record: Record) -> ProcessIdentity | None:
    """Process 1 as runc recorded it; None when runc made none in this boot."""
    try:
        state = json.loads((record.runc_state / record.id / "state.json").read_text())
    except (OSError, json.JSONDecodeError):
        return None
    pid, start = int(state.get("init_process_pid", 0)), int(state.get("init_process_start", 0))
    # runc does not write the boot down: the record's witness does.
    witness = record.identity("witness")
    return ProcessIdentity(pid, start, witness.boot if witness else boot_id()) if pid > 0 else None
