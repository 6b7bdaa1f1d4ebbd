"""Limits of a member: set by the owner, met by the member, who waits in the quota queue and starts by himself."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from platform_fixture import Platform, sample
from playwright.sync_api import Locator, expect

from .conftest import Visitor
from .pages import SLOW, Visit
from .test_views import AXE, look

pytestmark = pytest.mark.browser


@pytest.fixture
def bobs_tasks(platform: Platform) -> Iterator[list[str]]:
    """Ids of tasks to be stopped; afterwards nothing limits bob or the workspace."""
    made: list[str] = []
    yield made
    workspace = sample(platform.client("alice"))["workspace"]
    with platform.http("alice") as alice:
        for below in ("limits", "members/bob/limits"):
            alice.put(f"/services/gemini/api/v1/workspaces/{workspace}/{below}", json={}).raise_for_status()
    for task in made:
        platform.client("bob").tasks.stop(task)


def submit(platform: Platform, made: list[str], name: str) -> dict[str, Any]:
    """A task of bob's with half a core of its own that runs until it is stopped."""
    bob = platform.client("bob")
    digits = sample(bob)
    config = {"availabilityZone": "local", "gpuCount": 0, "cpuCores": 0.5, "memory": 0.5, "image": "local"}
    body = {
        "taskName": name,
        "datasetId": digits["dataset"]["id"],
        "projectId": digits["project"]["id"],
        "launchMode": "dynamic",
        "resourceConfig": config,
        "command": "sleep 600",
    }
    task: dict[str, Any] = bob.tasks.create(body)
    made.append(task["taskId"])
    return task


def member(person: Visit, name: str) -> Locator:
    """A member's line on the workspace's page."""
    return person.page.locator(f'[data-person="{name}"]')


def set_cores(person: Visit, name: str, cores: str) -> None:
    """The owner types a member's limit of CPU cores."""
    member(person, name).get_by_role("button", name=person.words("Set limits")).click()
    dialog = person.page.get_by_role("dialog", name=person.words("Limits of %1", name))
    dialog.get_by_label(person.words("CPU cores")).fill(cores)
    dialog.get_by_role("button", name=person.words("Save"), exact=True).click()
    expect(dialog).to_have_count(0)


def test_a_member_waits_for_quota_until_the_owner_raises_it(
    visit: Visitor, platform: Platform, bobs_tasks: list[str]
) -> None:
    """Limits and use as bars, live; the queue by its name in list, form and task. Covers: RES-4, RES-5, TRAIN-8."""
    alice, bob = visit("alice"), visit("bob", "zh-CN", theme="dark")
    second = f"second {secrets.token_hex(2)}"
    alice.go()
    alice.page.get_by_role("link", name=re.compile(re.escape(alice.words("Balance of the workspace")))).click()
    set_cores(alice, "bob", "0.7")
    bar = member(alice, "bob").get_by_role("meter", name="CPU")
    expect(bar).to_have_attribute("aria-valuetext", "0 of 0.7 cores")
    submit(platform, bobs_tasks, "first")
    expect(bar).to_have_attribute("aria-valuetext", "0.5 of 0.7 cores")
    waiting = submit(platform, bobs_tasks, second)
    assert (waiting["status"], waiting["reason"]["code"], waiting["position"]) == ("queued", "quota", 1)
    expect(member(alice, "bob")).to_contain_text("1 waits: CPU 0.5 cores")
    alice.shot("limits-members-en-light")
    bob.go("training-jobs")
    expect(bob.list.row(second).locator('[data-queue="quota"]')).to_contain_text("配额队列")
    bob.shot("limits-list-zh-dark")
    bob.list.open(second)
    expect(bob.page.get_by_text("个人配额（CPU 0.7 核）")).to_be_visible()
    bob.shot("limits-task-zh-dark")
    set_cores(alice, "bob", "1")
    bob.task.wait("running", SLOW)
    bob.go("environments/new")
    expect(bob.page.get_by_text("CPU 配额为 1 核").or_(bob.page.get_by_text("将进入队列 · 配额队列"))).to_be_visible()
    bob.shot("limits-form-zh-dark")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_views_of_limits(
    visit: Visitor, platform: Platform, bobs_tasks: list[str], language: str, theme: str
) -> None:
    """The workspace and its dialog, and the operators' page, at every width; over a limit is said. Covers: ADM-1."""
    alice = visit("alice", language, theme=theme)
    workspace = sample(platform.client("alice"))["workspace"]
    submit(platform, bobs_tasks, "half a core")
    with platform.http("alice") as http:
        address = f"/services/gemini/api/v1/workspaces/{workspace}"
        http.put(f"{address}/limits", json={"cpuCores": 8, "memory": 64, "gpuCount": 4}).raise_for_status()
        http.put(f"{address}/members/bob/limits", json={"cpuCores": 0.25, "gpuCount": 0}).raise_for_status()
    alice.page.context.add_init_script(path=AXE)
    name, found = f"{'en' if language == 'en' else 'zh'}-{theme}", {}
    for view, path in {"workspace": f"workspaces/{workspace}", "account": f"admin/workspaces/{workspace}"}.items():
        alice.go(path)
        expect(member(alice, "bob")).to_contain_text(alice.words("over the limit"))
        found[view] = look(alice, f"limits-{view}-{name}")
    alice.page.set_viewport_size({"width": 1440, "height": 900})
    member(alice, "bob").get_by_role("button", name=alice.words("Set limits")).click()
    alice.page.get_by_role("dialog").get_by_label(alice.words("GPUs of all kinds")).fill("1.5")
    alice.page.get_by_role("dialog").get_by_role("button", name=alice.words("Save"), exact=True).click()
    mistake = alice.words("Enter a whole number, or nothing for no limit.")
    expect(alice.page.get_by_role("dialog").get_by_text(mistake)).to_be_visible()
    found["dialog"] = look(alice, f"limits-dialog-{name}")
    assert {view: said for view, said in found.items() if said} == {}
