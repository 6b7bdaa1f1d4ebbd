"""The face of the embedded sandbox: start, observe, stop, remove and change sandboxes of one `GEMINI_HOME`.

Any process of the platform may call it at any time; what is known lies in files, and one lock per sandbox orders
the callers. Nothing here waits for a sandbox's end but `stop`.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from . import abilities, cgroup, etc_copy, idmap, plain, python_env, runc
from .abilities import Ground
from .errors import SandboxError
from .process import ProcessIdentity
from .record import Record, known_ids
from .spec import RUN_TARGET, Abilities, Mode, Observation, SandboxSpec, Usage
from .trees import remove_tree
from .witness import clean_up

_START_SECONDS = 60
_END_SECONDS = 15
_ASK_AGAIN_SECONDS = 0.5
_COMMAND = str(Path(__file__).with_name("__main__.py"))


class Sandboxes:
    """All sandboxes of one home. `ground`: what an earlier trial on this machine found, which is then not repeated."""

    def __init__(self, home: Path, ground: Ground | None = None) -> None:
        self.home = home.resolve()
        self._ground = ground
        self._templates = self.home / "sandboxes" / ".etc"
        self._finding = threading.Lock()

    def abilities(self) -> Abilities:
        """What this machine allows; the first call makes a trial sandbox (below a second)."""
        return self.ground().abilities

    def ground(self) -> Ground:
        """The abilities with what `start` needs to know beside them."""
        with self._finding:
            if self._ground is None:
                self._ground = abilities.find(self._try)
            return self._ground

    def _try(self, mode: Mode, cgroup_parent: str | None) -> None:
        """Make a small sandbox with all parts, in a home of its own."""
        folder = self.home / "sandboxes" / f".trial-{uuid.uuid4().hex[:8]}"
        trial = Sandboxes(folder, Ground(Abilities(mode), cgroup_parent))
        trial._templates = self._templates
        memory = 0 if cgroup_parent is None else 256 * 2**20
        try:
            folder.mkdir(parents=True)
            spec = SandboxSpec("trial", 0, (), ("/bin/sh", "-c", "exit 7"), {}, "/tmp", memory_bytes=memory)
            trial.start(spec)
            seen = trial.stop("trial", _END_SECONDS)
            if seen.exit_code != 7:
                raise SandboxError(f"process 1 ended otherwise than it should: {seen}")
            trial.remove("trial")
        finally:
            remove_tree(folder)

    def start(self, spec: SandboxSpec) -> Observation:
        """Start a sandbox and return when its process 1 runs.

        Safe to repeat: an id that runs or has ended is answered as it is, and nothing is started; `remove` an
        ended one before it is started again. What a crash left half made is cleaned away first. Raises
        SandboxError with what the system said; nothing stays then.
        """
        spec.check()
        ground = self.ground()
        record = Record(self.home, spec.id)
        with record.locked():
            seen = self._settle(record)
            if seen.state != "absent":
                return seen
            self._forget(record)
            try:
                self._prepare(record, spec, ground)
                self._launch_witness(record)
            except (SandboxError, OSError) as error:
                self._forget(record)
                raise SandboxError(f"{spec.id} could not be started: {error}") from error
            return self._settle(record)

    def _prepare(self, record: Record, spec: SandboxSpec, ground: Ground) -> None:
        mode = ground.abilities.mode
        record.make_folders(idmap.range_of(mode, spec.workspace_index).base if mode == "root" else os.geteuid())
        paths = {target: self.inside(spec, target) for target in (RUN_TARGET, *(m.target for m in spec.mounts))}
        host = {
            "mode": mode,
            "cgroup_parent": ground.cgroup_parent,
            "etc": "" if mode == "plain" else str(etc_copy.find_template(self._templates)),
            "writable": python_env.prefixes(),
            "read_only": python_env.import_folders(),
            "environment": python_env.environment(spec, paths, plain=mode == "plain"),
        }
        record.write("spec", {"spec": spec.to_json(), "host": host})

    def _launch_witness(self, record: Record) -> None:
        answer = _run_command("witness", str(self.home), record.id, timeout=_START_SECONDS)
        if "error" in answer:
            raise SandboxError(answer["error"])

    def observe(self, sandbox_id: str) -> Observation:
        """What is known of a sandbox now."""
        record = Record(self.home, sandbox_id)
        seen = _look(record)
        if seen is not None:
            return seen
        with record.locked():
            return self._settle(record)

    def _settle(self, record: Record) -> Observation:
        """Look, with the lock held; an end that nobody witnessed is written down as lost."""
        seen = _look(record)
        if seen is not None:
            return seen
        last_seen = record.last_seen()
        clean_up(record)
        end = {"ended_at": last_seen, "exit_code": None, "signal": None, "oom": False, "lost": True}
        # Where there is no room for it the next look finds the same.
        with contextlib.suppress(OSError):
            record.write("end", end)
        return _ended(record, end)

    def ids(self) -> tuple[str, ...]:
        """All sandboxes known here, running or ended."""
        return known_ids(self.home)

    def stop(self, sandbox_id: str, grace_seconds: float) -> Observation:
        """SIGTERM to process 1 until it ends, after the grace SIGKILL to all; returns when all have ended."""
        record = Record(self.home, sandbox_id)
        seen = self.observe(sandbox_id)
        process = _process_one(record)
        if seen.state != "running" or process is None:
            return seen
        if not _ask_to_end(process, grace_seconds):
            process.end(signal.SIGKILL, _END_SECONDS)
        return self._wait_for_end(record)

    def _wait_for_end(self, record: Record) -> Observation:
        """Wait until the witness has written the end, or is gone."""
        deadline = time.monotonic() + _END_SECONDS
        while True:
            seen = self.observe(record.id)
            if seen.state != "running":
                return seen
            if time.monotonic() > deadline:
                raise SandboxError(f"{record.id} did not end")
            time.sleep(0.01)

    def remove(self, sandbox_id: str) -> None:
        """Forget an ended sandbox and free its temporary storage; one that is not there is fine."""
        record = Record(self.home, sandbox_id)
        if not record.exists():
            return
        with record.locked():
            if self._settle(record).state == "running":
                raise SandboxError(f"{sandbox_id} runs: stop it first")
            self._forget(record)

    def _forget(self, record: Record) -> None:
        """Free all that an ended or half-made sandbox holds."""
        if not record.exists():
            return
        witness = record.identity("witness")
        if witness is not None:
            # An ended one may still be about to exit; one that is still making the sandbox has no caller any more.
            witness.end(signal.SIGKILL, _END_SECONDS)
        clean_up(record)
        record.forget()
        self._forget_templates()

    def _forget_templates(self) -> None:
        """Remove the templates of `/etc` that no sandbox uses, once the host's has changed."""
        orders = (Record(self.home, sandbox_id).read("spec") for sandbox_id in self.ids())
        etc_copy.forget_others(self._templates, {order["host"]["etc"] for order in orders if order is not None})

    def usage(self, sandbox_id: str) -> Usage:
        """What a running sandbox uses; zeros when it does not run."""
        record = Record(self.home, sandbox_id)
        process = _process_one(record)
        if process is None or not process.alive():
            return Usage(0.0, 0, 0)
        path = record.cgroup_path()
        counted = None if path is None else cgroup.usage(path)
        if counted is not None:
            return counted
        walled = _mode(record) != "plain"
        pids = cgroup.pids_of_namespace(process.pid) if walled else plain.processes(record)
        return cgroup.usage_of_processes(pids)

    def exec_argv(self, sandbox_id: str, argv: tuple[str, ...], tty: bool) -> tuple[str, ...]:
        """What to run on the host to run `argv` inside, with the variables and the folder of process 1."""
        record = Record(self.home, sandbox_id)
        if _mode(record) == "plain":
            return (sys.executable, "-I", "-S", _COMMAND, "enter", str(self.home), sandbox_id, *argv)
        terminal = ("--tty", "--env", "TERM=xterm-256color") if tty else ()
        return tuple(runc.command(record, "exec", *terminal, sandbox_id, *argv))

    def add_mount(self, sandbox_id: str, source: Path, target: str) -> None:
        """Show a folder of the host in a running sandbox, read-only; repeating it is fine."""
        self._change_mount(sandbox_id, "mount", str(source), target)

    def remove_mount(self, sandbox_id: str, target: str) -> None:
        """Take away what `add_mount` showed; one that is not there is fine."""
        self._change_mount(sandbox_id, "unmount", target)

    def _change_mount(self, sandbox_id: str, verb: str, *arguments: str) -> None:
        record = Record(self.home, sandbox_id)
        with record.locked():
            if self._settle(record).state != "running":
                raise SandboxError(f"{sandbox_id} does not run")
            answer = _run_command(verb, str(self.home), sandbox_id, *arguments, timeout=_START_SECONDS)
        if "error" in answer:
            raise SandboxError(answer["error"])

    def give(self, path: Path, workspace_index: int) -> None:
        """Make a tree writable for the root of a workspace's sandboxes; links are not followed."""
        if self.abilities().mode == "root":
            idmap.give(path, idmap.range_of("root", workspace_index).base)

    def inside(self, spec: SandboxSpec, path: str) -> str:
        """What a path of the contract is called for the processes of this sandbox: itself, or in plain mode
        where it lies on the host."""
        if self.abilities().mode != "plain":
            return path
        return plain.path_of(path, spec.mounts, str(Record(self.home, spec.id).run))


