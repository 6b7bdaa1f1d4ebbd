"""A real Chromium in front of the whole platform, as a person of a language, a theme and a width."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from platform_fixture import Platform, create_environment, stop_environment, wait_environment, wait_for
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .pages import Visit
from .words import Words

SHOTS = Path(os.environ.get("GEMINI_SHOTS", "test-results/looks"))

expect.set_options(timeout=15_000)
KEPT = "vision"
"""The environment that many tests look at."""
PEOPLE = ("alice", "bob")
FAILED = pytest.StashKey[bool]()
Visitor = Callable[..., Visit]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remembers for the fixtures' ends whether the test failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def sessions() -> dict[str, Any]:
    """Cookies of each person, so that one sign-in serves many tests."""
    return {}


@pytest.fixture
def visit(
    chromium: Browser, platform: Platform, sessions: dict[str, Any], request: pytest.FixtureRequest
) -> Iterator[Visitor]:
    """`visit("alice", "zh-CN", theme="dark", width=390)` is a signed-in tab; all are closed at the end of the test.

    Where it failed there are pictures of them, and nothing of it is left for the next one to stumble over.
    """
    opened: list[BrowserContext] = []

    def open_visit(
        name: str, language: str = "en", *, theme: str = "light", width: int = 1440, signed_in: bool = True
    ) -> Visit:
        context = chromium.new_context(
            locale="en-US" if language == "en" else "zh-CN",
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": 900},
            storage_state=sessions.get(name) if signed_in else None,
        )
        context.set_default_timeout(30_000)
        opened.append(context)
        visit = Visit(context.new_page(), platform, Words(language), SHOTS)
        if signed_in and name not in sessions:
            visit.sign_in(name)
            sessions[name] = context.storage_state()
        return visit

    yield open_visit
    if request.node.stash.get(FAILED, False):
        pages = [page for context in opened for page in context.pages]
        for number, page in enumerate(pages):
            page.screenshot(path=SHOTS.with_name("failed") / f"{request.node.name}-{number}.png")
        clear(platform)
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def running_environment(platform: Platform) -> Iterator[dict[str, Any]]:
    """An environment of alice that runs, with the digits mounted."""
    client = platform.client("alice")
    made = create_environment(client, KEPT)
    yield wait_environment(client, made, "running")
    stop_environment(client, made)


def clear(platform: Platform) -> None:
    """Delete what a failed test left running."""
    clients = {name: platform.client(name) for name in PEOPLE}

    def left() -> list[tuple[str, str]]:
        found = [(name, one) for name, client in clients.items() for one in client.environments.list().items]
        return [(name, one["id"]) for name, one in found if one["owner"] == name and one["name"] != KEPT]

    for name, environment in left():
        clients[name].environments.delete(environment)
    wait_for(lambda: not left(), "all deleted")


def problems(page: Page) -> list[str]:
    """Collects what the browser complains of from now on."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    return said
