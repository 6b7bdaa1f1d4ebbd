"""One machine: every task in a sandbox of its own, beside the environments that the hub's spawner starts."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from gemini_core import observations
from gemini_core.cluster_plan import ClusterPlan
from gemini_core.observations import Observation, Presence
from gemini_core.orders import Places, Work, make_order, make_specification
from gemini_core.queueing import Capacity
from gemini_core.ranks import world_size
from gemini_core.reasons import spoken
from gemini_sandbox import Mount, SandboxError, Sandboxes, SandboxSpec, plain

from gemini_control.backends import paths
from gemini_control.backends.apart import apart
from gemini_control.backends.base import Inside, Shelter, StartFailed, TaskLaunch, Usage
from gemini_control.backends.lines import Membership
from gemini_control.backends.machine import Machine

T = TypeVar("T")
AT_ONCE = 8
DEVICES = Path("/dev")
SHARED_DEVICES = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools")
log = logging.getLogger("gemini.embedded")


class EmbeddedBackend:
    """`gemini_sandbox` over one `GEMINI_HOME`. `Backend` is its contract."""

    cluster: ClusterPlan | None = None
    typical_start_seconds = 10

    def __init__(self, home: Path, sandboxes: Sandboxes, machine: Machine, devices: Path = DEVICES) -> None:
        """`devices` is where the files of the cards lie."""
        # Mounts are opened without following links, which an operator's own path to the home may have.
        self.home = home.resolve()
        self.store = self.home / "store"
        self.sandboxes = sandboxes
        self.machine = machine
        self.devices = devices
        self.plain = sandboxes.abilities().mode == "plain"
        self._threads = ThreadPoolExecutor(AT_ONCE, "sandbox")

    async def start(self) -> None:
        """Nothing is watched here."""

    def queues(self, members: Membership) -> None:
        """None: admission has the last word."""

    def subscribe(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Nobody tells of a sandbox's changes: it is looked at."""
        return lambda: None

    def close(self) -> None:
        """Begins nothing more. Nothing is waited for: a stop under way may take its whole grace, and whoever
        comes next finishes it."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def shelter(self) -> Shelter:
        """What the trial sandbox could do."""
        found = self.sandboxes.abilities()
        return Shelter(found.mode, found.apt, found.memory_limit, found.network, found.lacks)

    def capacity(self, zone_id: str | None = None) -> Capacity:
        """All of this machine that can be given away: it is behind every zone."""
        return self.machine.capacity()

    def largest(self, zone_id: str) -> Capacity:
        """All of it, too."""
        return self.machine.capacity()

    def cards(self) -> Mapping[str, tuple[str, ...]]:
        """The cards of this machine."""
        return self.machine.indices()

    async def holders(self) -> frozenset[str]:
        """By the folders of the sandboxes."""
        return frozenset(await self._run(self.sandboxes.ids))

    async def observe(self, holder: str) -> Observation:
        """What the witness saw."""
        return await self._run(lambda: self._seen(self.sandboxes.observe(holder)))

    async def prepare(self, workspace_index: int, folders: tuple[str, ...]) -> None:
        """Folders of the store that the root of that workspace may write."""
        await self._run(lambda: self._prepare(workspace_index, folders))

    async def start_task(self, launch: TaskLaunch) -> Observation:
        """A sandbox whose process 1 is the runner with this task."""
        try:
            return await self._run(lambda: self._start(launch))
        except (SandboxError, OSError) as error:
            log.warning("%s could not be started", launch.id, exc_info=True)
            raise StartFailed(self._spoken(error).removeprefix(f"{launch.id} could not be started: ")) from error

    async def stop(self, holder: str, grace_seconds: float) -> Observation:
        """SIGTERM to process 1, then SIGKILL to all; returns when they have ended."""
        return self._seen(await apart(lambda: self.sandboxes.stop(holder, grace_seconds), f"stop-{holder}"))

    async def remove(self, holder: str) -> None:
        """Forget an ended sandbox."""
        await self._run(lambda: self._remove(holder))

    async def key(self, environment_id: str) -> str | None:
        """As the spawner wrote it down."""
        return await self._run(lambda: _key(self.home / "hub" / "launch" / environment_id / "launch.json"))

    async def usage(self, holder: str) -> Usage | None:
        """Read from the sandbox's cgroup."""
        return await self._run(lambda: self._usage(holder))

    def places_in(self, inside: Inside) -> Places:
        """The contract's paths; without a sandbox, the folders of the store that they stand for."""
        places = paths.places_inside(inside)
        if not self.plain:
            return places
        mounts = tuple(Mount(self.store / bind.source, bind.target, bind.read_only) for bind in inside.binds)
        return _on_host(places, mounts, str(self._run_folder(inside.environment)))

    def _spoken(self, said: object) -> str:
        return spoken(str(said), str(self.home))

    def _seen(self, seen: Any) -> Observation:
        found = _translate(seen)
        return replace(found, detail=self._spoken(found.detail))

    async def _run(self, fn: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, fn)

    def _run_folder(self, holder: str) -> Path:
        return self.home / "sandboxes" / holder / "run"

    def _prepare(self, workspace_index: int, folders: tuple[str, ...]) -> None:
        for folder in folders:
            path = self.store / folder
            path.mkdir(parents=True, exist_ok=True)
            self.sandboxes.give(path, workspace_index)

    def _remove(self, holder: str) -> None:
        if self.sandboxes.observe(holder).state == "ended":
            self._specification(holder).unlink(missing_ok=True)
            self.sandboxes.remove(holder)

    def _specification(self, task_id: str) -> Path:
        return self.home / "orders" / f"{task_id}.json"

    def _usage(self, holder: str) -> Usage | None:
        try:
            used = self.sandboxes.usage(holder)
        except (SandboxError, OSError):
            return None
        return Usage(used.cpu_seconds, used.memory_bytes, used.processes)

    def _start(self, launch: TaskLaunch) -> Observation:
        seen = _translate(self.sandboxes.observe(launch.id))
        if seen.state != Presence.ABSENT:
            return seen
        self._prepare(launch.workspace_index, (launch.folder, launch.output))
        return _translate(self.sandboxes.start(self._spec(launch, self._specification(launch.id))))

    def _spec(self, launch: TaskLaunch, specification: Path) -> SandboxSpec:
        mounts = (
            *(Mount(self.store / b.source, b.target, b.read_only) for b in paths.binds_of_task(launch)),
            Mount(_runner(), f"{paths.RUNNER}/gemini_runner"),
            Mount(specification, paths.SPECIFICATION),
        )
        places, run = paths.places_of_task(launch), paths.RUN
        if self.plain:
            run = str(self._run_folder(launch.id))
            places = _on_host(places, mounts, run)
        work = Work(launch.id, launch.roles, places, _variables(launch), launch.max_duration)
        _write(specification, make_specification(launch.id, run, make_order(work, launch.gpus)))
        ranks = world_size(launch.roles)
        return SandboxSpec(
            id=launch.id,
            workspace_index=launch.workspace_index,
            mounts=mounts,
            argv=(sys.executable, "-I", "-S", f"{paths.RUNNER}/gemini_runner/__main__.py", paths.SPECIFICATION),
            env=_variables(launch),
            cwd=paths.CODE,
            cpu_cores=launch.cpu_cores * ranks,
            memory_bytes=launch.memory_bytes * ranks,
            devices=() if self.plain else _devices(self.devices, launch.gpus),
            hostname=launch.id,
        )


