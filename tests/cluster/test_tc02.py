"""TC02: the training form with resources of its own, as a person meets it on a cluster that offers the cards."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.conftest import SHOTS
from browser.pages import Visit
from browser.words import Words
from cluster.cards import advertised
from installed_fixture import Installation
from platform_fixture import wait_for
from playwright.sync_api import Browser, expect

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]
ZONE = "az-bj-a"
CARDS = 4


@pytest.fixture
def person(installed: Installation, chromium: Browser) -> Iterator[Visit]:
    """Alice's tab, in Chinese, with the document's project and data."""
    installed.first_task()
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(30_000)
    visit = Visit(context.new_page(), installed, Words("zh-CN"), Path(SHOTS))
    visit.sign_in("alice")
    yield visit
    context.close()


@pytest.fixture
def offered(installed: Installation) -> Iterator[None]:
    """The zone has its cards, and the platform has seen them."""
    client = installed.client("alice")

    def cards() -> int:
        zone = next(one for one in client.zones.list().items if one["id"] == ZONE)
        return int(zone["gpuInventory"].get("A100", 0))

    with advertised("nvidia.com/gpu", CARDS):
        wait_for(lambda: cards() >= CARDS, "the zone has its cards", 60)
        yield


def fill(person: Visit, name: str) -> None:
    """The form: the zone by its name, four A100, little else."""
    form, words = person.form, person.words
    form.open()
    form.name.fill(name)
    form.choose_dataset("numbers")
    form.root.get_by_label(words("Start command")).fill("python train.py")
    form.root.get_by_role("group", name=words("Zone")).get_by_role("radio", name="北京可用区A").check()
    form.root.get_by_role("combobox", name=words("GPU type")).select_option("A100")
    form.root.get_by_label(words("GPU count")).fill(str(CARDS))
    form.root.get_by_label(words("CPU")).fill("0.5")
    form.root.get_by_label(words("Memory")).fill("1")


def test_tc02_dynamic_resources(installed: Installation, offered: None, person: Visit) -> None:
    """TC02. Covers: TRAIN-1, TRAIN-4, TRAIN-5, TRAIN-8, BILL-1. 北京可用区A, 4x A100, to success."""
    name = f"数字均值 TC02 {secrets.token_hex(2)}"
    fill(person, name)
    expect(person.form.mode("dynamic")).to_be_checked()
    expect(person.form.summary.get_by_text("北京可用区A")).to_be_visible()
    expect(person.form.summary.get_by_text("预计 2-5 分钟完成资源分配")).to_be_visible()
    expect(person.form.summary.get_by_text(re.compile(r"\d 算力点/小时"))).to_be_visible()
    person.shot("tc02-form")
    person.form.send()
    expect(person.page.get_by_text("训练任务创建成功").first).to_be_visible()
    expect(person.page.get_by_text("已在 北京可用区A 动态创建资源").first).to_be_visible()
    expect(person.page).to_have_url(f"{installed.url}/services/gemini/training-jobs")
    person.list.wait(name, "succeeded", 120_000)
    person.shot("tc02-list")
    person.list.open(name)
    person.task.wait("succeeded")
    expect(person.task.log).to_contain_text("The mean of 3 numbers is 3.0")
    person.shot("tc02-task")
    task = the_task(installed, name)
    assert (task["exitCode"], task["reason"]) == (0, None)
    assert (task["gpuType"], task["gpuCount"]) == ("A100", CARDS)
    assert float(task["cost"]) > 0
    assert {step["state"] for step in task["steps"]} == {"done"}


def the_task(installed: Installation, name: str) -> dict[str, Any]:
    """As the API tells it."""
    client = installed.client("alice")
    listed = next(one for one in client.tasks.list().items if one["taskName"] == name)
    return dict(client.tasks.get(listed["taskId"]))
