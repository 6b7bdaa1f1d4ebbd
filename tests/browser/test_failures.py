"""What failed says on its own page why, and what to do, in the person's language."""

from __future__ import annotations

import os
import signal

import pytest
from gemini_sandbox import Sandboxes
from platform_fixture import Platform, create_environment, sample, wait_environment, wait_task
from playwright.sync_api import expect

from .conftest import Visitor
from .pages import SLOW

pytestmark = pytest.mark.browser


def test_a_task_that_failed(visit: Visitor, platform: Platform) -> None:
    """Reason, remedy, exit code and the last lines, above the log. Covers: TRAIN-8, TRAIN-9."""
    client = platform.client("bob")
    digits = sample(client)
    config = {"availabilityZone": "local", "gpuCount": 0, "cpuCores": 0.5, "memory": 0.5, "image": "local"}
    body = {"launchMode": "dynamic", "resourceConfig": config, "command": "echo no such column >&2; exit 3"}
    digits_of = {"datasetId": digits["dataset"]["id"], "projectId": digits["project"]["id"]}
    task = client.tasks.create({**body, **digits_of, "taskName": "fails"})["taskId"]
    person = visit("bob", "zh-CN")
    person.go(f"training-jobs/{task}")
    person.task.wait("failed")
    said = platform.client("bob", "zh-CN").tasks.get(task)["reason"]
    failure = person.page.get_by_role("region", name=person.words("Why it failed"))
    expect(failure).to_contain_text(said["message"])
    expect(failure).to_contain_text(said["remedy"])
    expect(failure).to_contain_text(person.words("Exit code %1", 3))
    expect(failure.get_by_label(person.words("Last lines of the log"))).to_have_text("no such column")
    wait_task(client, task, "failed")


def test_an_environment_that_failed(visit: Visitor, platform: Platform) -> None:
    """Its card says why and what to do, and offers that. Covers: ENV-3, ENV-8."""
    client = platform.client("bob")
    made = create_environment(client, "fails", dataset=False)
    wait_environment(client, made, "running")
    person = visit("bob", "zh-CN")
    person.go(f"environments/{made}")
    card = person.home.card("fails")
    expect(card.locator('[data-state="running"]')).to_be_visible()
    process = Sandboxes(platform.home).observe(made).pid
    assert process is not None
    os.kill(process, signal.SIGKILL)
    expect(card.locator('[data-state="failed"]')).to_be_visible(timeout=SLOW)
    said = platform.client("bob", "zh-CN").environments.get(made)["reason"]
    expect(card).to_contain_text(said["message"])
    expect(card).to_contain_text(said["remedy"])
    expect(card.get_by_role("button", name=person.words("Start"), exact=True)).to_be_enabled()
    client.environments.delete(made)
