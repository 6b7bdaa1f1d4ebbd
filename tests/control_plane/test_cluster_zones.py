"""The zones of a cluster, kept by whoever leads."""

from __future__ import annotations

from gemini_control.managers.cluster_zones import ClusterZones
from gemini_core.cluster_plan import ClusterPlan, ClusterZone, Image

from control_plane.fake_line import FakeLine
from control_plane.platform import Platform


async def test_they_can_be_ended_twice_and_begun_again(platform: Platform) -> None:
    """Who led once ends all works when a later term cannot begin: then this one was not begun. Covers: TRAIN-10."""
    plan = ClusterPlan("here", "gemini-store", "here", (Image("lab", "Lab", "", "none"),), (ClusterZone("z", "Z", ""),))
    zones = ClusterZones(platform.store, plan, FakeLine())
    await zones.stop()
    for _ in range(2):
        await zones.start()
        await zones.stop()
        await zones.stop()
