"""What is read again changes nothing under a person's hands: neither when it fails nor in another language."""

from __future__ import annotations

import pytest
from platform_fixture import Platform, sample
from playwright.sync_api import Route, expect

from .conftest import Visitor
from .pages import SLOW
from .words import Words

pytestmark = pytest.mark.browser


def test_a_dialog_outlives_a_reading_that_fails(visit: Visitor, platform: Platform) -> None:
    """A balance that changes has the page read again; while that fails the dialog stays. Covers: RES-5, BILL-7."""
    workspace = sample(platform.client("alice"))["workspace"]
    person = visit("alice")
    person.go(f"workspaces/{workspace}")
    person.button("Set limits").first.click()
    field = person.page.get_by_role("dialog").get_by_label(person.words("CPU cores"))
    field.fill("12.5")
    refused: list[Route] = []

    def refuse(route: Route) -> None:
        refused.append(route)
        route.abort()

    person.page.route(f"**/api/v1/workspaces/{workspace}", refuse)
    with platform.http("alice") as http, person.page.expect_event("requestfailed"):
        address = f"/services/gemini/api/v1/workspaces/{workspace}/postings"
        http.post(address, json={"amount": "1", "kind": "credit", "note": "read again"}).raise_for_status()
    expect(person.page.get_by_role("heading", level=1)).to_be_visible()
    expect(field).to_have_value("12.5")
    assert refused


def test_the_summary_of_a_form_follows_the_language(visit: Visitor) -> None:
    """What the server said is asked again, and what was entered stays. Covers: TRAIN-3."""
    person, chinese = visit("alice"), Words("zh-CN")
    person.form.open()
    person.form.mode("dynamic").check(force=True)
    start = person.form.summary.locator(".gm-summary-start").first
    expect(start).to_contain_text("expected", timeout=SLOW)
    with person.page.expect_response(lambda answer: "in two languages" in (answer.request.post_data or "")):
        person.form.name.fill("in two languages")
    person.page.get_by_role("button", name="中文").click()
    form = person.page.get_by_role("form", name=chinese("Submit training"))
    expect(form.locator(".gm-summary-start").first).to_contain_text("预计", timeout=SLOW)
    expect(form.get_by_label(chinese("Task name"))).to_have_value("in two languages")
