"""What a place of work must do. Backends share everything but one class each of this contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gemini_core.cluster_plan import ClusterPlan
from gemini_core.observations import Failure, Observation
from gemini_core.orders import Places
from gemini_core.queueing import Capacity
from gemini_core.ranks import Role

from gemini_control.backends.lines import Membership, Queues


@dataclass(frozen=True)
class Bind:
    """A folder of the store and where it appears inside. `source` is relative to the store."""

    source: str
    target: str
    read_only: bool = True


@dataclass(frozen=True)
class TaskLaunch:
    """A task in a sandbox of its own. Paths are relative to the store.

    `cpu_cores`, `memory_bytes` (0: no limit) and `gpu_count` are of each instance of each role; `gpus` are the cards
    of all. `max_duration` (seconds) None means no time limit. `data` and `pretrain` are folders of versions by slot.
    """

    id: str
    workspace_index: int
    roles: tuple[Role, ...]
    cpu_cores: float
    memory_bytes: int
    gpus: tuple[str, ...]
    folder: str
    code: str
    output: str
    data: Mapping[int, str] = field(default_factory=dict)
    pretrain: Mapping[int, str] = field(default_factory=dict)
    max_duration: float | None = None
    workspace_id: str = ""
    zone_id: str = ""
    image: str = ""
    gpu_type: str | None = None
    gpu_count: int = 0
    queue: str | None = None
    """The line of a cluster that it joins; None: it starts at once."""
    priority: str = "normal"


@dataclass(frozen=True)
class Inside:
    """A task inside an environment: where its things lie. Paths are relative to the store.

    `binds` are those of the environment; `data` and `pretrain` are folders of versions by slot.
    """

    environment: str
    task: str
    binds: tuple[Bind, ...]
    folder: str
    code: str
    output: str
    data: Mapping[int, str] = field(default_factory=dict)
    pretrain: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Usage:
    """What a sandbox uses: processor seconds since its start, bytes of memory now, processes now.

    `cores`: the processors that it uses now, where that is what can be seen; then nothing is made of `cpu_seconds`.
    """

    cpu_seconds: float
    memory_bytes: int
    processes: int
    cores: float | None = None


@dataclass(frozen=True)
class Shelter:
    """How things run here: `mode` root, person or plain (none); what that gives; `lacks` are sentences for people."""

    mode: str
    apt: bool
    memory_limit: bool
    network: bool
    lacks: tuple[str, ...] = ()


class StartFailed(Exception):
    """A sandbox could not be started; the text says what the system answered.

    `failure` is what that means, where it is known; a final one is not tried again.
    """

    def __init__(self, said: str, failure: Failure | None = None) -> None:
        super().__init__(said)
        self.failure = failure


class BackendAway(Exception):
    """It cannot be seen or done now; ask again later. What was seen before stays true meanwhile."""


class Backend(Protocol):
    """A place where environments and tasks run. Ids are ours; every method is safe to repeat.

    Only `start_task` raises `StartFailed`. What is asked for may raise `BackendAway`; else what is not seen is absent.
    """

    store: Path
    """Where the store lies for this process."""
    cluster: ClusterPlan | None
    """What the operator tells of the cluster that it is; None on one machine."""
    typical_start_seconds: int
    """How long a task with resources of its own takes from admission to its first line, in seconds."""

    async def start(self) -> None:
        """Begin to see what is there; returns when all of it was seen once."""

    def queues(self, members: Membership) -> Queues | None:
        """The line of a cluster; None where the platform's own admission has the last word."""

    def subscribe(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """Call `changed` with a holder's id when something of it changed; the answer ends that.

        Nothing is promised: who must not miss a change looks from time to time, too.
        """

    def close(self) -> None:
        """Begin nothing more. What lasts is not waited for: the next life of the platform finishes it."""

    def shelter(self) -> Shelter:
        """How environments and tasks are kept apart here, as it was found out at the start."""

    def capacity(self, zone_id: str | None = None) -> Capacity:
        """All that can be given away at once, in a zone or in all; cards are those really found."""

    def largest(self, zone_id: str) -> Capacity:
        """The most that one of them can be given in a zone: what lies on several nodes is not one's."""

    def cards(self) -> Mapping[str, tuple[str, ...]]:
        """The cards found, by kind: what names one in `TaskLaunch.gpus`."""

    async def holders(self) -> frozenset[str]:
        """Whoever has a sandbox here, running or ended."""

    async def observe(self, holder: str) -> Observation:
        """The sandbox of an environment or a task as it is seen from outside."""

    async def prepare(self, workspace_index: int, folders: tuple[str, ...]) -> None:
        """Make folders of the store and let the root of that workspace's sandboxes write them."""

    async def start_task(self, launch: TaskLaunch) -> Observation:
        """Start the sandbox of a task; one that runs is answered as it is."""

    async def stop(self, holder: str, grace_seconds: float) -> Observation:
        """End all processes of a sandbox and return when they have ended."""

    async def remove(self, holder: str) -> None:
        """Forget an ended sandbox and its temporary storage."""

    async def key(self, environment_id: str) -> str | None:
        """The token that the environment's own server was started with; None where none is known.

        It opens that server and nothing that root inside has not: all that is sent there is read there.
        """

    async def usage(self, holder: str) -> Usage | None:
        """What a running sandbox uses now; None where that cannot be seen."""

    def places_in(self, inside: Inside) -> Places:
        """Where a task inside an environment finds its things, as the task sees them."""
