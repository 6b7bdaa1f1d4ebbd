"""Who signs in by the file of people."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gemini_hub.__main__ import add_user
from gemini_hub.authenticator import UsersFileAuthenticator
from gemini_hub.passwords import hash_password
from tornado.web import HTTPError


async def signed_in(authenticator: UsersFileAuthenticator, name: str, password: str) -> str | None:
    """Whom the hub takes who signs in as `name` for."""
    handler = SimpleNamespace(get_cookie=lambda cookie: None, request=SimpleNamespace(headers={}))
    form = {"username": name, "password": password}
    found: dict[str, Any] | None = await authenticator.get_authenticated_user(handler, form)
    return None if found is None else found["name"]


async def test_a_name_is_the_same_in_any_letters(tmp_path: Path) -> None:
    """The hub knows people in small letters, whatever an operator or they themselves typed. Covers: TEN-1."""
    people = tmp_path / "users.json"
    add_user(people, "Carol", "good")
    authenticator = UsersFileAuthenticator(users_file=str(people))
    assert await signed_in(authenticator, "carol", "good") == "carol"
    assert await signed_in(authenticator, "CAROL", "good") == "carol"
    assert await signed_in(authenticator, "carol", "bad") is None
    add_user(people, "carol", "better")
    assert await signed_in(authenticator, "Carol", "better") == "carol"
    assert await signed_in(authenticator, "Carol", "good") is None
    people.write_text(json.dumps({"Dave": hash_password("good")}))
    assert await signed_in(authenticator, "dave", "good") == "dave"


async def test_the_one_person_is_known_in_any_letters_too(tmp_path: Path) -> None:
    """Where environments have no walls between them. Covers: TEN-3."""
    people = tmp_path / "users.json"
    for name in ("alice", "bob"):
        add_user(people, name, "good")
    authenticator = UsersFileAuthenticator(users_file=str(people), only="alice")
    assert await signed_in(authenticator, "Alice", "good") == "alice"
    with pytest.raises(HTTPError) as refused:
        await signed_in(authenticator, "bob", "good")
    assert refused.value.status_code == 403
