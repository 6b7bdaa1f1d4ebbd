"""Process 1 of an environment: the person's server, and tasks by order, each with a tender of its own."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from gemini_runner import child, kernel, proc, processes, state
from gemini_runner.control import Answer, ControlSocket, UnknownTask
from gemini_runner.loop import Loop
from gemini_runner.order import Order, Spec, parse_order
from gemini_runner.report import report
from gemini_runner.server import Server
from gemini_runner.task import KILL_AGAIN_SECONDS, WRITE_AGAIN_SECONDS, end_lost, tend

SHUTDOWN_GRACE_SECONDS = 5.0
TELL_AGAIN_SECONDS = 0.2


class Environment:
    """Runs until SIGTERM; then the server and the tasks are ended (tasks recorded as stopped) and it leaves with 0."""

    def __init__(self, loop: Loop, spec: Spec, lock: int) -> None:
        self._loop = loop
        self._lock = lock
        self._tasks_folder = os.path.join(spec.run, "tasks")
        self._folders: dict[str, str] = {}
        self._tenders: dict[int, str] = {}
        self._server = Server(loop, spec.server, spec.run) if spec.server is not None else None
        self._leaving = False
        self._told: set[int] = set()
        self._control = ControlSocket(
            loop,
            spec.run,
            {
                "start": self._start,
                "stop": self._stop,
                "list": self._list,
                "processes": self._processes,
                "restart-server": self._restart_server,
            },
        )

    def start(self) -> None:
        """Takes the loop's signals and children, settles what an earlier run left, starts the server."""
        self._loop.on_child = self._on_child
        self._loop.on_childless = self._on_childless
        self._loop.on_signal(signal.SIGTERM, self.leave)
        self._loop.on_signal(signal.SIGINT, self.leave)
        self._loop.on_signal(signal.SIGQUIT, self._kill_rest)
        os.makedirs(self._tasks_folder, exist_ok=True)
        for name in sorted(os.listdir(self._tasks_folder)):
            self._settle(os.path.join(self._tasks_folder, name))
        if self._server is not None:
            self._server.start()

    def leave(self) -> None:
        """Ends everything: SIGTERM, five seconds, SIGKILL."""
        if self._leaving:
            return
        self._leaving = True
        if self._server is not None:
            self._server.leave()
        self._terminate_children()
        self._loop.later(SHUTDOWN_GRACE_SECONDS, self._kill_rest)
        self._loop.reap()

    def _settle(self, folder: str) -> None:
        """A task of an earlier run: goes on where its tender lives (plain mode), else it is lost."""
        found = state.read(folder)
        if found is None:
            return
        self._folders[found.id] = folder
        if found.state != state.ENDED and not (found.runner is not None and found.runner.alive()):
            self._lose(folder, found, same_namespace=False)

    def _lose(self, folder: str, found: state.TaskState, same_namespace: bool) -> None:
        """Record the end of a task that lost its tender, as soon as the disk has room for it."""
        try:
            end_lost(folder, found, same_namespace)
        except OSError as error:
            report(f"{found.id}: its end cannot be written: {error}")
            self._loop.later(WRITE_AGAIN_SECONDS, lambda: self._lose(folder, found, same_namespace))

    def _start(self, request: dict[str, Any]) -> Answer:
        order = parse_order(request.get("order"))
        if self._leaving:
            raise ValueError("the environment is stopping")
        known = state.read_raw(order.folder) is not None or order.id in self._folders
        if not known:
            os.makedirs(order.folder, exist_ok=True)
            state.write(order.folder, state.first(order, proc.identity(os.getpid())), durable=True)
            try:
                self._tenders[self._fork_tender(order)] = order.id
            except OSError:
                # Nothing was started, so the order may come again.
                os.unlink(os.path.join(order.folder, state.FILE))
                raise
        self._folders[order.id] = order.folder
        return {"task": state.read_raw(order.folder)}

    def _fork_tender(self, order: Order) -> int:
        pid = child.fork()
        if pid != 0:
            return pid
        code = state.LOST_CODE
        try:
            self._loop.close()
            self._control.close_inherited()
            os.close(self._lock)
            kernel.adopt_orphans()
            code = tend(order, alone=False, loop=Loop())
        except Exception:  # noqa: BLE001 - the top of a process
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)

    def _stop(self, request: dict[str, Any]) -> Answer:
        folder = self._folders.get(str(request.get("id")))
        found = state.read(folder) if folder is not None else None
        if found is None:
            raise UnknownTask(f"unknown task {request.get('id')!r}")
        if found.state != state.ENDED and not found.stop_requested:
            tender = next((pid for pid, task in self._tenders.items() if task == found.id), None)
            if tender is not None:
                proc.send(tender, signal.SIGTERM)
            elif found.runner is not None and found.runner.alive():
                proc.send(found.runner.pid, signal.SIGTERM)
        return {}

    def _list(self, request: dict[str, Any]) -> Answer:
        states = [state.read_raw(folder) for folder in self._folders.values()]
        return {
            "tasks": [found for found in states if found is not None],
            "server": self._server.describe() if self._server is not None else None,
        }

    def _processes(self, request: dict[str, Any]) -> Answer:
        server = self._server.pid if self._server is not None else None
        return {"processes": processes.describe(os.getpid(), server, self._tenders)}

    def _restart_server(self, request: dict[str, Any]) -> Answer:
        if self._server is None or self._leaving:
            raise ValueError("there is no server to restart")
        self._server.restart()
        return {}

    def _on_child(self, pid: int, status: int) -> None:
        if self._server is not None:
            self._server.ended(pid)
        task = self._tenders.pop(pid, None)
        if task is None:
            return
        folder = self._folders[task]
        found = state.read(folder)
        if found is not None and found.state != state.ENDED:
            self._lose(folder, found, same_namespace=True)

    def _on_childless(self) -> None:
        if self._leaving:
            self._control.close()
            self._loop.stop(0)

    def _terminate_children(self) -> None:
        """SIGTERM, once each, to tenders and orphans; new orphans come as their parents end."""
        known = proc.processes().values()
        for found in known:
            if found.parent == os.getpid() and found.pid not in self._told:
                self._told.add(found.pid)
                proc.send(found.pid, signal.SIGTERM)
        self._loop.later(TELL_AGAIN_SECONDS, self._terminate_children)

    def _kill_rest(self) -> None:
        """Tenders end their tasks at once and record it; all else below is killed, until nothing is left."""
        self.leave()
        for pid in self._tenders:
            proc.send(pid, signal.SIGQUIT)
        known = proc.processes()
        of_tasks = {below for tender in self._tenders for below in (tender, *proc.descendants(tender, known))}
        proc.kill_all([pid for pid in proc.descendants(os.getpid(), known) if pid not in of_tasks])
        self._loop.later(KILL_AGAIN_SECONDS, self._kill_rest)
