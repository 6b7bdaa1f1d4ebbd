"""The ways into a running environment from its card."""

from __future__ import annotations

import re
from typing import Any

import pytest
from platform_fixture import Platform, wait_for
from playwright.sync_api import expect

from .conftest import Visitor
from .pages import SLOW, Lab

pytestmark = pytest.mark.browser


def asked_once(lab: Lab) -> None:
    """The wish is out of the address, and nothing else is."""
    expect(lab.page).to_have_url(re.compile(r"/lab[^?]*$"))


def test_the_terminal_of_a_card(visit: Visitor, platform: Platform, running_environment: dict[str, Any]) -> None:
    """One click, and a terminal is there in the project's code. Covers: ENV-8."""
    person = visit("alice")
    person.go()
    lab = person.home.enter(running_environment["name"], "Terminal")
    expect(lab.terminal).to_be_visible(timeout=SLOW)
    asked_once(lab)
    seen = platform.home / "store" / "projects" / running_environment["projectId"] / "output" / "terminal"
    lab.type_in_terminal("pwd > /gemini/output/terminal")
    wait_for(lambda: seen.is_file() and seen.read_text(), "the terminal's answer")
    assert seen.read_text().strip() == "/gemini/code"


def test_the_tensorboard_of_a_card(visit: Visitor, running_environment: dict[str, Any]) -> None:
    """One click, and TensorBoard is there in its tab of Lab. Covers: ENV-8, TB-1."""
    person = visit("alice")
    person.go()
    lab = person.home.enter(running_environment["name"], "TensorBoard")
    expect(lab.page.get_by_role("tab", name="TensorBoard")).to_have_attribute("aria-selected", "true", timeout=SLOW)
    expect(lab.tensorboard.get_by_text("TensorBoard", exact=True).first).to_be_visible(timeout=SLOW)
    asked_once(lab)
