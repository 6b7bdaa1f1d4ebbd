"""Keeps one process of the platform running: starts it, waits for it, starts it again when it ends by itself."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import termios
from pathlib import Path

from gemini_cli.answers import status_of
from gemini_cli.errors import Refusal
from gemini_cli.identity import Identity, identity_of
from gemini_cli.parts import Part
from gemini_cli.voice import Voice
from gemini_cli.words import say

READY_WITHIN_SECONDS = 90.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
STEADY_AFTER_SECONDS = 60.0
NOTE_AGAIN_SECONDS = 5.0
GRACE_SECONDS = 15.0
LOG_LIMIT_BYTES = 32 * 2**20
TAIL_LINES = 12
TITLES = {"proxy": "The proxy", "hub": "The hub", "control": "The control plane"}


class Watched:
    """One part of the platform and its process, in a process group of its own: what is typed here does not reach it."""

    def __init__(self, part: Part, home: Path, voice: Voice) -> None:
        """`home` is GEMINI_HOME, for the log and the pid; `voice` tells people what happens."""
        self.part = part
        self.log_path = home / "logs" / f"{part.name}.log"
        self._pid_path = home / "pids" / f"{part.name}.json"
        self._voice = voice
        self._process: asyncio.subprocess.Process | None = None
        self._noted = False
        self._ending = False

    async def start(self) -> None:
        """Starts the process; its output goes to its log. OSError where that cannot be."""
        log = _open_log(self.log_path)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.part.argv,
                env=self.part.env,
                cwd=self.part.cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Kernels share a busy core out between sessions: the proxy and whom it asks do best in the same.
                process_group=0,
                preexec_fn=_leave_terminal,
            )
        finally:
            os.close(log)
        self._note()

    @property
    def identity(self) -> Identity | None:
        """The process that runs now."""
        return identity_of(self._process.pid) if self._process is not None else None

    async def wait_ready(self) -> None:
        """Returns when it answers. Refusal with the log's last lines when it ends first or takes too long."""
        deadline = asyncio.get_running_loop().time() + READY_WITHIN_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            if self._process is not None and self._process.returncode is not None:
                code = self._process.returncode
                sentence = say("{part} ended at its start (exit code {code}).", part=self._title, code=code)
                raise Refusal(f"{sentence}\n{self._tail()}")
            status = await asyncio.to_thread(status_of, self.part.ready_url)
            if status in (self.part.ready_statuses or (status,)) and status is not None:
                return
            await asyncio.sleep(0.1)
        seconds = round(READY_WITHIN_SECONDS)
        sentence = say("{part} did not answer within {seconds} s.", part=self._title, seconds=seconds)
        raise Refusal(f"{sentence}\n{self._tail()}")

    async def keep(self) -> None:
        """Starts it again whenever it ends, later each time, until `end`."""
        pause, loop = FIRST_PAUSE_SECONDS, asyncio.get_running_loop()
        while True:
            began = loop.time()
            code = await self._ended()
            if self._ending:
                return
            if loop.time() - began > STEADY_AFTER_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            sentence = "{part} ended (exit code {code}); it is started again. Its log: {log}"
            self._voice.say(say(sentence, part=self._title, code=code, log=self.log_path))
            while True:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
                try:
                    await self.start()
                    break
                except OSError as error:
                    # A full disk, mostly: no reason to end the others, which go on without it.
                    sentence = "{part} could not be started: {error}; it is tried again."
                    self._voice.say(say(sentence, part=self._title, error=error))

    async def _ended(self) -> int:
        """The exit code, when it has ended. Who runs is noted meanwhile, where a full disk has kept us from that."""
        assert self._process is not None
        while not self._noted:
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(self._process.wait(), NOTE_AGAIN_SECONDS)
            self._note()
        return await self._process.wait()

    def _note(self) -> None:
        """Leave who runs for the next supervisor, which ends it if this one was killed."""
        identity = self.identity
        self._noted = False
        with contextlib.suppress(OSError):
            if identity is not None:
                identity.save(self._pid_path)
            self._noted = True

    async def end(self) -> None:
        """Ends the process, and it alone: what works for a person is no child of it."""
        self._ending = True
        if self._process is not None and self._process.returncode is None:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    self._process.send_signal(number)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), GRACE_SECONDS)
                    break
        self._pid_path.unlink(missing_ok=True)

    @property
    def _title(self) -> str:
        return say(TITLES[self.part.name])

    def _tail(self) -> str:
        lines = self.log_path.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join([f"The end of {self.log_path}:", *(f"  {line}" for line in lines)])


def _leave_terminal() -> None:
    """In the new process: without a terminal of its own, nothing it starts can ask there and wait for ever."""
    with contextlib.suppress(OSError):
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        fcntl.ioctl(terminal, termios.TIOCNOTTY)
        os.close(terminal)


def _open_log(path: Path) -> int:
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
