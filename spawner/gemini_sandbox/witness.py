"""The witness: parent of a sandbox's process 1, and the only one that says how it ended.

It makes the sandbox in a private mount namespace of its own, so that nothing stays mounted when both are gone;
keeps the network up; and writes `end.json` where the root inside cannot write, when all processes have ended.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import bundle, cgroup, network, plain, runc, syscalls
from .errors import SandboxError
from .idmap import make_namespaces, range_of
from .process import ProcessIdentity
from .record import Record
from .rootfs import Layout, RootFileSystem, choose_stages
from .spec import SandboxSpec

HEARTBEAT_SECONDS = 5.0
_RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Order:
    """What the caller of `start` left in spec.json: the spec and what it found out about the host."""

    spec: SandboxSpec
    layout: Layout
    cgroup: str | None
    environment: dict[str, str]

    @classmethod
    def of(cls, record: Record) -> Order:
        """From spec.json; raises SandboxError when it is not there."""
        fields = record.read("spec")
        if fields is None:
            raise SandboxError("spec.json is missing")
        host = fields["host"]
        folders = (tuple(host["writable"]), tuple(host["read_only"]))
        layout = Layout(host["mode"], record.home, Path(host["etc"]), *folders)
        return cls(SandboxSpec.from_json(fields["spec"]), layout, record.cgroup_path(), host["environment"])


class Witness:
    """Makes one sandbox and watches it to its end."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.order = Order.of(record)
        self.log_fd = os.open(record.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._pasta: network.Pasta | None = None
        self._pasta_process: ProcessIdentity | None = None
        self._statuses: dict[int, int] = {}

    def start(self) -> ProcessIdentity:
        """Make the sandbox; on an error everything made so far is gone again."""
        syscalls.become_subreaper()
        # A program that fills the disk must not take its own exit code along.
        self.record.reserve("end")
        try:
            process = self._start_plain() if self.order.layout.mode == "plain" else self._start_walled()
        except (SandboxError, OSError):
            self._clean()
            raise
        self.record.write("process", {**process.to_json(), "started_at": time.time()})
        self.record.mark_seen()
        return process

    def _start_plain(self) -> ProcessIdentity:
        return plain.start(self.record, self.order.spec, self.order.environment, self.log_fd)

    def _start_walled(self) -> ProcessIdentity:
        spec, layout, record = self.order.spec, self.order.layout, self.record
        ids = range_of(layout.mode, spec.workspace_index)
        syscalls.unshare(syscalls.CLONE_NEWNS)
        syscalls.mount("none", "/", None, syscalls.MS_REC | syscalls.MS_SLAVE)
        sources = (mount.source for mount in spec.mounts)
        needed = (record.home, *sources, *map(Path, layout.writable), *map(Path, layout.read_only))
        stage, root_path = choose_stages(needed)
        syscalls.mount("none", str(stage), "tmpfs", syscalls.MS_NOSUID, "mode=755,size=16m")
        user, net = str(stage / "user"), str(stage / "net")
        make_namespaces(ids, user, net)
        if layout.mode == "root":
            network.open_tunnel_device(stage / "tun")
        (stage / "pasta").mkdir(mode=0o700)
        os.chown(stage / "pasta", ids.base, ids.base)
        resolver = network.host_resolver()
        self._pasta = network.Pasta(
            user, net, str(stage / "pasta" / record.unique_name), spec.host_port, spec.inner_port, spec.reach, resolver
        )
        self._keep_network()
        root = RootFileSystem(root_path, stage, layout, ids.base, user)
        root.build(spec, record.root, record.upper, record.run, resolver.servers)
        place = bundle.Place(root.path, user, net, ids, self.order.cgroup)
        bundle.write(record, spec, self.order.environment, place)
        runc.run(record, self.log_fd)
        process = runc.process_one(record)
        if process is None:
            raise SandboxError("runc recorded no process")
        return process

    def watch(self, process: ProcessIdentity) -> None:
        """Wait for the end of all processes and write it down."""
        while process.pid not in self._statuses:
            self.record.mark_seen()
            pasta_lost = self._pasta is not None and self._pasta_process is None
            self._wait(process, _RETRY_SECONDS if pasta_lost else HEARTBEAT_SECONDS)
            self._reap(process)
            if process.pid not in self._statuses and self._pasta is not None:
                self._keep_network()
        self._write_end(process)

    def _wait(self, process: ProcessIdentity, seconds: float) -> None:
        """Sleep until process 1 or pasta ends, or the time is over."""
        poll = select.poll()
        with contextlib.ExitStack() as stack:
            for identity in (process, self._pasta_process):
                if identity is None:
                    continue
                try:
                    fd = os.pidfd_open(identity.pid)
                except ProcessLookupError:
                    return
                stack.callback(os.close, fd)
                poll.register(fd, select.POLLIN)
            poll.poll(int(seconds * 1000))

    def _reap(self, process: ProcessIdentity) -> None:
        """Take the status of every child that has ended; process 1 last, for its cgroup is read while it is there."""
        while True:
            try:
                waited = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if waited is None:
                return
            if waited.si_pid == process.pid:
                self._oom = self.order.cgroup is not None and cgroup.oom_kills(self.order.cgroup) > 0
            pid, status = os.waitpid(waited.si_pid, 0)
            self._statuses[pid] = status if pid == process.pid else 0

    _oom = False

    def _keep_network(self) -> None:
        """Start pasta where none runs."""
        assert self._pasta is not None
        if self._pasta_process is not None and self._pasta_process.alive():
            return
        first = self._pasta_process is None and not (self.record.folder / "pasta.json").exists()
        self._pasta_process = None
        try:
            self._pasta_process = self._pasta.start(self.log_fd)
        except (SandboxError, OSError) as error:
            if first:
                raise SandboxError(f"{error}: {self.record.last_log_lines(3)}") from error
            with contextlib.suppress(OSError):
                os.write(self.log_fd, f"{error}, trying again\n".encode())
            return
        try:
            self.record.write("pasta", self._pasta_process.to_json())
        except OSError:
            if first:
                raise

    def _write_end(self, process: ProcessIdentity) -> None:
        ended_at = time.time()
        code = os.waitstatus_to_exitcode(self._statuses[process.pid])
        self._clean()
        if self.order.layout.mode == "plain":
            # What process 1 left running there was only ended now.
            ended_at = time.time()
        self._write_surely(
            "end",
            {
                "ended_at": ended_at,
                "exit_code": code if code >= 0 else None,
                "signal": -code if code < 0 else None,
                "oom": self._oom and code != 0,
                "lost": False,
            },
        )

    def _write_surely(self, name: str, value: dict[str, Any]) -> None:
        """Write it, as soon as there is room: the room that was kept for it is none on a disk that copies on write."""
        while True:
            try:
                self.record.write(name, value)
                return
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
            time.sleep(_RETRY_SECONDS)

    def _clean(self) -> None:
        clean_up(self.record)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def clean_up(record: Record) -> None:
    """End what is left of a sandbox and free what the kernel holds for it; its folder stays."""
    process = runc.process_one(record)
    if process is not None:
        process.end(signal.SIGKILL, 5.0)
    plain.end_leftovers(record)
    network.end_all(record.unique_name)
    path = record.cgroup_path()
    if path is not None:
        cgroup.remove(path)
    with contextlib.suppress(FileNotFoundError):
        (record.runc_state / record.id / "state.json").unlink()
