"""Changing an environment: name and tags at any time, the rest while it is stopped."""

from __future__ import annotations

from typing import Any

import pytest
from platform_fixture import Platform, create_environment, stop_environment
from playwright.sync_api import expect

from .conftest import Visitor

pytestmark = pytest.mark.browser


def test_a_stopped_environment_is_changed(visit: Visitor, platform: Platform) -> None:
    """Covers: ENV-3. By the card's menu; only what was changed is sent, and the card shows it."""
    client = platform.client("bob")
    made = create_environment(client, "before")
    stop_environment(client, made)
    person = visit("bob")
    page, words = person.page, person.words
    person.go()
    person.home.choose("before", "Change")
    form = page.get_by_role("form", name=words("Change environment"))
    form.get_by_label(words("Name"), exact=True).fill("after")
    form.get_by_role("radio").nth(1).check()
    form.get_by_role("combobox", name="Dataset", exact=False).first.select_option(label=words("No dataset"))
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request.post_data_json) if request.method == "PATCH" else None)
    form.get_by_role("button", name=words("Save"), exact=True).click()
    expect(person.home.card("after")).to_be_visible()
    assert [sorted(one) for one in sent] == [["datasets", "name", "specificationId"]]
    now = client.environments.get(made)
    assert (now["name"], now["mounts"], now["specificationId"]) == ("after", [], sent[0]["specificationId"])
    client.environments.delete(made)


def test_a_running_environment_says_what_must_wait(visit: Visitor, running_environment: dict[str, Any]) -> None:
    """Covers: ENV-3. Resources are closed with a reason and a way; name and tags are open."""
    person = visit("alice", "zh-CN")
    page, words = person.page, person.words
    person.go(f"environments/{running_environment['id']}/edit")
    form = page.get_by_role("form", name=words("Change environment"))
    expect(form.get_by_role("radio").first).to_be_disabled()
    expect(form.get_by_label(words("Name"), exact=True)).to_be_enabled()
    form.get_by_role("button", name=words("Stop and change")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("会丢失")).to_be_visible()
    dialog.get_by_role("button", name=words("Cancel"), exact=True).click()
    expect(form.get_by_role("radio").first).to_be_disabled()
