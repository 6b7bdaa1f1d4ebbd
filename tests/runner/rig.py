"""A real runner in a folder, as a plain process or as process 1 of a pid namespace."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ENTRY = Path(__file__).parents[2] / "server_extension/gemini_runner/__main__.py"
PATIENCE = 20.0


def wait_for(check: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """The first true value of `check`."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if value := check():
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {patience} s: {what}")


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Runner:
    """One runner and its folder."""

    def __init__(self, run: Path, namespace: bool = False) -> None:
        self.run = run
        self.namespace = namespace
        self.prefix: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None
        run.mkdir(exist_ok=True)

    def order(self, command: str | list[str], id: str = "task-1", **more: Any) -> dict[str, Any]:
        """An order of one rank per command, run by bash."""
        commands = [command] if isinstance(command, str) else command
        rank_env = more.pop("env", {})
        ranks = [
            {"role": "main", "rank": n, "argv": ["/bin/bash", "-c", c], "cwd": str(self.run), "env": rank_env}
            for n, c in enumerate(commands)
        ]
        return {"id": id, "folder": str(self.run / "tasks" / id), "stop_grace_seconds": 5, "ranks": ranks, **more}

    def start(self, spec: dict[str, Any], variables: dict[str, str] | None = None) -> Runner:
        """Starts the runner with this specification (id and run are added): from a file, or, with `variables` beside
        it, from GEMINI_SPEC."""
        text = json.dumps({"id": "env-1", "run": str(self.run), "server": None, "task": None, **spec})
        path = self.run / "spec.json"
        path.write_text(text)
        prefix = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"] if self.namespace else []
        argv = [*self.prefix, *prefix, sys.executable, "-I", "-S", str(ENTRY)]
        environment = os.environ if variables is None else {**os.environ, **variables, "GEMINI_SPEC": text}
        with open(self.run / "runner.err", "ab") as err:
            self.process = subprocess.Popen(
                argv if variables is not None else [*argv, str(path)],
                stdin=subprocess.DEVNULL,
                stdout=err,
                stderr=err,
                env=environment,
            )
        return self

    def environment(self, server: str | None = None) -> Runner:
        """Starts it as an environment; `server` is a bash command."""
        order = None
        if server is not None:
            log = str(self.run / "server.log")
            order = {"argv": ["/bin/bash", "-c", server], "cwd": str(self.run), "env": {}, "log": log}
        self.start({"kind": "environment", "server": order})
        wait_for(lambda: (self.run / "control.sock").exists() and self.try_ask({"do": "list"}), "the socket answers")
        return self

    def task(self, command: str | list[str], **more: Any) -> Runner:
        """Starts it for one task."""
        return self.start({"kind": "task", "id": "task-1", "task": self.order(command, **more)})

    def pid(self) -> int:
        """The runner's process as the host sees it."""
        assert self.process is not None
        if not self.namespace:
            return self.process.pid
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(wait_for(lambda: children.read_text().split(), "process 1 of the namespace")[0])

    def wait(self, patience: float = PATIENCE) -> int:
        """Its exit code."""
        assert self.process is not None
        return self.process.wait(patience)

    def signal(self, number: int) -> None:
        """Sends the runner a signal."""
        os.kill(self.pid(), number)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request over the socket."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            directory = os.open(self.run, os.O_RDONLY)
            try:
                connection.connect(f"/proc/self/fd/{directory}/control.sock")
            finally:
                os.close(directory)
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return json.loads(answer)

    def try_ask(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """As `ask`; None while nobody listens."""
        try:
            return self.ask(request)
        except OSError:
            return None

    def submit(self, command: str | list[str], id: str = "task-1", **more: Any) -> dict[str, Any]:
        """Orders a task."""
        return self.ask({"do": "start", "order": self.order(command, id, **more)})

    def state(self, id: str = "task-1") -> dict[str, Any]:
        """The task's state.json."""
        try:
            return json.loads((self.run / "tasks" / id / "state.json").read_text())
        except FileNotFoundError:
            return {"state": None}

    def ended(self, id: str = "task-1", patience: float = PATIENCE) -> dict[str, Any]:
        """The task's state once it has ended."""
        wait_for(lambda: self.state(id)["state"] == "ended", f"{id} ends", patience)
        return self.state(id)

    def log(self, id: str = "task-1", rank: int = 0) -> str:
        """The log of a rank."""
        path = self.run / "tasks" / id / f"main-{rank}.log"
        return path.read_text() if path.exists() else ""

    def numbers(self, name: str) -> list[int]:
        """Numbers that a command wrote into a file of the run folder, one a line."""
        path = self.run / name
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def close(self) -> None:
        """Ends it and whatever it left."""
        if self.process is not None and self.process.poll() is None:
            self.signal(signal.SIGQUIT)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
