"""A person's shell: the real command `gemini` in a home of its own, piped or on a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GEMINI = str(Path(sys.executable).with_name("gemini"))
_LEFT_OUT = re.compile(r"^(GEMINI_|JUPYTER|LC_|LANG|NO_COLOR|XDG_)")


@dataclass
class Shell:
    """Runs `gemini` with `home` as HOME and nothing of the test's own sign-in around it."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the command."""
        kept = {name: value for name, value in os.environ.items() if not _LEFT_OUT.match(name)}
        mine = {"HOME": str(self.home), "GEMINI_HOME": str(self.home / "platform"), "TERM": "xterm", "LANG": "C.UTF-8"}
        path = f"{Path(GEMINI).parent}:{os.environ['PATH']}"
        return {**kept, **mine, "PATH": path, **self.variables}

    def __call__(self, *words: str, stdin: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        """One command, piped."""
        return subprocess.run(
            [GEMINI, *words],
            input=stdin or "",
            env={**self.environment, **variables},
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def json(self, *words: str) -> Any:
        """The JSON of a command that succeeds; nothing else is on its standard output."""
        done = self(*words, "--json")
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return json.loads(done.stdout)

    @contextmanager
    def terminal(self, *words: str) -> Iterator[Terminal]:
        """One command on a terminal."""
        pid, descriptor = pty.fork()
        if pid == 0:
            os.chdir(self.home)
            # A terminal's shell leaves Ctrl-C to its commands, whatever the starter of these tests did.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execve(GEMINI, [GEMINI, *words], self.environment)
        terminal = Terminal(pid, descriptor)
        try:
            yield terminal
        finally:
            terminal.close()


class Terminal:
    """What a person sees and types."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self._pid = pid
        self._descriptor = descriptor
        self._code: int | None = None
        self.seen = ""

    def wait_for(self, text: str, seconds: float = 60) -> str:
        """Reads until `text` is on the screen; fails showing what is there instead."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            assert self._read(deadline - time.monotonic()), f"{text!r} was not said:\n{self.seen}"
        return self.seen

    def type(self, text: str) -> None:
        """Types a line."""
        os.write(self._descriptor, text.encode() + b"\r")

    def press(self, key: bytes) -> None:
        """Presses a key."""
        os.write(self._descriptor, key)

    def end(self, seconds: float = 60) -> int:
        """The exit code, when it has ended."""
        deadline = time.monotonic() + seconds
        while self._read(deadline - time.monotonic()):
            pass
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._code

    def _read(self, seconds: float) -> bool:
        """Whether something more came; False at its end. Fails when the time is over."""
        ready, _, _ = select.select([self._descriptor], [], [], max(seconds, 0))
        assert ready, f"it goes on and says nothing:\n{self.seen}"
        try:
            piece = os.read(self._descriptor, 65536)
        except OSError:
            return False
        self.seen += piece.decode(errors="replace")
        return bool(piece)

    def close(self) -> None:
        """Ends it where it still runs."""
        if self._code is None:
            os.kill(self._pid, 9)
            os.waitpid(self._pid, 0)
        os.close(self._descriptor)
