"""One task, tended to its end by a process of its own.

Every process that the task makes stays below its tender, daemons too (the tender adopts orphans), so
"no child is left" is exactly "the task has ended". In a task's own sandbox the tender is process 1;
in an environment the runner forks one for each task.
"""

from __future__ import annotations

import math
import os
import signal
import time

from gemini_runner import child, kernel, proc, state
from gemini_runner.loop import Loop, Timer
from gemini_runner.order import Order, RankOrder
from gemini_runner.report import report

HEARTBEAT_SECONDS = 5.0
KILL_AGAIN_SECONDS = 0.2
WRITE_AGAIN_SECONDS = 1.0
WRITE_ATTEMPTS = 30
LOST_ATTEMPTS = 100
TASK_VARIABLE = "GEMINI_TASK_ID"
HOST_FILE = "hosts"


class Tender:
    """Starts the ranks of `order`, ends them together, writes what it sees; then stops `loop` with the task's code.

    `alone`: the memory group is this task's only, so that any failure beside an out-of-memory kill is due to it.
    """

    def __init__(self, loop: Loop, order: Order, alone: bool) -> None:
        self._loop = loop
        self._order = order
        self._alone = alone
        self._state = state.first(order, proc.identity(os.getpid()))
        self._oom_before = kernel.oom_kills()
        self._outcome: str | None = None
        self._first_failed: state.RankState | None = None
        self._limit: Timer | None = None
        self._swept: Timer | None = None
        self._kill_at = 0.0
        # Where the task is alone its witness knows the exit code, too; in an environment nobody else does.
        self._attempts = WRITE_ATTEMPTS if alone else math.inf

    def start(self) -> None:
        """Takes the loop's signals and children, and starts all ranks."""
        self._loop.on_child = self._on_child
        self._loop.on_childless = self._on_childless
        self._loop.on_signal(signal.SIGTERM, self.stop)
        self._loop.on_signal(signal.SIGINT, self.stop)
        self._loop.on_signal(signal.SIGQUIT, self.hasten)
        os.makedirs(self._order.folder, exist_ok=True)
        self._write(durable=True)
        self._write_hosts()
        self._state.started_at = time.time()
        for order, rank in zip(self._order.ranks, self._state.ranks, strict=True):
            if self._outcome is None:
                self._start_rank(order, rank)
        self._state.state = state.RUNNING
        self._write(durable=True)
        self._loop.later(HEARTBEAT_SECONDS, self._beat)
        if self._order.max_duration_seconds is not None:
            self._limit = self._loop.later(self._order.max_duration_seconds, lambda: self._end(state.TIMEOUT))
        self._loop.reap()

    def stop(self) -> None:
        """A person or the platform wants it to end: SIGTERM, the order's grace, SIGKILL. Safe to repeat."""
        if self._state.state != state.ENDED and not self._state.stop_requested:
            self._state.stop_requested = True
            self._end(state.STOPPED)

    def hasten(self) -> None:
        """Ends it with no grace, or with no more of it, and waits for no room on the disk."""
        self._attempts = 0
        self.stop()
        self._kill_at = 0.0
        self._sweep()

    def _start_rank(self, order: RankOrder, rank: state.RankState) -> None:
        log = os.path.join(self._order.folder, f"{order.role}-{order.rank}.log")
        marks = {TASK_VARIABLE: self._order.id, "PYTHONUNBUFFERED": "1"}
        rank.started_at = time.time()
        try:
            rank.pid = child.spawn(order.command, log, marks)
        except OSError as error:
            report(f"{self._order.id}: {order.role}-{order.rank} cannot start: {error}")
            self._rank_ended(rank, child.NOT_STARTED << 8)

    def _on_child(self, pid: int, status: int) -> None:
        for rank in self._state.ranks:
            if rank.pid == pid and rank.ended_at is None:
                self._rank_ended(rank, status)

    def _rank_ended(self, rank: state.RankState, status: int) -> None:
        rank.ended_at = time.time()
        if os.WIFSIGNALED(status):
            rank.signal = os.WTERMSIG(status)
        else:
            rank.exit_code = os.WEXITSTATUS(status)
        if rank.failed and self._outcome is None:
            rank.oom = self._was_oom(rank)
            self._first_failed = rank
            self._end(state.FAILED)
        elif all(other.ended_at is not None for other in self._state.ranks):
            self._end(state.SUCCEEDED)
        else:
            self._write(durable=True)

    def _was_oom(self, rank: state.RankState) -> bool:
        kills = kernel.oom_kills()
        if kills is None or self._oom_before is None or kills <= self._oom_before:
            return False
        return self._alone or rank.code == 128 + signal.SIGKILL

    def _end(self, outcome: str) -> None:
        """The first reason to end is the outcome; from here on everything that is left is ended."""
        if self._outcome is not None:
            return
        self._outcome = outcome
        if self._limit is not None:
            self._limit.cancel()
        self._write(durable=True)
        self._kill_at = time.monotonic() + self._order.stop_grace_seconds
        for pid in proc.descendants(os.getpid()):
            proc.send(pid, signal.SIGTERM)
        self._sweep()

    def _sweep(self) -> None:
        """After the grace kills what is left, again and again: a process may fork while it is killed."""
        if self._swept is not None:
            self._swept.cancel()
        left = self._kill_at - time.monotonic()
        if left <= 0:
            proc.kill_all(proc.descendants(os.getpid()))
        self._swept = self._loop.later(left if left > 0 else KILL_AGAIN_SECONDS, self._sweep)

    def _on_childless(self) -> None:
        if self._outcome is not None and self._state.state != state.ENDED:
            self._state.state = state.ENDED
            self._state.outcome = self._outcome
            self._state.ended_at = time.time()
            self._state.exit_code = self._code()
            self._finish()

    def _code(self) -> int:
        if self._outcome == state.FAILED and self._first_failed is not None:
            return self._first_failed.code
        return state.CODES[self._outcome or state.SUCCEEDED]

    def _finish(self) -> None:
        """Leaves once the end is written; a full disk is waited for, but by one that is alone only a while."""
        self._attempts -= 1
        if self._write(durable=True) or self._attempts <= 0:
            self._loop.stop(self._state.exit_code or 0)
        else:
            self._loop.later(WRITE_AGAIN_SECONDS, self._finish)

    def _write_hosts(self) -> None:
        """All ranks in pods write the same, so each replaces it whole. What needs it says itself that it is missing."""
        path = os.path.join(self._order.folder, HOST_FILE)
        part = f"{path}.{self._order.ranks[0].role}-{self._order.ranks[0].rank}"
        try:
            if self._order.hosts:
                with open(part, "w", encoding="utf-8") as file:
                    file.write(self._order.hosts)
                os.rename(part, path)
        except OSError as error:
            report(f"{self._order.id}: the list of hosts cannot be written: {error}")

    def _beat(self) -> None:
        if self._state.state != state.ENDED:
            self._write(durable=False)
            self._loop.later(HEARTBEAT_SECONDS, self._beat)

    def _write(self, durable: bool) -> bool:
        try:
            state.write(self._order.folder, self._state, durable, self._order.state_file)
        except OSError as error:
            report(f"{self._order.id}: its state cannot be written: {error}")
            return False
        return True


