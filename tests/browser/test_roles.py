"""A task of several roles as a person meets it: the form's mode, the roles, and each rank's state and log."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Visitor
from .pages import SLOW, Visit

pytestmark = pytest.mark.browser


def role(person: Visit, number: int) -> Locator:
    """The fields of a role."""
    return person.form.root.get_by_role("group", name=person.words("Role %1", number), exact=True)


def choose_distributed(person: Visit) -> str:
    """To the form with two roles of one instance each, on the smallest resources; the task's name."""
    form, name = person.form, f"两个角色 {secrets.token_hex(2)}"
    form.open()
    form.name.fill(name)
    form.choose_dataset()
    form.root.get_by_role("radio", name=person.words("Custom distributed")).check()
    form.root.get_by_role("group", name=person.words("Zone")).get_by_role("radio").first.check()
    person.button("Add a role").click()
    first, second = role(person, 1), role(person, 2)
    first.get_by_label(person.words("Instances")).fill("1")
    first.get_by_label(person.words("CPU")).fill("0.5")
    first.get_by_label(person.words("Memory")).fill("0.5")
    first.get_by_label(person.words("Start command")).fill('echo "$GEMINI_ROLE is $RANK of $WORLD_SIZE"')
    second.get_by_label(person.words("Role name")).fill("Master")
    second.get_by_label(person.words("Start command")).fill('echo "$GEMINI_ROLE is $RANK of $WORLD_SIZE"')
    return name


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_specification_is_edited_in_the_first_role(visit: Visitor, language: str) -> None:
    """Covers: TRAIN-3b, TRAIN-6, BILL-10. It is shown in the others; a bad name is said under its field."""
    person = visit("bob", language, theme="dark" if language == "en" else "light")
    choose_distributed(person)
    form, second = person.form, role(person, 2)
    expect(second.get_by_label(person.words("CPU"))).to_have_count(0)
    expect(second.get_by_text(re.compile(r"0\.5"))).to_be_visible()
    expect(form.summary.get_by_text("worker × 1, Master × 1".replace(" × ", "\u00a0×\u00a0"))).to_be_visible()
    expect(form.summary.get_by_text(person.words("Price per hour of all"))).to_be_visible()
    form.send()
    said = person.words("At most 20 lower-case letters, digits and hyphens, a letter first")
    expect(form.mistake(said)).to_be_visible()
    expect(second.get_by_label(person.words("Role name"))).to_be_focused()
    person.shot(f"roles-form-{language}")
    person.button("Remove role %1", 2).click()
    expect(second).to_have_count(0)
    expect(form.root.get_by_role("radio", name="Horovod")).to_be_disabled()


def test_two_roles_run_and_each_has_a_log(visit: Visitor) -> None:
    """Covers: TRAIN-6, TRAIN-8. Submitted by the form; on the task's page each role's log and state are chosen."""
    person = visit("bob", "zh-CN")
    name = choose_distributed(person)
    role(person, 2).get_by_label(person.words("Role name")).fill("master")
    person.form.send()
    expect(person.page.get_by_text("训练任务创建成功").first).to_be_visible()
    person.list.wait(name, "succeeded", 120_000)
    person.list.open(name)
    person.task.wait("succeeded")
    expect(person.task.log).to_contain_text("worker is 0 of 2", timeout=SLOW)
    person.page.get_by_role("combobox", name=person.words("Role"), exact=True).select_option("master")
    expect(person.task.log).to_contain_text("master is 1 of 2", timeout=SLOW)
    expect(person.page.locator('.gm-ranks [data-state="succeeded"]')).to_be_visible()
    person.shot("roles-task-zh-CN")
