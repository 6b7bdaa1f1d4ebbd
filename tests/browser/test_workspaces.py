"""Who is in several workspaces chooses the one to see; lists and new things follow."""

from __future__ import annotations

import secrets

import pytest
from platform_fixture import Platform, sample
from playwright.sync_api import expect

from .conftest import Visitor

pytestmark = pytest.mark.browser


def test_lists_follow_the_workspace(visit: Visitor, platform: Platform) -> None:
    """Covers: TEN-1. The choice holds for lists, balance and what is made, and is kept."""
    second = f"second {secrets.token_hex(2)}"
    with platform.http("alice") as operator:
        made = operator.post("/services/gemini/api/v1/workspaces", json={"name": second, "owner": "bob"})
        assert made.status_code == 200, made.text
    client = platform.client("bob")
    person = visit("bob")
    page, words = person.page, person.words
    person.go("datasets")
    expect(page.get_by_role("link", name="digits", exact=True)).to_be_visible()
    page.get_by_role("button", name=words("Workspace: %1", words("All workspaces"))).click()
    page.get_by_role("menuitem", name=second, exact=True).click()
    expect(page.get_by_text(words("No dataset yet."))).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name=words("Workspace: %1", second))).to_be_visible()
    person.button("New dataset").click()
    page.get_by_role("dialog").get_by_label(words("Name")).fill(f"of {second}")
    page.get_by_role("dialog").get_by_role("button", name=words("Create"), exact=True).click()
    expect(page.get_by_role("heading", name=f"of {second}")).to_be_visible()
    found = next(one for one in client.datasets.list().items if one["name"] == f"of {second}")
    assert found["workspaceId"] == made.json()["data"]["id"] != sample(client)["workspace"]
    client.datasets.delete(found["id"])
