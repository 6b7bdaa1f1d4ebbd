"""The commands: the witness and its kin, which `Sandboxes` runs, and an administrator's small tool.

python -m gemini_sandbox abilities HOME              what this machine allows
python -m gemini_sandbox list HOME                   all sandboxes and their state
python -m gemini_sandbox stop HOME ID [SECONDS]      end one
python -m gemini_sandbox remove HOME ID              forget an ended one
python -m gemini_sandbox exec HOME ID COMMAND…       run a command inside
python -m gemini_sandbox outer -- COMMAND…           run a command in the outer namespaces of a person
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import hot, outer, plain
from .errors import SandboxError
from .process import ProcessIdentity
from .record import Record
from .sandboxes import Sandboxes
from .witness import Order, Witness


def main(arguments: list[str]) -> int:
    """Run one command; the answer is JSON on standard output."""
    commands: dict[str, Callable[..., int]] = {
        "witness": _witness,
        "mount": _mount,
        "unmount": _unmount,
        "enter": _enter,
        "abilities": _abilities,
        "list": _list,
        "stop": _stop,
        "remove": _remove,
        "exec": _exec,
        "outer": _outer,
    }
    if not arguments or arguments[0] not in commands:
        sys.stderr.write(__doc__ or "")
        return 2
    try:
        return commands[arguments[0]](*arguments[1:])
    except (SandboxError, OSError) as error:
        _answer({"error": str(error)})
        return 1


def _answer(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def _witness(home: str, sandbox_id: str) -> int:
    """Fork the witness off and answer when its sandbox runs."""
    read_fd, write_fd = os.pipe()
    if os.fork() == 0:
        os.close(read_fd)
        _be_witness(Record(Path(home), sandbox_id), write_fd)
    os.close(write_fd)
    with os.fdopen(read_fd) as pipe:
        text = pipe.read()
    sys.stdout.write(text or json.dumps({"error": "the witness was killed"}))
    return 0


def _be_witness(record: Record, answer_fd: int) -> None:
    """Never returns. The start is answered on the pipe; what goes wrong later is in the witness's log."""
    os.setsid()
    # A service manager's or a terminal's signal to everything must not take the witness from its sandbox. Handled,
    # not ignored: programs inside would inherit that, and no kernel of theirs could be interrupted.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    # What the platform's own starter ignored (a shell's `&`, nohup) is no reason for a program inside to ignore it.
    # Python ignores two for itself, and gives them back to what it starts.
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    status = 1
    try:
        identity = ProcessIdentity.of(os.getpid())
        assert identity is not None
        record.write("witness", identity.to_json())
        witness = Witness(record)
        os.dup2(witness.log_fd, 2)
        try:
            process = witness.start()
        except (SandboxError, OSError) as error:
            os.write(answer_fd, json.dumps({"error": str(error)}).encode())
            traceback.print_exc()
            os._exit(1)
        os.write(answer_fd, b"{}")
        os.close(answer_fd)
        witness.watch(process)
        status = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(status)


def _mount(home: str, sandbox_id: str, source: str, target: str) -> int:
    hot.add(Record(Path(home), sandbox_id), Path(source), target)
    _answer({})
    return 0


def _unmount(home: str, sandbox_id: str, target: str) -> int:
    hot.remove(Record(Path(home), sandbox_id), target)
    _answer({})
    return 0


def _enter(home: str, sandbox_id: str, *argv: str) -> int:
    """Run a command with the variables and the folder of a plain sandbox."""
    record = Record(Path(home), sandbox_id)
    order = Order.of(record)
    os.chdir(plain.path_of(order.spec.cwd, order.spec.mounts, str(record.run)))
    variables = {**order.environment, plain.MARK: plain.mark_of(record)}
    os.execvpe(argv[0], list(argv), variables)


def _abilities(home: str) -> int:
    _answer(dataclasses.asdict(Sandboxes(Path(home)).abilities()))
    return 0


def _list(home: str) -> int:
    sandboxes = Sandboxes(Path(home))
    _answer([dataclasses.asdict(sandboxes.observe(sandbox_id)) for sandbox_id in sandboxes.ids()])
    return 0


def _stop(home: str, sandbox_id: str, seconds: str = "10") -> int:
    _answer(dataclasses.asdict(Sandboxes(Path(home)).stop(sandbox_id, float(seconds))))
    return 0


def _remove(home: str, sandbox_id: str) -> int:
    Sandboxes(Path(home)).remove(sandbox_id)
    _answer({})
    return 0


def _exec(home: str, sandbox_id: str, *argv: str) -> int:
    command = Sandboxes(Path(home)).exec_argv(sandbox_id, argv, tty=sys.stdin.isatty())
    os.execvp(command[0], command)


def _outer(*argv: str) -> int:
    outer.execute(list(argv[1:] if argv[:1] == ("--",) else argv))
