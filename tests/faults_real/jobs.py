"""Environments and tasks brought into a state and held there by real means, then let go to their natural end.

What holds them: a command that waits at a gate (a fifo), a machine that is full, or SIGSTOP of the process whose
turn it is. No part of the platform knows of it.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from gemini_control.backends import machine
from gemini_core.errors import GeminiError
from hub.test_training import body
from platform_fixture import Platform, cheapest_specification, create_environment, wait_for

from faults_real.pairs import DYNAMIC, ENVIRONMENT, EXISTING
from faults_real.records import Outcome, Records
from faults_real.victims import Sandbox, hold, let_go, parent

T = TypeVar("T")
GB = 2**30
BEFORE, AFTER = 20, 300
# Twenty lines, then it waits at its gate; behind it three seconds of lines, and an end with a code of its own.
COMMAND = (
    f'for i in $(seq {BEFORE}); do echo line $i; done; mkfifo "$GEMINI_OUTPUT/gate"; read _ < "$GEMINI_OUTPUT/gate"; '
    f'rm "$GEMINI_OUTPUT/gate"; for i in $(seq {BEFORE + 1} {AFTER}); do echo line $i; sleep 0.01; done; '
    "echo to the error output >&2; exit 7"
)
FIRST_LINES = "".join(f"line {number}\n" for number in range(1, BEFORE + 1))
WHOLE_LOG = "".join(f"line {number}\n" for number in range(1, AFTER + 1)) + "to the error output\n"
WAIT_SECONDS = 150.0
TRIES = 6
ENDED = ("succeeded", "failed", "stopped")


@dataclass
class Job:
    """One environment or task in `state`. `release` undoes the hold, `finish` answers how it came out."""

    subject: str
    state: str
    id: str
    sandbox: str
    release: Callable[[], None]
    finish: Callable[[], Outcome]
    steps: list[str] = field(default_factory=list)


def patient(call: Callable[[], T]) -> T:
    """What `call` answers, also where a part of the platform is being started again."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return call()
        except GeminiError as error:
            if error.status < 500 or time.monotonic() > deadline:
                raise
        time.sleep(0.2)


