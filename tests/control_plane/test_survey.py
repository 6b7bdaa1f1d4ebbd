"""What runs costs the hub one question for all, however many there are."""

from __future__ import annotations

import functools

import pytest
from gemini_control.reconcilers import environments
from gemini_control.reconcilers.environments import EnvironmentReconciler

from control_plane.world import Lab, reach


async def looked_at(world: Lab) -> int:
    """Looks at everything alive as the platform does every half minute; how often the hub was asked for that."""
    reconciler = next(one for one in world.platform.parts.leading.works if isinstance(one, EnvironmentReconciler))
    await reconciler.queue.settle()
    before = world.platform.hub.asked
    await reconciler.survey()
    await reconciler.queue.settle()
    return world.platform.hub.asked - before


@pytest.fixture(autouse=True)
def seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked at by itself meanwhile."""
    monkeypatch.setattr(environments, "RESYNC", 3600.0)


async def test_all_that_run_are_one_question(world: Lab) -> None:
    """Covers: ENV-3. Three at rest are one question, and all are seen alive by it."""
    for person in ("member", "colleague", "member"):
        made = await world.create(person)
        await reach(functools.partial(world.environment, made["id"], person), "running")
    assert await looked_at(world) == 1


async def test_one_that_the_hub_lost_is_still_found(world: Lab) -> None:
    """Covers: ENV-3. What the one answer does not call ready is asked for by itself, and started again."""
    lost, kept = (await world.running())["id"], (await world.running())["id"]
    del world.platform.hub.servers["member", lost]
    assert await looked_at(world) > 1
    await world.until(lost, "running")
    assert ("member", lost) in world.platform.hub.servers
    assert [call[2] for call in world.platform.hub.calls if call[0] == "start"].count(kept) == 1


async def test_a_hub_that_is_away_changes_nothing(world: Lab) -> None:
    """Covers: ENV-3. Without an answer all stay as they are; their health is unknown."""
    made = (await world.running())["id"]
    world.platform.hub.down = True
    await looked_at(world)
    world.platform.hub.down = False
    seen = await world.environment(made)
    assert (seen["state"], seen["health"]) == ("running", "unknown")
