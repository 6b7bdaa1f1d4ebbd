"""`gemini up`: the supervisor of Traefik, hub and control plane.

Who stops what: Ctrl-C stops environments and tasks as recorded stops and then the platform, a second Ctrl-C leaves
them; SIGTERM, SIGHUP and any crash end none of them, and the next start finds them again.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from gemini_client import AsyncClient
from gemini_core.errors import GeminiError

from gemini_cli import keys
from gemini_cli.answers import status_of
from gemini_cli.errors import Refusal
from gemini_cli.halt import halt
from gemini_cli.hub_tokens import owner_token
from gemini_cli.identity import end_leftovers
from gemini_cli.lock import platform_lock
from gemini_cli.parts import make_parts
from gemini_cli.ports import check_ports
from gemini_cli.sandbox import ask_abilities
from gemini_cli.settings import Settings
from gemini_cli.setup import Sample, mark_of
from gemini_cli.subdomains import protection
from gemini_cli.voice import Voice
from gemini_cli.watch import Watched
from gemini_cli.words import language, say

LEAVE_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
THROUGH_PROXY_SECONDS = 30.0


def up(settings: Settings) -> None:
    """Runs the platform until a signal ends it. Refusal says why it cannot start."""
    settings.make_folders()
    with platform_lock(settings.home):
        voice = Voice(settings.home / "logs" / "supervisor.log")
        abilities = ask_abilities(settings.home)
        for sentence in abilities.sentences():
            voice.say(sentence)
        if abilities.mode != "plain":
            voice.say(protection(settings.subdomains, settings.port))
        for name in end_leftovers(settings.home / "pids"):
            voice.note(say("An earlier start had left a process, which was ended: {name}.", name=name))
        check_ports(settings)
        keys.make_keys(settings.home)
        asyncio.run(Supervisor(settings, voice, abilities.mode).run())


async def upgrade_database(settings: Settings) -> None:
    """Brings our database to this version, after a backup. Refusal with what the upgrade said."""
    argv = [sys.executable, "-m", "gemini_control", "db", "upgrade"]
    process = await asyncio.create_subprocess_exec(
        *argv, env=settings.environment(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await process.communicate()
    finally:
        # Whoever ends the platform meanwhile waits for it: half an upgrade would be worse than a second more.
        await process.wait()
    if process.returncode != 0:
        told = said.decode(errors="replace").strip()
        sentence = say("The database could not be brought to this version; the platform was not started.")
        raise Refusal(f"{sentence}\n{told}")


class Supervisor:
    """Starts the parts, keeps them running, and ends them as the signal says."""

    def __init__(self, settings: Settings, voice: Voice, sandbox_mode: str) -> None:
        self._settings = settings
        self._voice = voice
        self._parts = [Watched(part, settings.home, voice) for part in make_parts(settings, sandbox_mode)]
        self._interrupted = asyncio.Event()
        self._interrupted_again = asyncio.Event()
        self._leave = asyncio.Event()

    async def run(self) -> None:
        """Until a signal. Whatever happens here, the three processes are ended at the end, and nothing else is."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._on_interrupt)
        for number in LEAVE_SIGNALS:
            loop.add_signal_handler(number, self._leave.set)
        async with AsyncExitStack() as ends:
            for part in self._parts:
                ends.push_async_callback(part.end)
            if await self._unless(self._start(), self._interrupted, self._leave):
                async with asyncio.TaskGroup() as keepers:
                    tasks = [keepers.create_task(part.keep()) for part in self._parts]
                    await _first(self._interrupted, self._leave)
                    if self._interrupted.is_set():
                        await self._unless(self._halt(), self._interrupted_again, self._leave)
                    for task in tasks:
                        task.cancel()
            self._voice.say(say("The platform stops."))

    def _on_interrupt(self) -> None:
        (self._interrupted_again if self._interrupted.is_set() else self._interrupted).set()

    async def _unless(self, work: Coroutine[Any, Any, None], *signals: asyncio.Event) -> bool:
        """Whether the work ended before one of the signals came, which cancels it. Raises what it raises."""
        task, signal_came = asyncio.create_task(work), asyncio.create_task(_first(*signals))
        await asyncio.wait([task, signal_came], return_when=asyncio.FIRST_COMPLETED)
        signal_came.cancel()
        if task.done():
            task.result()
            return True
        task.cancel()
        await asyncio.wait([task])
        return False

    async def _start(self) -> None:
        *others, control = self._parts
        for part in others:
            await part.start()
        # The others take longer to start than this and need nothing of our database.
        await upgrade_database(self._settings)
        await control.start()
        for part in self._parts:
            await part.wait_ready()
        await self._wait_for_route()
        await self._make_sample()
        self._greet()

    async def _wait_for_route(self) -> None:
        """The hub has told the proxy where the control plane is when the API answers through it."""
        deadline = asyncio.get_running_loop().time() + THROUGH_PROXY_SECONDS
        while await asyncio.to_thread(status_of, f"{self._settings.api_url}/health") != 200:
            if asyncio.get_running_loop().time() > deadline:
                sentence = "The control plane cannot be reached through the proxy. See logs/proxy.log and hub.log."
                raise Refusal(say(sentence))
            await asyncio.sleep(0.1)

    async def _make_sample(self) -> None:
        mark = mark_of(self._settings.home)
        if mark.exists():
            return
        self._voice.say(say("First start: making the sample workspace."))
        try:
            async with owner_token(self._settings, "first start") as token:
                with tempfile.TemporaryDirectory() as scratch:
                    await Sample(AsyncClient(self._settings.api_url, token), Path(scratch)).make()
        except GeminiError as error:
            sentence = "The sample workspace is not complete: {error} ({name}). The next start goes on."
            self._voice.say(say(sentence, error=error.text(language()), name=error.name))
            return
        mark.touch()

    def _greet(self) -> None:
        ready = say("Gemini for Jupyter is ready: {url}", url=self._settings.url)
        self._voice.note(ready)
        lines = [f"\n{ready}\n"]
        lines += [f"  {name:<8}{password}" for name, password in keys.passwords(self._settings.home).items()]
        keys_say = say("Ctrl-C stops environments, tasks and the platform; a second Ctrl-C leaves what runs running.")
        self._voice.show("\n".join([*lines, f"\n{keys_say}\n"]))

    async def _halt(self) -> None:
        """Stops everything as recorded stops. Where that is not possible it is said, and everything goes on."""
        self._voice.say(say("Stopping environments and tasks; Ctrl-C again leaves them running."))
        try:
            async with owner_token(self._settings, "Ctrl-C") as token:
                count = await halt(AsyncClient(self._settings.api_url, token))
        except (GeminiError, Refusal) as error:
            why = error.text(language()) if isinstance(error, GeminiError) else error
            self._voice.say(say("They could not be stopped and run on: {error}", error=why))
            return
        self._voice.say(say("Stopped and recorded: {count}.", count=count))


async def _first(*events: asyncio.Event) -> None:
    """Returns when one of them is set."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
