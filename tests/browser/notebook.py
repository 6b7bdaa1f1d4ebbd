"""A notebook in JupyterLab, as a person fills and runs it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from .pages import SLOW, Lab

IDLE = re.compile(r"\| (Idle|空闲)")


class Notebook:
    """A new notebook in Lab's front tab."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.page = lab.page

    def open(self) -> None:
        """From the launcher; returns when its kernel takes cells (Lab drops what is run before)."""
        self.page.locator(".jp-LauncherCard").filter(has_text="Python 3").first.click()
        expect(self.cell(0)).to_be_visible()
        self.page.locator("#jp-main-statusbar").get_by_text(IDLE).first.wait_for(timeout=SLOW)

    def cell(self, number: int) -> Locator:
        """A cell with its outputs, the first is 0."""
        return self.page.locator(".jp-Notebook:visible .jp-CodeCell").nth(number)

    def run(self, number: int, code: str) -> Locator:
        """Types code into a cell and runs it; the cell."""
        cell = self.cell(number)
        cell.locator(".cm-content").click()
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Shift+Enter")
        return cell

    def state(self, cell: Locator, state: str) -> None:
        """Waits until the task that a cell shows is in a state."""
        expect(cell.locator(f'[data-state="{state}"]')).to_be_visible(timeout=SLOW)

    def says(self, cell: Locator, words: str | re.Pattern[str]) -> None:
        """Waits until the output of a cell holds these words."""
        expect(cell.locator(".jp-OutputArea")).to_contain_text(words, timeout=SLOW)

    def press(self, cell: Locator, name: str) -> None:
        """Presses a button that a cell shows."""
        cell.get_by_role("button", name=name, exact=True).click()

    def theme(self, name: str) -> None:
        """Chooses one of Lab's themes, `Light` or `Dark`."""
        self.lab.menu("Settings").click()
        self.page.locator(".lm-Menu-item").filter(has_text=re.compile("^Theme$")).first.hover()
        self.page.get_by_role("menuitem", name=f"JupyterLab {name}", exact=True).click()
        light = "true" if name == "Light" else "false"
        expect(self.page.locator(f'body[data-jp-theme-light="{light}"]')).to_be_attached()
