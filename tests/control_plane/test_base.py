"""The base of the API: how bodies are read, how errors look, what is repeated."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from gemini_control.store import tables as t
from gemini_control.version import VERSION
from sqlalchemy import func, select

from control_plane.platform import Platform


async def test_health_needs_no_token(platform: Platform) -> None:
    """Covers: API-1. A supervisor asks without a token."""
    answer = await platform.ask("GET", "/health", None)
    assert answer.json == {"code": 200, "message": "OK", "data": {"status": "ok", "version": VERSION}}


async def test_metrics_are_prometheus(platform: Platform) -> None:
    """Covers: API-5. Requests are counted by handler and status."""
    await platform.ask("GET", "/health", None)
    answer = await platform.ask("GET", "/metrics", None)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert (
        b'gemini_request_duration_seconds_count{handler="HealthHandler",method="GET",status="200"} 1.0' in answer.body
    )


async def test_unknown_route_is_a_404_in_the_envelope(platform: Platform) -> None:
    """Covers: API-1. Text in the caller's language; nothing of ours but a request id."""
    answer = await platform.ask("GET", "/no/such", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert answer.status == 404
    assert answer.json["message"] == "不存在，或不属于您。"
    assert answer.error["name"] == "not-found"
    assert len(answer.error["requestId"]) == 16


LONG = "数" * 65


BAD_BODIES: list[tuple[Any, int, str, str | None, str]] = [
    (b"{", 400, "bad-json", None, "not valid JSON"),
    (b'{"name": NaN}', 400, "bad-json", None, "not valid JSON"),
    (b"\xff\xfe{}", 400, "bad-json", None, "not valid JSON"),
    (b"[" * 100_000, 400, "bad-json", None, "not valid JSON"),
    (b"[]", 422, "field-type", None, "object"),
    (b"", 422, "field-required", "name", "Fill this in"),
    ({"name": "x", "nmae": 1}, 422, "field-unknown", "nmae", "no field nmae"),
    ({"name": 7}, 422, "field-type", "name", "string"),
    ({"name": ""}, 422, "field-required", "name", "Fill this in"),
    ({"name": "   "}, 422, "field-required", "name", "Fill this in"),
    ({"name": LONG}, 422, "too-long", "name", "64"),
    ({"name": "a\0b"}, 422, "control-characters", "name", "control character"),
    ({"name": "a\ud800"}, 422, "control-characters", "name", "control character"),
    ({"name": "../../etc"}, 422, "path-as-name", "name", "slash"),
    ({"name": ".."}, 422, "path-as-name", "name", "slash"),
    ({"name": "a\nb"}, 422, "control-characters", "name", "control character"),
    ({"name": "x", "tags": [f"t{number}" for number in range(21)]}, 422, "too-many-items", "tags", "20"),
    ({"name": "x", "tags": ["a" * 33]}, 422, "too-long", "tags.0", "32"),
    ({"name": "x", "visibility": "secret"}, 422, "field-choice", "visibility", "private"),
    ({"name": "x", "default_command": "y"}, 422, "field-unknown", "default_command", "no field"),
    ({"name": "x", "workspaceId": "ws-zzzzzzzzzz"}, 404, "not-found", None, "not yours"),
    ({"name": "x", "workspaceId": "ws-bbbbbbbbbb"}, 404, "not-found", None, "not yours"),
]


async def test_bad_input_names_field_and_way_out(platform: Platform, lab: str) -> None:
    """Covers: API-1, PROJ-1, TEN-3. 400 for what cannot be read, 422 for a field, in both languages."""
    for body, status, name, field, said in BAD_BODIES:
        for language in ("en", "zh-CN"):
            answer = await platform.ask("POST", "/projects", body=body, headers={"Accept-Language": language})
            case = (str(body)[:80], answer.body)
            assert (answer.status, answer.error["name"], answer.error["field"]) == (status, name, field), case
            if language == "en":
                assert said in answer.json["message"], case
            else:
                assert any("\u4e00" <= character <= "\u9fff" for character in answer.json["message"]), case
    count = select(func.count()).select_from(t.projects)
    assert await platform.store.read(lambda tx: tx.scalar(count)) == 0


async def test_a_body_that_is_too_large(platform: Platform, lab: str) -> None:
    """Covers: API-1. 413 in the envelope, said by its length or found while it comes."""
    answer = await platform.ask("POST", "/projects", body=b'{"name": "' + b"x" * 2_000_000 + b'"}')
    assert (answer.status, answer.error["name"]) == (413, "body-too-large")


BAD_PAGES = {
    "limit": ("0", "201", "x", "-1", "%F0%9D%9F%99"),
    "cursor": ("x", "W10", "WzFd", "WzFlOTksIDFd", "WyJ4IiwgMV0", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5LCAieCJd"),
}


async def test_bad_pages(platform: Platform, lab: str) -> None:
    """Covers: API-5. A limit or a cursor that is none is the caller's mistake, never ours."""
    for field, values in BAD_PAGES.items():
        for value in values:
            answer = await platform.ask("GET", f"/projects?{field}={value}")
            assert (answer.status, answer.error["field"]) == (422, field), value


async def test_pages_hold_all_once(platform: Platform, lab: str) -> None:
    """Covers: API-5. Newest first, `total` beside it, and what comes in meanwhile shifts nothing."""
    for number in range(5):
        assert (await platform.ask("POST", "/projects", body={"name": f"p{number}"})).data
    first = await platform.ask("GET", "/projects?limit=2")
    assert [one["name"] for one in first.data] == ["p4", "p3"]
    assert first.json["page"]["total"] == 5
    await platform.ask("POST", "/projects", body={"name": "late"})
    names, cursor = [], first.json["page"]["next"]
    while cursor:
        page = await platform.ask("GET", f"/projects?limit=2&cursor={cursor}")
        names += [one["name"] for one in page.data]
        cursor = page.json["page"]["next"]
    assert names == ["p2", "p1", "p0"]


async def test_the_same_key_is_done_once(platform: Platform, lab: str) -> None:
    """Covers: API-5. Many at once with one key: one project, one answer to the letter; another body is refused."""
    key = {"Idempotency-Key": "k1"}
    body = {"name": "once"}
    answers = await asyncio.gather(*(platform.ask("POST", "/projects", body=body, headers=key) for _ in range(12)))
    assert {answer.body for answer in answers} == {answers[0].body}
    assert answers[0].data["name"] == "once"
    assert (await platform.ask("GET", "/projects")).json["page"]["total"] == 1
    # The answer is the one of then, whatever has changed since.
    await platform.ask("PATCH", f"/projects/{answers[0].data['id']}", body={"name": "renamed"})
    again = await platform.ask("POST", "/projects", body=body, headers=key)
    assert again.body == answers[0].body
    other = await platform.ask("POST", "/projects", body={"name": "other"}, headers=key)
    assert (other.status, other.error["name"]) == (409, "idempotency-mismatch")
    # A key is its person's: a colleague's is another.
    theirs = await platform.ask("POST", "/projects", "colleague", {"name": "theirs"}, headers=key)
    assert theirs.data["name"] == "theirs"


async def test_a_crash_between_change_and_answer(platform: Platform, lab: str) -> None:
    """Covers: API-5. The change is there and the answer was never kept: the repetition makes no second."""
    key = {"Idempotency-Key": "k2"}
    first = await platform.ask("POST", "/projects", body={"name": "once"}, headers=key)
    await platform.store.write(lambda tx: tx.execute(t.idempotency.delete().where(t.idempotency.c.part == -1)))
    again = await platform.ask("POST", "/projects", body={"name": "once"}, headers=key)
    assert again.data["id"] == first.data["id"]


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_keys_have_a_form(platform: Platform, lab: str, key: str) -> None:
    """Covers: API-5."""
    answer = await platform.ask("POST", "/projects", body={"name": "x"}, headers={"Idempotency-Key": key})
    assert (answer.status, answer.error["name"]) == (422, "idempotency-key-unfit")


async def test_a_refusal_is_not_kept(platform: Platform, lab: str) -> None:
    """Covers: API-5. What was refused under a key may be sent again under it once nothing stands in its way."""
    key = {"Idempotency-Key": "k3"}
    body = {"name": "again"}
    taken = await platform.ask("POST", "/projects", body=body)
    refused = await platform.ask("POST", "/projects", body=body, headers=key)
    assert (refused.status, refused.error["name"]) == (409, "name-taken")
    await platform.ask("DELETE", f"/projects/{taken.data['id']}")
    assert (await platform.ask("POST", "/projects", body=body, headers=key)).data["name"] == "again"


async def test_a_bug_answers_500_and_tells_nothing(
    platform: Platform, lab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Covers: API-1. No traceback and no text of an exception reaches a browser."""

    async def broken(*args: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(platform.parts.workspaces, "me", broken)
    answer = await platform.ask("GET", "/me")
    assert (answer.status, answer.error["name"]) == (500, "internal-error")
    assert b"secret" not in answer.body and b"Traceback" not in answer.body