class Stage:
    """Makes jobs on one platform as alice."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.client = platform.client("alice")
        self.records = Records(platform.home, self.client)

    # environments ------------------------------------------------------------------------------------------------

    def environment(self, name: str) -> str:
        """A new environment's id; it starts by itself."""
        return patient(lambda: create_environment(self.client, name))

    def running_environment(self, name: str) -> str:
        """A running one's id."""
        made = self.environment(name)
        self.reach(made, "running")
        return made

    def environment_queued(self) -> Job:
        """It waits for room; the caller has filled the machine."""
        made = self.environment("queued")
        self.reach(made, "queued")
        return self._environment_job("queued", made, lambda: None)

    def environment_starting(self) -> Job:
        """Its server is stopped (SIGSTOP) before it can answer."""
        made = self.environment("starting")
        server = Sandbox(self.platform.home, made).find("server")
        hold(server)
        return self._environment_job("starting", made, lambda: let_go(server))

    def environment_running(self, made: str) -> Job:
        """One that runs."""
        return self._environment_job("running", made, lambda: None)

    def environment_stopping(self, made: str) -> Job:
        """Its process 1 is stopped (SIGSTOP), so the request to end is not heard until the hold ends."""
        process = Sandbox(self.platform.home, made).find("process 1")
        hold(process)
        patient(lambda: self.client.environments.stop(made))
        self.reach(made, "stopping")
        wait_for(lambda: _awaits_term(process), "SIGTERM for process 1", 15)
        return self._environment_job("stopping", made, lambda: let_go(process))

    def environment_idle(self, state: str, made: str) -> Job:
        """One that is stopped or failed."""
        return Job(
            ENVIRONMENT, state, made, made, lambda: None, lambda: patient(lambda: self.records.environment(made))
        )

    def _environment_job(self, state: str, made: str, release: Callable[[], None]) -> Job:
        def finish() -> Outcome:
            if state != "stopping" and self.reach(made, "running", "failed") == "running":
                self.check_lab(made)
                patient(lambda: self.client.environments.stop(made))
            self.reach(made, "stopped", "failed")
            return patient(lambda: self.records.environment(made))

        return Job(ENVIRONMENT, state, made, made, release, finish)

    def check_lab(self, made: str) -> None:
        """JupyterLab's server answers through the proxy, and its network leads to the hub."""

        def answers() -> bool:
            with self.platform.http("alice") as http:
                return http.get(f"/user/alice/{made}/api/contents").status_code == 200

        wait_for(answers, f"an answer of the server of {made}", 60)
        probe = f"exec 3<>/dev/tcp/127.0.0.1/{self.platform.port + 1}"
        wait_for(lambda: self.platform.inside(made, probe).returncode == 0, f"the network of {made}", 30)

    def delete(self, made: str) -> None:
        """Stopped or failed, it is deleted with all that is left of it."""
        patient(lambda: self.client.environments.delete(made))
        wait_for(lambda: self.records.row(made)["deleted_at"], f"{made} deleted", 60)

    # tasks -------------------------------------------------------------------------------------------------------

    def submit(self, name: str, command: str, environment: str | None = None, memory: float | None = None) -> str:
        """A task's id: in that environment, or on resources of its own (`memory` GB, else the least there is)."""
        if environment is not None:
            wanted = body(self.client, name, command, launchMode="existing", environmentId=environment)
        else:
            least = cheapest_specification(self.client)
            resources = {
                "availabilityZone": self.client.zones.list().items[0]["id"],
                "gpuType": None,
                "gpuCount": 0,
                "cpuCores": least["cpuCores"],
                "memory": memory or least["memory"],
                "image": "local",
            }
            wanted = body(self.client, name, command, launchMode="dynamic", resourceConfig=resources)
        return str(patient(lambda: self.client.tasks.create(wanted, key=f"{name}-{time.monotonic_ns()}"))["taskId"])

    def at_the_gate(self, name: str, environment: str | None = None) -> str:
        """A running task's id; it has printed its first lines."""
        made = self.submit(name, COMMAND, environment)
        self.reach(made, "running")
        wait_for(lambda: self.gate(made).is_fifo(), f"{made} at its gate", 60)
        return made

    def task_queued(self) -> Job:
        """It waits for room; the caller has filled the machine."""
        made = self.submit("queued", COMMAND)
        self.reach(made, "queued")
        return self._task_job("queued", made, made, lambda: None)

    def task_starting_alone(self) -> Job:
        """All of its sandbox runs, but whoever started it was stopped (SIGSTOP) before it could say so."""
        for _ in range(TRIES):
            made, starter = self._caught()
            if starter and self.records.state(made) == "starting":
                return self._task_job("starting", made, made, partial(let_go, starter))
            self.open_gate(made)
            self.reach(made, *ENDED)
        raise AssertionError("no start could be held")

    def _caught(self) -> tuple[str, int]:
        """A new task and whoever starts it, stopped; 0 where that was too quick."""
        with caught_starter(self.platform.home) as caught:
            made = self.submit("starting", COMMAND)
            wait_for(lambda: caught or self.records.state(made) == "running", f"the starter of {made}", 60)
        if not caught:
            return made, 0
        Sandbox(self.platform.home, made).find("process 1")
        wait_for(lambda: self.gate(made).is_fifo(), f"{made} at its gate", 60)
        if self.records.state(made) != "starting":
            let_go(caught[0])
        return made, caught[0]

    def task_allocating(self) -> tuple[Job, str]:
        """The control plane is stopped (SIGSTOP) as soon as the task has its place; and what made room for it."""
        for _ in range(TRIES):
            filler = self.fill_but(0)
            job = self.task_queued()
            control = self.platform.pid("control")
            threading.Thread(target=self.empty, args=(filler,)).start()
            while (state := self.records.state(job.id)) == "queued":
                time.sleep(0.001)
            hold(control)
            if self.records.state(job.id) == "allocating":
                job.release = partial(let_go, control)
                return job, filler
            let_go(control)
            job.finish()
        raise AssertionError(f"too quick: {state}")

    def task_starting_in(self, environment: str) -> Job:
        """The order cannot arrive: the environment's server is stopped (SIGSTOP)."""
        server = Sandbox(self.platform.home, environment).find("server")
        hold(server)
        made = self.submit("starting", COMMAND, environment)
        self.reach(made, "starting")
        return self._task_job("starting", made, environment, lambda: let_go(server))

    def task_running(self, made: str, environment: str | None = None) -> Job:
        """It stands at its gate."""
        return self._task_job("running", made, environment or made, lambda: self.open_gate(made))

    def task_stopping(self, made: str, environment: str | None = None) -> Job:
        """Who tends it is stopped (SIGSTOP), so the request to end is not heard until the hold ends."""
        sandbox = Sandbox(self.platform.home, environment or made)
        tender = sandbox.find("tender" if environment else "process 1", self.folder(made))
        hold(tender)
        patient(lambda: self.client.tasks.stop(made))
        self.reach(made, "stopping")
        wait_for(lambda: _awaits_term(tender), "SIGTERM for the tender", 15)
        return self._task_job("stopping", made, environment or made, lambda: let_go(tender))

    def task_ended(self, made: str, environment: str | None = None) -> Job:
        """One that has ended."""
        subject = EXISTING if environment else DYNAMIC
        tell = lambda: patient(lambda: self.records.task(made))  # noqa: E731 - twice lazy
        return Job(subject, "ended", made, environment or made, lambda: None, tell)

    def _task_job(self, state: str, made: str, sandbox: str, release: Callable[[], None]) -> Job:
        def finish() -> Outcome:
            if state not in ("running", "stopping"):
                self.reach(made, "running", *ENDED)
                self.open_gate(made)
            self.reach(made, *ENDED)
            return patient(lambda: self.records.task(made))

        return Job(DYNAMIC if sandbox == made else EXISTING, state, made, sandbox, release, finish)

    def folder(self, task: str) -> Path:
        """Where its state and log lie."""
        return self.platform.home / "store" / str(self.records.row(task)["folder"])

    def gate(self, task: str) -> Path:
        """Its fifo."""
        return self.platform.home / "store" / str(self.records.row(task)["output"]) / "gate"

    def open_gate(self, task: str) -> None:
        """Lets a task on as soon as it stands there; returns where it has ended instead."""

        def opened() -> bool:
            if self.records.state(task) in ENDED:
                return True
            with contextlib.suppress(OSError):
                fd = os.open(self.gate(task), os.O_WRONLY | os.O_NONBLOCK)
                os.write(fd, b"\n")
                os.close(fd)
                return True
            return False

        wait_for(opened, f"{task} at its gate", 60)

    # both --------------------------------------------------------------------------------------------------------

    def reach(self, id: str, *states: str) -> str:
        """The state once it is one of these; straight from the database, for parts of the platform may be away."""
        return (
            wait_for(
                lambda: state if (state := self.records.state(id)) in states else None,
                f"{id} ({self.records.state(id)}) {' or '.join(states)}",
                WAIT_SECONDS,
            )
            or ""
        )

    def fill_but(self, spare: int) -> str:
        """A task that takes all room that is left but `spare` GB, so that whatever comes after those waits."""
        left = machine.read().capacity().memory_bytes - self.records.held_bytes()
        made = self.submit("fills the machine", "sleep 3600", memory=left // GB - spare)
        self.reach(made, "running")
        return made

    def recover(self) -> None:
        """Starts the platform again where its supervisor was killed; returns when all of it answers."""
        assert self.platform.process is not None
        if self.platform.process.poll() is not None:
            self.platform.start()
        self.platform.wait_ready()

    def empty(self, filler: str) -> None:
        """Room again."""
        patient(lambda: self.client.tasks.stop(filler))
        self.reach(filler, *ENDED)


def _awaits_term(pid: int) -> bool:
    """Whether a stopped process has SIGTERM pending."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    pending = [int(line.split()[1], 16) for line in lines if line.startswith(("SigPnd", "ShdPnd"))]
    return any(mask & (1 << 14) for mask in pending)


@contextlib.contextmanager
def caught_starter(home: Path) -> Iterator[list[int]]:
    """Stops (SIGSTOP) whoever starts the next sandbox, as soon as its witness is there: its number."""
    folder = home / "sandboxes"
    known = set(os.listdir(folder))
    caught: list[int] = []
    over = threading.Event()

    def catch() -> None:
        while not over.is_set() and not caught:
            for name in set(os.listdir(folder)) - known:
                pid = Sandbox(home, name).pid("witness") if name.startswith("task-") else None
                if pid is not None:
                    with contextlib.suppress(OSError):
                        starter = parent(pid)
                        hold(starter)
                        caught.append(starter)
            time.sleep(0.001)

    thread = threading.Thread(target=catch)
    thread.start()
    try:
        yield caught
    finally:
        over.set()
        thread.join()
