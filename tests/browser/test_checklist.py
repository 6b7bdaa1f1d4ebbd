"""The first steps on home: ticked by what there is, hidden and brought back."""

from __future__ import annotations

import pytest
from platform_fixture import Platform, create_environment, stop_environment, wait_environment
from playwright.sync_api import Locator, expect

from .conftest import Visitor
from .pages import SLOW, Visit

pytestmark = pytest.mark.browser


def step(person: Visit, title: str, *, done: bool) -> Locator:
    """A line of the checklist, done or not."""
    region = person.page.get_by_role("region", name=person.words("First steps"))
    mark = "[data-done]" if done else ":not([data-done])"
    return region.locator(f"li{mark}").filter(has_text=person.words(title))


def test_first_steps_tick_themselves_off(visit: Visitor, platform: Platform) -> None:
    """Covers: ENV-5. What exists is done; what comes to be is ticked by itself, on a page that stands open."""
    client = platform.client("bob")
    person = visit("bob", "zh-CN")
    person.go()
    for title in ("Have a project", "Have data", "Have an image"):
        expect(step(person, title, done=True)).to_be_visible()
    known = client.environments.list().total > 0
    expect(step(person, "Start an environment", done=known)).to_be_visible()
    made = create_environment(client, "first", dataset=False)
    expect(step(person, "Start an environment", done=True)).to_be_visible()
    wait_environment(client, made, "running")
    expect(step(person, "Try your code", done=True)).to_be_visible(timeout=SLOW)
    person.shot("checklist-zh-light")
    stop_environment(client, made)
    client.environments.delete(made)


def test_first_steps_are_hidden_and_brought_back(visit: Visitor) -> None:
    """Hidden they stay hidden; each line leads to where it is done."""
    person = visit("bob")
    person.go()
    region = person.page.get_by_role("region", name=person.words("First steps"))
    person.button("Hide").click()
    expect(region).to_have_count(0)
    person.page.reload()
    person.button("First steps").click()
    region.get_by_role("link", name=person.words("Datasets")).click()
    expect(person.page).to_have_url(f"{person.platform.url}/services/gemini/datasets")