def _ask_to_end(process: ProcessIdentity, grace_seconds: float) -> bool:
    """Whether it ended. Asked more than once: the kernel drops what reaches a process 1 that cannot take it yet."""
    deadline = time.monotonic() + grace_seconds
    while (left := deadline - time.monotonic()) > 0:
        if process.end(signal.SIGTERM, min(left, _ASK_AGAIN_SECONDS)):
            return True
    return not process.alive()


def _run_command(*arguments: str, timeout: float) -> dict[str, Any]:
    """Run one of our own commands in a fresh single-threaded process; its answer is one line of JSON."""
    argv = [sys.executable, "-I", "-S", _COMMAND, *arguments]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
    try:
        done = subprocess.run(
            argv, cwd="/", env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        return {"error": f"{arguments[0]} did not answer within {timeout:g} s"}
    try:
        answer = json.loads(done.stdout)
    except json.JSONDecodeError:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        return {"error": said[-1] if said else f"{arguments[0]} ended with {done.returncode}"}
    return answer if isinstance(answer, dict) else {}


def _mode(record: Record) -> Mode:
    order = record.read("spec")
    if order is None:
        raise SandboxError(f"{record.id} is not known")
    mode: Mode = order["host"]["mode"]
    return mode


def _process_one(record: Record) -> ProcessIdentity | None:
    """Process 1, as the witness wrote it or, when that was killed before it could, as runc did."""
    return record.identity("process") or runc.process_one(record)


def _look(record: Record) -> Observation | None:
    """What the files and the kernel say; None when process 1 has ended and nobody witnessed it."""
    end = record.read("end")
    if end is not None:
        return _ended(record, end)
    process = _process_one(record)
    witness = record.identity("witness")
    if process is None:
        return Observation(record.id, "absent")
    watched = witness is not None and witness.alive()
    if watched or process.alive():
        if not watched:
            record.mark_seen()
        return _running(record, process)
    # The witness writes the end as its last deed: it may have done so since the first look.
    end = record.read("end")
    return None if end is None else _ended(record, end)


def _running(record: Record, process: ProcessIdentity) -> Observation:
    started_at = (record.read("process") or {}).get("started_at")
    return Observation(record.id, "running", pid=process.pid, started_at=started_at, last_seen=record.last_seen())


def _ended(record: Record, end: dict[str, Any]) -> Observation:
    process = record.read("process") or {}
    return Observation(
        record.id,
        "ended",
        pid=process.get("pid"),
        started_at=process.get("started_at"),
        ended_at=end.get("ended_at"),
        last_seen=record.last_seen(),
        exit_code=end.get("exit_code"),
        signal=end.get("signal"),
        oom=bool(end.get("oom")),
        lost=bool(end.get("lost")),
        detail=record.last_log_lines(),
    )
