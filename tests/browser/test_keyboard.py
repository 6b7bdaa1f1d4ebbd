"""The first steps of the main job by keyboard alone: nothing here clicks, fills in or focuses."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from platform_fixture import Platform
from playwright.sync_api import Locator, expect

from .conftest import Visitor
from .pages import SLOW, Visit

pytestmark = pytest.mark.browser

NAME = "by keyboard"
STEPS = 80
"""No way on a page is longer."""
RING = """one => {
  const drawn = part => part && getComputedStyle(part).outlineStyle !== 'none';
  return one.matches(':focus-visible') && (drawn(one) || drawn(one.closest('label')) || drawn(one.closest('tr')));
}"""


@pytest.fixture
def stopped(platform: Platform) -> Iterator[None]:
    """Nothing that was submitted runs on."""
    yield
    client = platform.client("bob")
    for task in client.tasks.list().items:
        if task["taskName"] == NAME and task["state"] not in ("succeeded", "failed", "stopped"):
            client.tasks.stop(task["id"])


def step(person: Visit, to: Locator) -> None:
    """Presses Tab until it has the focus, which can be seen there."""
    expect(to).to_be_visible()
    for _ in range(STEPS):
        person.page.keyboard.press("Tab")
        if to.evaluate("one => one === document.activeElement"):
            assert to.evaluate(RING), "the focus is not seen"
            return
    raise AssertionError(f"Tab leads nowhere near {to}")


def press(person: Visit, to: Locator) -> None:
    """Goes there and presses Enter."""
    step(person, to)
    person.page.keyboard.press("Enter")


def sign_in(person: Visit, name: str) -> None:
    """The form waits for the name at once."""
    page = person.page
    page.goto(person.platform.address)
    expect(page.locator("#username_input")).to_be_focused()
    page.keyboard.type(name)
    step(person, page.locator("#password_input"))
    page.keyboard.type(person.platform.password(name))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{person.platform.address}/services/gemini/")


def fill_in(person: Visit) -> None:
    """Name, command, dataset and zone; what is left is chosen already."""
    form, page, words = person.form, person.page, person.words
    expect(form.root).to_be_visible(timeout=SLOW)
    step(person, form.name)
    page.keyboard.type(NAME)
    step(person, form.root.get_by_role("combobox", name=re.compile(rf"^{re.escape(words('Dataset'))}")).first)
    page.keyboard.type("digits")
    step(person, form.root.get_by_label(words("Start command")))
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("sleep 600")
    step(person, form.root.get_by_role("group", name=words("Zone")).get_by_role("radio").first)
    page.keyboard.press("Space")


def test_from_the_sign_in_to_a_task_and_its_end(visit: Visitor, stopped: None) -> None:
    """Covers: TRAIN-1, TRAIN-3, TRAIN-8. A dialog takes the focus, Escape gives it back to what opened it."""
    person = visit("bob", signed_in=False)
    page, words = person.page, person.words
    sign_in(person, "bob")
    press(person, page.get_by_role("navigation", name=words("Main")).get_by_role("link", name=words("Training")))
    press(person, page.get_by_role("link", name=words("Submit training"), exact=True).first)
    fill_in(person)
    press(person, person.form.root.get_by_role("button", name=words("Create and start training"), exact=True))
    expect(page).to_have_url(re.compile(r"/training-jobs$"))
    press(person, person.list.row(NAME).first.get_by_role("link", name=NAME, exact=True))
    person.task.wait("running")
    stop = page.locator(".gm-task-title").get_by_role("button", name=words("Stop"), exact=True)
    press(person, stop)
    dialog = page.get_by_role("dialog", name=words("Stop %1?", NAME))
    expect(dialog.locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(stop).to_be_focused()
    page.keyboard.press("Enter")
    press(person, dialog.get_by_role("button", name=words("Stop task"), exact=True))
    person.task.wait("stopped")
