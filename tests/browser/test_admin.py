"""The operators' pages: alice operates the platform, bob works in it."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from platform_fixture import Platform, create_environment, sample, stop_environment, wait_environment, wait_task
from playwright.sync_api import expect

from .conftest import Visitor
from .pages import SLOW

pytestmark = pytest.mark.browser


@pytest.fixture
def bobs(platform: Platform) -> Iterator[dict[str, Any]]:
    """A running environment of bob's."""
    client = platform.client("bob")
    made = create_environment(client, "bobs lab", dataset=False)
    yield wait_environment(client, made, "running")
    stop_environment(client, made)
    client.environments.delete(made)


def test_it_is_for_operators_alone(visit: Visitor) -> None:
    """Bob is not led there, by us nor by the hub's pages, and who goes there is told plainly. Covers: ADM-1."""
    bob = visit("bob", "zh-CN")
    bob.go()
    expect(bob.page.get_by_role("navigation", name=bob.words("Main"), exact=True)).to_be_visible()
    expect(bob.operation.link).to_have_count(0)
    bob.go("admin/workspaces")
    expect(bob.page.get_by_text(bob.words("This page is for the operators of the platform."))).to_be_visible()
    expect(bob.page.get_by_role("table")).to_have_count(0)
    bob.page.goto(f"{bob.platform.address}/hub/token")
    expect(bob.page.get_by_role("link", name="训练", exact=True)).to_be_visible()
    expect(bob.page.get_by_role("link", name="运营", exact=True)).to_have_count(0)
    alice = visit("alice", "zh-CN")
    alice.page.goto(f"{alice.platform.address}/hub/token")
    alice.page.get_by_role("link", name="运营", exact=True).click()
    expect(alice.page).to_have_url(re.compile(r"/services/gemini/admin/environments$"))


def test_the_end_of_anothers_environment(visit: Visitor, platform: Platform, bobs: dict[str, Any]) -> None:
    """Found by its person, stopped after a question that names whose it is; the row follows. Covers: ADM-1, TEN-2b."""
    alice = visit("alice")
    alice.go()
    alice.operation.link.click()
    alice.operation.choose("Person", "bob")
    expect(alice.page).to_have_url(re.compile(r"/admin/environments\?owner=bob$"))
    row = alice.operation.row("bobs lab")
    expect(row.locator('[data-state="running"]')).to_be_visible()
    alice.page.reload()
    alice.operation.choose("State", "Running")
    row.get_by_role("button", name=alice.words("Stop %1", "bobs lab"), exact=True).click()
    expect(alice.operation.dialog).to_contain_text("It is the environment of bob, in project digits.")
    alice.operation.answer("Stop environment")
    # It belongs to the filtered list no more, and to the whole one in its new state.
    expect(row).to_have_count(0, timeout=SLOW)
    alice.operation.choose("State", "All states")
    expect(row.locator('[data-state="stopped"]')).to_be_visible(timeout=SLOW)
    assert platform.client("bob").environments.get(bobs["id"])["state"] == "stopped"


@pytest.fixture
def bobs_task(platform: Platform) -> Iterator[dict[str, Any]]:
    """A task of bob's that runs until it is stopped."""
    client = platform.client("bob")
    digits = sample(client)
    config = {"availabilityZone": "local", "gpuCount": 0, "cpuCores": 0.5, "memory": 0.5, "image": "local"}
    body = {
        "taskName": "bobs training",
        "datasetId": digits["dataset"]["id"],
        "projectId": digits["project"]["id"],
        "launchMode": "dynamic",
        "resourceConfig": config,
        "command": "sleep 600",
    }
    task = client.tasks.create(body)["taskId"]
    yield wait_task(client, task, "running")
    client.tasks.stop(task)


def test_the_end_of_anothers_task(visit: Visitor, platform: Platform, bobs_task: dict[str, Any]) -> None:
    """Narrowed to a person and a state; stopped after a question that names whose it is. Covers: ADM-1, TEN-2b."""
    alice = visit("alice")
    alice.go("admin/environments")
    alice.operation.section("Training tasks")
    alice.page.get_by_role("searchbox").fill("BOBS tr")
    alice.operation.choose("Person", "bob")
    alice.operation.choose("State", "Running")
    expect(alice.page).to_have_url(re.compile(r"/admin/tasks\?(?=.*owner=bob)(?=.*state=running)(?=.*q=BOBS)"))
    row = alice.page.locator(f'.gm-table-row:has(a[href$="{bobs_task["id"]}"])')
    expect(row).to_contain_text("bob")
    expect(row.locator('[data-state="running"]')).to_be_visible()
    alice.operation.choose("Person", "alice")
    expect(alice.page.get_by_text(alice.words("Nothing matches the filters."))).to_be_visible()
    alice.button("Clear the filters").click()
    row.get_by_role("button", name=alice.words("Stop %1", "bobs training"), exact=True).click()
    expect(alice.operation.dialog).to_contain_text("It is the task of bob, in project digits.")
    alice.operation.answer("Stop task")
    expect(row.locator('[data-state="stopped"]')).to_be_visible(timeout=SLOW)
    seen = platform.client("bob").tasks.get(bobs_task["id"])
    assert (seen["state"], seen["reason"]["code"]) == ("stopped", "user-stopped")