def _translate(seen: Any) -> Observation:
    facts = asdict(seen)
    known = {key: facts[key] for key in ("started_at", "ended_at", "last_seen", "exit_code", "signal", "oom", "lost")}
    state = Presence(facts["state"])
    return (
        observations.ABSENT if state == Presence.ABSENT else Observation(state, **known, detail=facts["detail"] or "")
    )


def _on_host(places: Places, mounts: tuple[Mount, ...], run: str) -> Places:
    def there(path: str) -> str:
        return plain.path_of(path, mounts, run)

    return replace(
        places,
        folder=there(places.folder),
        code=there(places.code),
        output=there(places.output),
        data={slot: there(path) for slot, path in places.data.items()},
        pretrain={slot: there(path) for slot, path in places.pretrain.items()},
    )


def _variables(launch: TaskLaunch) -> dict[str, str]:
    return {
        "GEMINI_CPU_CORES": f"{launch.cpu_cores:g}",
        "GEMINI_MEMORY_BYTES": str(launch.memory_bytes),
        "CUDA_VISIBLE_DEVICES": ",".join(launch.gpus),
    }


def _devices(folder: Path, gpus: tuple[str, ...]) -> tuple[str, ...]:
    if not gpus:
        return ()
    # A card's own file must be there; which of the shared ones there are is the driver's matter.
    shared = (folder / name for name in SHARED_DEVICES)
    return (*(str(folder / f"nvidia{index}") for index in gpus), *(str(path) for path in shared if path.exists()))


def _key(launch: Path) -> str | None:
    try:
        return str(json.loads(launch.read_text())["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _runner() -> Path:
    # The package is found, not imported: it runs beside the work, never here.
    found = importlib.util.find_spec("gemini_runner")
    if found is None or found.origin is None:
        raise StartFailed("gemini_runner is not installed")
    return Path(found.origin).resolve().parent


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(content))
    # The root inside is another id outside, and may read it: it is its own order.
    new.chmod(0o644)
    new.replace(path)