def tend(order: Order, alone: bool, loop: Loop) -> int:
    """Runs the task of `order` to its end in this process and returns its exit code."""
    tender = Tender(loop, order, alone)
    tender.start()
    return loop.run()


def end_lost(folder: str, found: state.TaskState, same_namespace: bool, name: str = state.FILE) -> None:
    """Records the end of a task whose tender is gone: failed, lost, with no exit code; ends what it left.

    What it left is known by the mark in its environment and, in the `same_namespace` (where the numbers
    still mean the same), by the sessions that the ranks had made.
    """
    for _ in range(LOST_ATTEMPTS):
        left = _left_behind(found, same_namespace)
        if not left:
            break
        proc.kill_all(left)
        time.sleep(KILL_AGAIN_SECONDS / 10)
    now = time.time()
    for rank in found.ranks:
        if rank.started_at is not None and rank.ended_at is None:
            rank.ended_at = now
    found.state, found.outcome, found.lost, found.ended_at = state.ENDED, state.FAILED, True, now
    state.write(folder, found, durable=True, name=name)


def _left_behind(found: state.TaskState, same_namespace: bool) -> list[int]:
    """Living processes of a lost task."""
    pids = set(proc.marked(TASK_VARIABLE, found.id))
    if same_namespace:
        sessions = {rank.pid for rank in found.ranks if rank.pid is not None}
        pids |= {other.pid for other in proc.processes().values() if other.session in sessions}
    known = proc.processes()
    return [pid for pid in pids if pid != os.getpid() and pid in known and known[pid].state not in "ZX"]
