"""What the subjects measure on, and how much."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property

import postgresql_fixture
from bench.running import NotHere
from postgresql_fixture import PostgreSQL


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    spawns: int = 200
    submissions: int = 100
    nodes: int = 100
    first: int = 20
    tasks: int = 1000
    rest_seconds: float = 10.0
    patience_seconds: float = 30.0


SMALL = Sizes(spawns=10, submissions=10, nodes=2, first=5, tasks=20, rest_seconds=2.0)
"""For trying the measurements themselves."""


@dataclass
class Place:
    """Closed at the end, with everything that was started for it."""

    sizes: Sizes
    say: Callable[[str], None]
    ends: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def postgresql(self) -> PostgreSQL:
        """A server as its package configures it: what is committed is durable."""
        found = postgresql_fixture.programs()
        if found is None:
            raise NotHere("PostgreSQL is not installed (package postgresql)")
        self.say("starting PostgreSQL")
        return self.ends.enter_context(postgresql_fixture.running(found, ""))
