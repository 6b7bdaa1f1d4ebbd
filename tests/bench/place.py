"""What the subjects measure on: the platform, its peers, an environment; each started when first asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from gemini_client import Client
from platform_fixture import Platform, create_environment, running_platform, sample, stop_environment, wait_environment

from bench import seeds
from bench.peers import BareHub, Scheduler

OWNER, MEMBER = "alice", "bob"


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    rounds: int = 5
    environments: int = 10_000
    requests: int = 100
    creations: int = 100
    log_lines: int = 300_000
    viewers: int = 20
    wrk_seconds: int = 1


SMALL = Sizes(rounds=2, environments=300, requests=20, creations=10, log_lines=100_000, viewers=5)
"""For trying the measurements themselves."""


@dataclass
class Place:
    """Closed at the end, with everything that was started for it."""

    sizes: Sizes
    say: Callable[[str], None]
    ends: ExitStack = field(default_factory=ExitStack)

    def folder(self) -> Path:
        """A new folder that is removed at the end."""
        return Path(self.ends.enter_context(tempfile.TemporaryDirectory(prefix="gemini-bench-")))

    @cached_property
    def platform(self) -> Platform:
        """`gemini up` with its sample."""
        self.say("starting the platform")
        return self.ends.enter_context(running_platform())

    @cached_property
    def client(self) -> Client:
        """The API as the owner."""
        return self.platform.client(OWNER)

    @cached_property
    def environment(self) -> dict[str, Any]:
        """An environment of the owner that runs."""
        self.say("starting an environment")
        made = create_environment(self.client, "bench")
        self.ends.callback(stop_environment, self.client, made)
        return wait_environment(self.client, made, "running")

    @cached_property
    def crowded(self) -> Platform:
        """The platform with as many environments as `sizes` says, all of the member's."""
        environment = str(self.environment["id"])
        self.say(f"writing {self.sizes.environments} environments")
        seeds.environments(self.platform.home, environment, MEMBER, self.sizes.environments)
        return self.platform

    @cached_property
    def hub(self) -> BareHub:
        """A bare hub with as many people."""
        self.say(f"starting a bare hub with {self.sizes.environments} people")
        hub = BareHub(self.folder())
        self.ends.callback(hub.stop)
        hub.start()
        hub.stop()
        hub.people(self.sizes.environments)
        hub.start()
        return hub

    @cached_property
    def plain_hub(self) -> BareHub:
        """A bare hub with one person."""
        self.say("starting a bare hub")
        hub = BareHub(self.folder())
        self.ends.callback(hub.stop)
        hub.start()
        return hub

    @cached_property
    def scheduler(self) -> Scheduler:
        """A Jupyter server with jupyter-scheduler."""
        self.say("starting jupyter-scheduler")
        peer = Scheduler(self.folder())
        self.ends.callback(peer.stop)
        peer.start()
        return peer

    def training(self, name: str, command: str, **wish: Any) -> dict[str, Any]:
        """The body of a task in the running environment."""
        made = sample(self.client)
        body = {"taskName": name, "launchMode": "existing", "environmentId": self.environment["id"], "command": command}
        return {**body, "datasetId": made["dataset"]["id"], "projectId": made["project"]["id"], **wish}
