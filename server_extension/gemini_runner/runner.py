"""The runner's life: reads its specification, takes the folder's lock, tends an environment or one task."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
from typing import Any

from gemini_runner import kernel, proc, processes, same, state
from gemini_runner.control import ControlSocket, UnknownTask
from gemini_runner.environment import Environment
from gemini_runner.loop import Loop
from gemini_runner.order import Order, Spec, parse_spec
from gemini_runner.report import report
from gemini_runner.task import Tender, end_lost

SPEC_VARIABLE = "GEMINI_SPEC"
"""Where there is no file to read (a pod), the specification comes by this; what is started has not got it."""
BAD_SPEC = 2
ALREADY_RUNS = 3
REPLACED = 4


def main(arguments: list[str]) -> int:
    """Runs the specification in the file `arguments[0]`, or in the variable GEMINI_SPEC; the exit code of process 1.

    Environment: 0. Task: the task's. 2: the specification cannot be used. 3: another runner serves this folder.
    4: a folder is not the one that it was meant to be; nothing was started.
    """
    given = os.environ.pop(SPEC_VARIABLE, None)
    if len(arguments) > 1 or not (arguments or given):
        sys.stderr.write(f"usage: python -m gemini_runner SPEC.JSON, or its content in {SPEC_VARIABLE}\n")
        return BAD_SPEC
    try:
        spec = parse_spec(json.loads(_text(arguments, given or "")))
        os.makedirs(spec.run, exist_ok=True)
    except (OSError, ValueError) as error:
        report(f"{arguments[0] if arguments else SPEC_VARIABLE}: {error}")
        return BAD_SPEC
    if folder := same.replaced(spec.same):
        report(f"{folder} was replaced by another folder; nothing is started")
        same.tell_replaced()
        return REPLACED
    lock = _lock(spec.run)
    if lock is None:
        report(f"another runner serves {spec.run}")
        return ALREADY_RUNS
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if os.getpid() != 1:
        kernel.adopt_orphans()
    return _run_environment(spec, lock) if spec.task is None else _run_task(spec, spec.task)


def _text(arguments: list[str], given: str) -> str:
    if not arguments:
        return given
    with open(arguments[0], encoding="utf-8") as file:
        return file.read()


def _lock(folder: str) -> int | None:
    """The folder's lock, held as long as this process lives; None where another holds it."""
    descriptor = os.open(os.path.join(folder, "runner.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _run_environment(spec: Spec, lock: int) -> int:
    loop = Loop()
    Environment(loop, spec, lock).start()
    return loop.run()


def _run_task(spec: Spec, order: Order) -> int:
    """Tends the task; one that is known already is not started again but answered with its end."""
    found = state.read(order.folder, order.state_file)
    if found is not None:
        if found.state != state.ENDED:
            end_lost(order.folder, found, same_namespace=False, name=order.state_file)
        return state.LOST_CODE if found.exit_code is None else found.exit_code
    loop = Loop()
    tender = Tender(loop, order, alone=True)

    def start(request: dict[str, Any]) -> dict[str, Any]:
        if request.get("order", {}).get("id") != order.id:
            raise ValueError("this sandbox has one task only")
        return {"task": state.read_raw(order.folder, order.state_file)}

    def stop(request: dict[str, Any]) -> dict[str, Any]:
        if request.get("id") != order.id:
            raise UnknownTask(f"unknown task {request.get('id')!r}")
        tender.stop()
        return {}

    def list_(request: dict[str, Any]) -> dict[str, Any]:
        return {"tasks": [state.read_raw(order.folder, order.state_file)], "server": None}

    def list_processes(request: dict[str, Any]) -> dict[str, Any]:
        below = proc.descendants(os.getpid())
        return {"processes": processes.describe(os.getpid(), None, dict.fromkeys(below, order.id))}

    ControlSocket(loop, spec.run, {"start": start, "stop": stop, "list": list_, "processes": list_processes})
    tender.start()
    return loop.run()
