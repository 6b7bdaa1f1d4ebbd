"""Fixtures: the real control plane of `tests/control_plane`, and a person's client of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import pytest
from control_plane.conftest import engine, fresh_database, ground, home, hub, lab, platform, world
from control_plane.world import Lab
from gemini_client import Client

__all__ = ["engine", "fresh_database", "ground", "home", "hub", "lab", "platform", "world"]

Answer = TypeVar("Answer")


class Person:
    """A client that blocks, in a test whose loop serves the platform: every call goes by `do`."""

    def __init__(self, world: Lab) -> None:
        self.world = world
        self.clients: list[Client] = []

    def client(self, token: str = "token-of-member", language: str = "en") -> Client:
        """A client of the platform; closed at the end."""
        self.clients.append(Client(self.world.platform.url("/").rstrip("/"), token, language))
        return self.clients[-1]

    async def do(self, work: Callable[..., Answer], *args: Any, **kwargs: Any) -> Answer:
        """What `work` answers, beside the loop."""
        return await asyncio.to_thread(work, *args, **kwargs)


@pytest.fixture
async def person(world: Lab) -> AsyncIterator[Person]:
    """The member, who has an environment's token too."""
    one = Person(world)
    yield one
    for client in one.clients:
        await asyncio.to_thread(client.close)
