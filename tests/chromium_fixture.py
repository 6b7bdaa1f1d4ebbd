"""The machine's Chromium, for every test that looks through a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One for the session: Playwright's loop stays in the thread as long as it is there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


def browsers_last(items: list[pytest.Item]) -> None:
    """Puts the tests with a Chromium at the end, else in their order: no asynchronous test can run after them."""
    items.sort(key=lambda item: "chromium" in getattr(item, "fixturenames", ()))