def test_a_top_up_seen_in_another_window(visit: Visitor, platform: Platform) -> None:
    """Amount and new balance before, the posting with both sides after; a second window follows. Covers: BILL-7."""
    alice, watching = visit("alice"), visit("alice", "zh-CN")
    watching.go("admin/workspaces")
    workspace = platform.client("alice").me()["workspaces"][0]
    name, before = workspace["name"], Decimal(workspace["balance"])
    cell = watching.operation.row(name).get_by_role("cell").filter(has_text="算力点")
    expect(cell).to_contain_text(f"{before:,.2f}")
    alice.go()
    alice.operation.link.click()
    alice.operation.section("Workspaces")
    alice.operation.row(name).get_by_role("button", name=alice.words("Top up")).click()
    amount = alice.operation.dialog.get_by_label(alice.words("Amount in points"))
    amount.fill("1,5")
    alice.operation.answer("Continue")
    expect(amount).to_have_attribute("aria-invalid", "true")
    amount.fill("250.5")
    alice.operation.dialog.get_by_label(alice.words("Note")).fill("transfer 42")
    amount.press("Enter")
    expect(alice.operation.dialog).to_contain_text(name)
    expect(alice.operation.dialog).to_contain_text(f"{before + Decimal('250.5'):,.2f}")
    alice.shot("admin-top-up-en-light")
    alice.operation.answer("Put in %1", alice.words("%1 points", "250.50"))
    opened = alice.page.locator("details[open]", has_text="transfer 42")
    expect(opened).to_contain_text("+250.50 points")
    expect(opened).to_contain_text(alice.words("Paid in from outside"))
    expect(opened).to_contain_text("−250.50 points")
    alice.shot("admin-account-en-light")
    after = Decimal(platform.client("alice").me()["workspaces"][0]["balance"])
    assert after == before + Decimal("250.5")
    expect(cell).to_contain_text(f"{after:,.2f}")


def test_who_there_is(visit: Visitor) -> None:
    """Roles and workspaces; a person leads to their environments. Covers: ADM-1."""
    alice = visit("alice")
    alice.go("admin/users")
    expect(alice.operation.row("alice")).to_contain_text(alice.words("Operator"))
    expect(alice.operation.row("bob")).to_contain_text("member")
    alice.page.get_by_role("searchbox").fill("bo")
    expect(alice.operation.row("alice")).to_have_count(0)
    expect(alice.page).to_have_url(re.compile(r"/admin/users\?q=bo$"))
    alice.page.get_by_role("link", name="bob", exact=True).click()
    expect(alice.page).to_have_url(re.compile(r"/admin/environments\?owner=bob$"))


def test_a_hub_that_hangs_and_a_proxy_that_ends(visit: Visitor, platform: Platform) -> None:
    """The page that is open says what is broken and what to do, and that it is well again. Covers: ADM-1."""
    alice = visit("alice")
    alice.go("admin/health")
    for part in ("proxy", "hub", "supervisor", "database", "prices"):
        expect(alice.operation.part(part)).to_have_attribute("data-state", "ok")
    hub = alice.operation.part("hub")
    os.kill(platform.pid("hub"), signal.SIGSTOP)
    try:
        expect(hub).to_have_attribute("data-state", "failed", timeout=SLOW)
        expect(hub).to_contain_text("nobody can sign in")
        expect(hub).to_contain_text("logs/hub.log")
        expect(alice.operation.part("proxy")).to_have_attribute("data-state", "ok")
        alice.shot("admin-health-hub-en-light")
    finally:
        os.kill(platform.pid("hub"), signal.SIGCONT)
    expect(hub).to_have_attribute("data-state", "ok", timeout=SLOW)
    platform.kill("proxy")
    expect(alice.page.get_by_role("alert")).to_contain_text(alice.words("The platform does not answer."))
    expect(alice.page.get_by_text("logs/proxy.log")).to_be_visible()
    platform.wait_ready()
    expect(alice.page.get_by_role("alert")).to_have_count(0, timeout=SLOW)
    expect(alice.operation.part("proxy")).to_have_attribute("data-state", "ok")
