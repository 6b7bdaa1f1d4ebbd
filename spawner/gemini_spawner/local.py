"""Starts an environment as a sandbox of this machine, and says of it only what was observed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from gemini_core.errors import GeminiError
from gemini_core.ids import is_id
from gemini_core.reasons import spoken
from gemini_sandbox import Observation, SandboxError, Sandboxes, SandboxSpec
from jupyterhub.spawner import Spawner
from traitlets import Int, List, Unicode

from gemini_spawner.files import Launch, LaunchFolder
from gemini_spawner.mixin import GeminiSpawnerMixin, now, unavailable
from gemini_spawner.observations import make_observation, start_that_ended
from gemini_spawner.plan import LaunchPlan
from gemini_spawner.sandbox import INNER_PORT, make_sandbox_spec
from gemini_spawner.server import runner_spec, server_environment

LOOPBACK = "127.0.0.1"


class GeminiLocalSpawner(GeminiSpawnerMixin, Spawner):  # type: ignore[misc]
    """One environment = one sandbox, whose process 1 is the runner and whose child is the Jupyter server.

    Whether it runs is what its witness sees of process 1: a server that died is started again by the runner
    and is no end of the environment.
    """

    gemini_home = Unicode(config=True, help="""The platform's folder (GEMINI_HOME), an absolute path.""")
    proxy_port = Int(8000, config=True, help="""Port of the proxy on the loopback; it carries the API inside, too.""")
    reach = List(
        Int(),
        config=True,
        help="""Ports of this machine's loopback that an environment may connect to: the hub's API and the proxy.""",
    )
    stop_grace_seconds = Int(
        20, config=True, help="""Seconds between SIGTERM to process 1 and SIGKILL of everything inside."""
    )

    # The hub's own record of a start that has not returned; `poll` must call that running.
    _starting = False
    _port = 0

    @property
    def home(self) -> Path:
        """The platform's folder; mounts are opened without following links, which the setting may have."""
        return Path(self.gemini_home).resolve()

    @property
    def sandboxes(self) -> Sandboxes:
        """The sandboxes of this machine, one object for all spawners of a hub."""
        return sandboxes_of(self.home)

    @property
    def launch_folder(self) -> LaunchFolder:
        """The files of this environment's latest launch."""
        return LaunchFolder(self.home, self.name)

    @property
    def launched(self) -> Launch | None:
        """The latest launch, if it was this person's.

        Anybody may ask the hub for a server of any name: only who launched an environment sees or ends it.
        """
        launch = self.launch_folder.read() if is_id(self.name, "environment") else None
        return launch if launch is not None and launch.owner == self.user.name else None

    async def start(self) -> str:
        """The address of the server, once process 1 runs. SpawnException says why not, in words for a person."""
        self._starting, steps = True, self.begin()
        try:
            plan = await self.fetch_plan()
            steps.add(20, self.word("launch.checked", environment=plan.display_name, count=f"{plan.cpu_cores:g}"))
            return await self._adopt(plan) or await self._launch(plan)
        except (SandboxError, OSError) as error:
            self.log.warning("%s could not be started", self.name, exc_info=True)
            said = spoken(str(error), self.gemini_home).removeprefix(f"{self.name} could not be started: ")
            raise self.refusal(unavailable("spawn-sandbox-failed", said.rstrip("."))) from error
        finally:
            self._starting = False
            steps.close()

    async def _adopt(self, plan: LaunchPlan) -> str | None:
        """The address of the environment that runs from this very plan (the hub forgot it), else None."""
        seen = await asyncio.to_thread(self.sandboxes.observe, self.name)
        launch = self.launched
        if seen.state == "running" and launch is not None and launch.plan == plan.to_text():
            self.api_token = launch.token
            return self._started(seen, launch.port)
        if seen.state == "running":
            await asyncio.to_thread(self.sandboxes.stop, self.name, self.stop_grace_seconds)
        if seen.state != "absent":
            await asyncio.to_thread(self.sandboxes.remove, self.name)
        return None

    async def _launch(self, plan: LaunchPlan) -> str:
        assert self.steps is not None
        store, port = self.home / "store", free_port()
        spec = make_sandbox_spec(plan, store, self.launch_folder.spec, port, tuple(self.reach))
        await asyncio.to_thread(self._write_orders, plan, spec, port)
        await asyncio.to_thread(self._give_folders, plan, store)
        self.steps.add(40, self.word("launch.folders", count=len(plan.mounts)))
        address = self._started(await self._start_sandbox(spec), port)
        await self.wait_for_answer(address)
        return address

    async def _start_sandbox(self, spec: SandboxSpec) -> Observation:
        """A start that is taken back while the sandbox is being made leaves none: no thread can be called back."""
        making = asyncio.ensure_future(asyncio.to_thread(self.sandboxes.start, spec))
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            with contextlib.suppress(SandboxError, OSError):
                await making
            await asyncio.to_thread(self.sandboxes.stop, self.name, 0)
            raise

    async def why_ended(self) -> GeminiError | None:
        """None while process 1 runs, else how it ended."""
        if await self.poll_process() is None:
            return None
        seen = await asyncio.to_thread(self.sandboxes.observe, self.name)
        return start_that_ended(seen, self.gemini_home)

    def _write_orders(self, plan: LaunchPlan, spec: SandboxSpec, port: int) -> None:
        plain = self.sandboxes.abilities().mode == "plain"
        self.ip, self.port = LOOPBACK, port if plain else INNER_PORT
        inside = partial(self.sandboxes.inside, spec)
        api_url = f"http://{LOOPBACK}:{self.proxy_port}/services/gemini/api/v1"
        server = server_environment(plan, inside, self.get_env(), api_url)
        self.launch_folder.write(
            Launch(plan.owner, plan.to_text(), port, self.api_token), runner_spec(plan, inside, server)
        )

    def _give_folders(self, plan: LaunchPlan, store: Path) -> None:
        for one in plan.mounts:
            if not one.read_only:
                (store / one.source).mkdir(parents=True, exist_ok=True)
                self.sandboxes.give(store / one.source, plan.workspace_index)

    def _started(self, seen: Observation, port: int) -> str:
        assert self.steps is not None
        self._port = port
        self.steps.add(60, self.word("launch.sandbox"))
        began = datetime.fromtimestamp(seen.started_at, UTC) if seen.started_at else now()
        self.teller.tell(make_observation("started", began))
        return self._url

    @property
    def _url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    async def poll(self) -> int | None:
        """None while process 1 runs (or is being started), else its exit code, 1 where nobody knows it."""
        return None if self._starting else await self.poll_process()

    async def poll_process(self) -> int | None:
        """What `poll` says, also during a start."""
        if self.launched is None:
            return 0
        seen = await asyncio.to_thread(self.sandboxes.observe, self.name)
        if seen.state == "running":
            return None
        if seen.state == "absent":
            return 0
        self._tell_end(seen)
        return 1 if seen.exit_code is None else seen.exit_code

    async def stop(self, now: bool = False) -> None:
        """Ends everything inside and returns when all of it has ended."""
        if self.launched is None:
            return
        await self.tell_stop()
        grace = 0 if now else self.stop_grace_seconds
        self._tell_end(await asyncio.to_thread(self.sandboxes.stop, self.name, grace))

    def _tell_end(self, seen: Observation) -> None:
        """Reports the end, once: the hub polls again after an end."""
        if self._told_end or seen.state != "ended":
            return
        self._told_end = True
        ended = seen.ended_at or seen.last_seen
        at = datetime.fromtimestamp(ended, UTC) if ended else now()
        reason = "out-of-memory" if seen.oom else "node" if seen.lost else None
        facts = {"reason": reason, "detail": seen.detail, "exit_code": seen.exit_code, "lost": seen.lost}
        self.teller.tell(make_observation("ended", at, **facts))

    def get_state(self) -> dict[str, Any]:
        """The port: all that the sandboxes do not know themselves."""
        return {**super().get_state(), "port": self._port}

    def load_state(self, state: dict[str, Any]) -> None:
        """Knows a sandbox again that an earlier hub started, and its token, which the hub revokes at its end."""
        super().load_state(state)
        self._port = state.get("port", 0)
        if (launch := self.launched) is not None:
            self.api_token = launch.token

    def clear_state(self) -> None:
        """A server that ended has no port."""
        super().clear_state()
        self._port = 0

    def delete_forever(self) -> None:
        """The hub forgets this server: what the last launch left of it, its token too, goes."""
        if self.launched is not None:
            self.launch_folder.remove()

    async def get_url(self) -> str:
        """The server's address, also where the earlier hub died before it could save the port."""
        self._unconfirmed = True
        if not self._port and (launch := self.launched) is not None:
            self._port = launch.port
        return self._url


@lru_cache
def sandboxes_of(home: Path) -> Sandboxes:
    """The sandboxes below a platform's folder."""
    return Sandboxes(home)


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
