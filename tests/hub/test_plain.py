"""The way without a sandbox: plain folders, one person, and the warning."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from platform_fixture import (
    Platform,
    create_environment,
    running_platform,
    stop_environment,
    wait_environment,
    wait_task,
)

from hub.test_training import dynamic, existing, whole_log

pytestmark = [pytest.mark.hub, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def plain() -> Iterator[Platform]:
    """A platform on a machine that allows no sandbox."""
    with running_platform(GEMINI_SANDBOX="plain") as started:
        yield started


def test_it_is_said_aloud(plain: Platform) -> None:
    """The warning says what is lost and how to get it."""
    assert "WITHOUT a sandbox" in plain.said()
    assert "GEMINI_SANDBOX=plain" in plain.said()


def test_one_person_only(plain: Platform) -> None:
    """Without walls nobody else may sign in, and is told so."""
    with httpx.Client(base_url=plain.url) as browser:
        browser.get("/hub/login")
        secret = browser.cookies.get("_xsrf", path="/hub/")
        form = {"username": "bob", "password": plain.password("bob"), "_xsrf": secret}
        refused = browser.post("/hub/login", data=form, headers={"Accept-Language": "zh-CN"})
    assert refused.status_code == 403
    assert "只允许一个人登录" in refused.text


def test_the_main_job_in_plain_folders(plain: Platform) -> None:
    """JupyterLab, both modes of training and the variables work without a sandbox. Covers: ENV-2, TRAIN-1."""
    client = plain.client("alice")
    environment = create_environment(client, "plain")
    seen = wait_environment(client, environment, "running")
    with plain.browser("alice") as browser:
        assert browser.get(seen["url"]).status_code == 200
        root = browser.get(f"/user/alice/{environment}/api/contents").json()
    assert "train.py" in {entry["name"] for entry in root["content"]}
    for task in (
        existing(client, environment, "here", "python train.py --epochs 2"),
        dynamic(client, "alone", "python train.py --epochs 2"),
    ):
        assert wait_task(client, task, "succeeded")["exitCode"] == 0
        assert "done: accuracy" in whole_log(client, task)
    stop_environment(client, environment)
