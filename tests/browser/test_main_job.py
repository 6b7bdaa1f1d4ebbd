"""The main job, from the log-in to the bill, as two people do it: one in English, one in Chinese."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from gemini_core.billing import charge, minutes_started
from gemini_core.money import to_micro
from platform_fixture import Platform, wait_for
from playwright.sync_api import expect

from .conftest import Visitor
from .pages import SLOW, Lab, Visit

pytestmark = pytest.mark.browser


def start_environment(person: Visit, name: str) -> None:
    """From home: the form, the price, the card that starts and runs by itself."""
    person.go()
    person.home.new()
    person.environment_form.fill(name, "digits")
    summary = person.page.get_by_role("complementary", name=person.words("Summary"))
    expect(summary.get_by_text(person.words("%1 points/h", "0.10"))).to_be_visible()
    person.environment_form.create()
    card = person.home.card(name)
    expect(card.locator('[data-state="running"]')).to_be_visible(timeout=SLOW)
    expect(card.get_by_text("Jupyter", exact=True)).to_be_visible()


def open_lab(person: Visit, name: str, menu: str) -> Lab:
    """One click from the card; Lab in the person's language, without a choice made in it."""
    lab = person.home.enter(name, "JupyterLab")
    lab.ready()
    expect(lab.menu(menu)).to_be_visible()
    return lab


def inside_of_the_environment(lab: Lab, output: Path) -> None:
    """Covers: ENV-2, CAT-7. A terminal is root in the code folder; data cannot be written even so."""
    lab.run_in_terminal(
        "(id -un; pwd; touch /gemini/data-1/x; ls /home) > /gemini/output/seen 2>&1; echo end >> /gemini/output/seen"
    )
    seen = wait_for(
        lambda: (output / "seen").is_file() and "end" in (output / "seen").read_text(), "the terminal's answer"
    )
    assert seen
    said = (output / "seen").read_text()
    assert said.splitlines()[:2] == ["root", "/gemini/code"]
    assert "Read-only file system" in said


def train_here(person: Visit, lab: Lab, name: str) -> None:
    """Covers: TRAIN-1, TRAIN-8. Three clicks from a file to a running task; its log is followed to the end."""
    lab.submit_with("train.py")
    expect(lab.form.environment(name)).to_be_checked()
    expect(lab.form.name).not_to_have_value("")
    lab.form.send()
    lab.open_panel()
    lab.panel.get_by_role("button", name=re.compile("^train")).click()
    lab.task.wait("succeeded")
    expect(lab.task.log).to_contain_text("epoch")


def curves(lab: Lab) -> None:
    """Covers: TB-1. TensorBoard with the run in it, by one click, in a tab of Lab."""
    lab.panel.get_by_role("button", name="TensorBoard").click()
    expect(lab.tensorboard.get_by_text(re.compile(r"task-[a-z0-9]{10}")).first).to_be_visible(timeout=SLOW)


def train_elsewhere(person: Visit, task: str) -> None:
    """Covers: TRAIN-1, TRAIN-5. Resources of its own, from the page, to its end, with its cost."""
    person.form.open()
    person.form.name.fill(task)
    person.form.choose_dataset()
    person.form.mode("dynamic").check(force=True)
    zone = person.form.root.get_by_role("group", name=person.words("Zone"))
    zone.get_by_role("radio").first.check(force=True)
    person.form.send()
    person.list.wait(task, "succeeded", 120_000)
    person.list.open(task)
    person.task.wait("succeeded")
    expect(person.task.log).to_contain_text("epoch")


@pytest.mark.parametrize(
    ("name", "language", "menu", "environment"),
    [("alice", "en", "File", "my first"), ("bob", "zh-CN", "文件", "我的环境")],
    ids=["English", "Chinese"],
)
def test_the_main_job(
    visit: Visitor, platform: Platform, name: str, language: str, menu: str, environment: str
) -> None:
    """Covers: ENV-1, ENV-2, ENV-3, ENV-8, ENV-9, TRAIN-1, TRAIN-5, TRAIN-8, TB-1, BILL-8."""
    person = visit(name, language)
    if platform.client(name).environments.list(q=environment).items:  # a second try; pictures show the first
        environment = f"{environment} {secrets.token_hex(2)}"
    start_environment(person, environment)
    lab = open_lab(person, environment, menu)
    inside_of_the_environment(lab, output_of(platform, name))
    train_here(person, lab, environment)
    expect(lab.panel.get_by_text("/gemini/data-1")).to_be_visible()
    lab.shot(f"lab-{'en' if language == 'en' else 'zh'}-light")
    expect(lab.page.locator(".gm-status")).to_contain_text(re.compile(r"\d"))
    curves(lab)
    lab.shot(f"tensorboard-{'en' if language == 'en' else 'zh'}-light")
    train_elsewhere(person, f"{environment} 2")
    person.go()
    person.home.stop(environment)
    expect(person.home.card(environment).locator('[data-state="stopped"]')).to_be_visible(timeout=SLOW)
    the_bill_is_right(platform.client(name), environment)


def output_of(platform: Platform, name: str) -> Path:
    """The output folder of the sample project on the disk."""
    project = next(one for one in platform.client(name).projects.list().items if one["name"] == "digits")
    return platform.home / "store" / "projects" / str(project["id"]) / "output"


def the_bill_is_right(client: Any, environment: str) -> None:
    """Covers: BILL-2. Card and account say the same: whole minutes begun at the price, down to the micro-point."""
    made = next(one for one in client.environments.list().items if one["name"] == environment)
    account = client.workspaces.postings(made["workspaceId"], limit=200).items
    lines = [one for one in account if one["holderId"] == made["id"]]
    minutes = sum(one["minutes"] for one in lines)
    created, began, stopped = (datetime.fromisoformat(made[one]) for one in ("createdAt", "startedAt", "stateSince"))
    # It is charged from its admission, before it runs, to the end of its last process, before that is told.
    assert minutes_started(began, stopped) - 1 <= minutes <= minutes_started(created, stopped)
    due = charge(to_micro(made["pricePerHour"]), minutes)
    assert to_micro(made["cost"]) == due == -sum(to_micro(one["amount"]) for one in lines) > 0
