"""Our front end in a real JupyterLab: what it adds to the start, and that it speaks the person's language."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from .conftest import Lab

pytestmark = pytest.mark.browser

FILES = 3
BYTES = 60_000


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """An empty tab with cookies of its own."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def open_lab(page: Page, lab: Lab, workspace: str) -> None:
    """Opens Lab with a fresh layout, and waits until it is whole and at rest."""
    page.goto(f"{lab.url}/lab/workspaces/{workspace}?reset")
    expect(page.locator(".jp-Launcher-body")).to_be_visible(timeout=60_000)
    page.wait_for_load_state("networkidle")


def test_it_adds_little_to_the_start(page: Page, lab: Lab) -> None:
    """Before first use ours is at most 3 files and 60 kB compressed, and opens nothing by itself."""
    lab.speak("en")
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if "/extensions/@gemini/" in answer.url else None)
    open_lab(page, lab, "start")
    weight = sum(len(gzip.compress(answer.body())) for answer in answers)
    assert 0 < len(answers) <= FILES, [answer.url for answer in answers]
    assert weight <= BYTES
    expect(page.locator(".gm-panel")).to_be_hidden()
    expect(page.locator(".gm-tab")).to_have_count(0)


@pytest.mark.parametrize(
    ("locale", "panel", "retry", "menu"),
    [
        ("en", "Gemini: environment and training", "Try again", "Submit training with this file"),
        ("zh_CN", "Gemini：环境与训练", "重试", "用此文件发起训练任务"),
    ],
)
def test_it_speaks_labs_language(page: Page, lab: Lab, locale: str, panel: str, retry: str, menu: str) -> None:
    """Covers: TRAIN-3a. Without a platform the panel says so and offers a retry; the menu of a file is there."""
    lab.speak(locale)
    open_lab(page, lab, f"speak-{locale.lower().replace('_', '-')}")
    page.locator(".jp-DirListing-item", has_text="train.py").click(button="right")
    expect(page.get_by_role("menuitem", name=menu)).to_be_visible()
    page.keyboard.press("Escape")
    page.locator('[data-id="gemini-panel"]').click()
    region = page.get_by_role("region", name=panel)
    expect(region.get_by_role("alert").first).to_be_visible()
    expect(region.get_by_role("button", name=retry).first).to_be_visible()


def test_the_menu_is_for_python_files_alone(page: Page, lab: Lab) -> None:
    """A folder, or a file of another kind, offers no training."""
    lab.speak("en")
    open_lab(page, lab, "menu")
    page.locator(".jp-DirListing-content").click(button="right", position={"x": 40, "y": 300})
    expect(page.get_by_role("menuitem", name="New Folder")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Submit training with this file")).to_have_count(0)


def test_a_form_that_is_open_keeps_what_was_entered(page: Page, lab: Lab) -> None:
    """Covers: TRAIN-1. Asked for again it comes to the front; for a file it begins anew where one agrees."""
    lab.speak("en")
    open_lab(page, lab, "form")
    page.locator('[data-id="gemini-panel"]').click()
    submit = page.locator(".gm-panel").get_by_role("button", name="Submit training", exact=True)
    submit.click()
    form = page.locator("#gemini-training-form")
    expect(form).to_be_visible()
    form.evaluate("one => { one.dataset.kept = 'yes'; }")
    submit.click()
    # Without a platform there is no field to fill in.
    form.dispatch_event("input")
    page.locator('[data-id="filebrowser"]').click()
    begin_anew(page, "Cancel")
    expect(form).to_have_attribute("data-kept", "yes")
    begin_anew(page, "Begin anew")
    expect(form).not_to_have_attribute("data-kept", "yes")
    expect(form).to_be_visible()


def begin_anew(page: Page, answer: str) -> None:
    """Asks for the form with a file, and answers the question."""
    page.locator(".jp-DirListing-item", has_text="train.py").click(button="right")
    page.get_by_role("menuitem", name="Submit training with this file").click()
    question = page.locator(".jp-Dialog")
    expect(question).to_contain_text("Begin the training form anew?")
    question.get_by_role("button", name=answer, exact=True).click()
    expect(question).to_have_count(0)
