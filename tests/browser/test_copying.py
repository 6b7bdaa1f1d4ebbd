"""Copying by a button where browsers give a page no clipboard, as over plain HTTP from another machine."""

from __future__ import annotations

import re

import pytest
from gemini_hub import words as hub_words
from platform_fixture import Platform, sample
from playwright.sync_api import Locator, expect

from .conftest import Visitor

pytestmark = pytest.mark.browser

NO_CLIPBOARD = "Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined })"


def paste(field: Locator) -> None:
    """Puts what was copied in the place of what stands there."""
    field.fill("")
    field.press("ControlOrMeta+V")


def test_a_token(visit: Visitor, platform: Platform) -> None:
    """On the hub's page; the button says that it did. Covers: NB-2."""
    page, words = visit("bob").page, hub_words.of("en")
    page.add_init_script(NO_CLIPBOARD)
    page.goto(f"{platform.url}/hub/token")
    page.get_by_role("button", name=words["make_token"]).click()
    token = page.locator("#token-result")
    expect(token).to_have_text(re.compile("^[0-9a-f]{20,}$"))
    page.get_by_role("button", name=words["copy_it"], exact=True).click()
    expect(page.get_by_role("button", name=words["copied"], exact=True)).to_be_visible()
    note = page.get_by_label(words["token_note"])
    paste(note)
    expect(note).to_have_value(token.inner_text())


def test_the_id_of_a_task(visit: Visitor, platform: Platform) -> None:
    """On a page of ours. Covers: TRAIN-8."""
    client = platform.client("bob")
    made = sample(client)
    config = {"availabilityZone": "local", "gpuCount": 0, "cpuCores": 0.5, "memory": 0.5, "image": "local"}
    body = {"taskName": "to copy", "launchMode": "dynamic", "resourceConfig": config, "command": "true"}
    about = {"datasetId": made["dataset"]["id"], "projectId": made["project"]["id"]}
    task = client.tasks.create({**body, **about})["taskId"]
    person = visit("bob")
    person.page.add_init_script(NO_CLIPBOARD)
    person.go(f"training-jobs/{task}?tab=configuration")
    person.button("Copy the id").click()
    expect(person.button("Copied")).to_be_focused()
    person.go("training-jobs")
    field = person.page.get_by_role("searchbox", name=person.words("Search by name"))
    paste(field)
    expect(field).to_have_value(task)
