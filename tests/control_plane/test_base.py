"""The base of the API: who is let in, how errors look, what is repeated."""

from __future__ import annotations

from control_plane.platform import Platform


async def test_health_needs_no_token(platform: Platform) -> None:
    """Covers: API-1. A supervisor asks without a token."""
    answer = await platform.ask("GET", "/health", None)
    assert answer.json == {"code": 200, "message": "OK", "data": {"status": "ok"}}


async def test_unknown_route_is_a_404_in_the_envelope(platform: Platform) -> None:
    """Covers: API-1. Text in the caller's language; nothing of ours but a request id."""
    answer = await platform.ask("GET", "/no/such", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert answer.status == 404
    assert answer.json["message"] == "不存在，或不属于您。"
    assert answer.error["name"] == "not-found"
