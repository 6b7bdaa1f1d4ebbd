"""Two control planes as processes of their own over one PostgreSQL: whatever happens to the leader, one leads."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import AsyncExitStack
from pathlib import Path

from control_plane.fake_hub import FakeHub
from control_plane.service import Service, serving
from gemini_control.store import tables as t
from gemini_control.store.database import Store
from gemini_control.store.lease import IDLE_SECONDS
from platform_fixture import free_ports
from postgresql_fixture import PostgreSQL
from sqlalchemy import select


class Terms:
    """What the database says of who leads."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def now(self) -> int:
        """How many terms there were."""
        return int(await self.store.read(lambda tx: tx.scalar(select(t.leases.c.term))) or 0)

    async def reach(self, term: int, seconds: float) -> float:
        """Wait for a term; the seconds that it took."""
        began = time.monotonic()
        while await self.now() < term:
            assert time.monotonic() - began < seconds, (await self.now(), term)
            await asyncio.sleep(0.05)
        return time.monotonic() - began


async def heard(service: Service, words: bytes, seconds: float = 20.0) -> None:
    """Read what a process says until it says these words."""
    assert service.child.stderr is not None
    async with asyncio.timeout(seconds):
        while words not in service.said:
            line = await service.child.stderr.readline()
            assert line, service.said
            service.said += line


async def test_whatever_happens_to_the_leader_one_leads(home: Path, hub: FakeHub, postgresql: PostgreSQL) -> None:
    """Frozen, it loses the lease while it sleeps and knows when it wakes; killed, the other leads at once. Both serve
    whenever they run. Covers: TRAIN-10."""
    url = postgresql.make()
    store = Store(url)
    terms = Terms(store)
    variables = {"GEMINI_DATABASE_URL": url}
    try:
        async with AsyncExitStack() as stack:
            one = await stack.enter_async_context(serving(home, hub, free_ports(1), variables))
            await terms.reach(1, 20)
            two = await stack.enter_async_context(serving(home, hub, free_ports(1), variables))
            for service in (one, two):
                assert (await service.ask("GET", "/health/ready", person=None))["status"] == "ok"
            one.child.send_signal(signal.SIGSTOP)
            await terms.reach(2, IDLE_SECONDS + 10)
            one.child.send_signal(signal.SIGCONT)
            await heard(one, b"The lease is lost")
            assert (await one.ask("GET", "/health/ready", person=None))["status"] == "ok"
            two.child.kill()
            assert await terms.reach(3, 10) < 5
            assert (await one.ask("GET", "/me"))["name"] == "member"
    finally:
        store.close()
        postgresql.drop(url)
