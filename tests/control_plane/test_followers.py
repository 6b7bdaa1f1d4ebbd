"""Who follows the hub's word on a start, from one term of a leader to the next."""

from __future__ import annotations

from gemini_control.reconcilers.followers import Followers

from control_plane.platform import Platform


async def test_a_start_that_was_followed_when_the_leader_ended_is_followed_in_its_next_life(platform: Platform) -> None:
    """Its stream had not begun when it was cancelled; taken for followed, it would be waited for for ever.

    Covers: ENV-3, TRAIN-10.
    """
    followers = Followers(platform.parts.hub, lambda key, seconds: None)
    followers.follow("member", "env-aaaaaaaaaa")
    assert followers.following("env-aaaaaaaaaa")
    await followers.close()
    assert not followers.following("env-aaaaaaaaaa")
