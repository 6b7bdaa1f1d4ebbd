"""Starting a program in a session of its own, with its output going straight into a file.

Done with fork and exec by hand: the runner is alone in its process, and a program that cannot
be started says so in its own log and ends with a shell's exit code (127 not found, 126 otherwise).
"""

from __future__ import annotations

import os
import signal
from typing import NoReturn

from gemini_runner.order import Command

NOT_FOUND = 127
NOT_STARTED = 126
# Python ignores these; a program expects the kernel's way. The loop takes the others.
_RESTORED = (
    signal.SIGPIPE,
    signal.SIGXFSZ,
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGHUP,
    signal.SIGCHLD,
)
# What a server gets from the hub and a task must not have.
_SECRET_PREFIXES = ("JUPYTERHUB_", "JPY_")


def spawn(command: Command, log: str, marks: dict[str, str], trusted: bool = False) -> int:
    """Starts `command`, appending to `log`, with the variables `marks` on top; its process number.

    `trusted`: it gets what the hub gave to process 1, too. OSError when the log cannot be opened or the system is
    out of processes.
    """
    hidden = () if trusted else _SECRET_PREFIXES
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(hidden)},
        **command.env,
        **marks,
    }
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        pid = fork()
        if pid == 0:
            _become(command, output, environment)
    finally:
        os.close(output)
    return pid


def fork() -> int:
    """As os.fork, but signals wait in the child until it lets them in: one that came early would be taken by the
    parent's handlers and lost."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    pid = -1
    try:
        pid = os.fork()
    finally:
        if pid != 0:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return pid


def restore_signals() -> None:
    """The kernel's way for every signal that Python or the loop had taken."""
    signal.set_wakeup_fd(-1)
    for number in _RESTORED:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _become(command: Command, output: int, environment: dict[str, str]) -> NoReturn:
    code = NOT_STARTED
    try:
        restore_signals()
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(command.cwd)
        os.execvpe(command.argv[0], command.argv, environment)
    except FileNotFoundError as error:
        code = NOT_FOUND
        _say(f"gemini: cannot start: {error.strerror}: {error.filename or command.argv[0]}\n")
    except OSError as error:
        _say(f"gemini: cannot start {command.argv[0]}: {error.strerror}\n")
    finally:
        os._exit(code)


def _say(line: str) -> None:
    os.write(2, line.encode(errors="replace"))
