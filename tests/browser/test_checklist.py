"""The first steps on home: ticked by what there is, hidden and brought back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from gemini_hub.__main__ import add_user
from platform_fixture import Platform, cheapest_specification, stop_environment, wait_environment
from playwright.sync_api import Locator, expect

from .conftest import Visitor
from .pages import Visit

pytestmark = pytest.mark.browser

STEPS = ("Have a project", "Have data", "Start an environment", "Try your code", "Submit a training task")
"""All but the image, which an operator provides."""


def step(person: Visit, title: str, *, done: bool) -> Locator:
    """A line of the checklist, done or not."""
    region = person.page.get_by_role("region", name=person.words("First steps"))
    mark = "[data-done]" if done else ":not([data-done])"
    return region.locator(f"li{mark}").filter(has_text=person.words(title))


@pytest.fixture
def newcomer(platform: Platform) -> Iterator[str]:
    """Somebody who was never here, with an empty workspace of their own and some credit; an operator did no more."""
    name, password = f"new{secrets.token_hex(3)}", secrets.token_hex(8)
    folder = platform.home / "secrets"
    add_user(folder / "users.json", name, password)
    with (folder / "passwords.txt").open("a") as file:
        file.write(f"{name} {password}\n")
    operator = platform.client("alice")
    workspace = operator.workspaces.create({"name": name, "owner": name})["id"]
    operator.workspaces.post(workspace, {"amount": "10", "kind": "credit", "note": "to begin with"})
    yield name
    for one in operator.environments.list(owner=name).items:
        operator.environments.delete(one["id"])


def test_first_steps_tick_themselves_off(visit: Visitor, platform: Platform, newcomer: str, tmp_path: Path) -> None:
    """Covers: ENV-5. Nothing but the image is there at first; what comes to be is ticked by itself on the open page."""
    # The hub knows a person from their first sign-in on.
    person, client = visit(newcomer, "zh-CN"), platform.client(newcomer)
    expect(step(person, "Have an image", done=True)).to_be_visible()
    for title in STEPS:
        expect(step(person, title, done=False)).to_be_visible()
    # Asked for, they stay when all is done.
    person.button("Hide").click()
    person.button("First steps").click()
    project = client.projects.create({"name": "mine"})["id"]
    expect(step(person, "Have a project", done=True)).to_be_visible()
    dataset = client.datasets.create({"name": "numbers"})["id"]
    (tmp_path / "numbers.csv").write_text("1,2\n")
    client.datasets.upload(dataset, "numbers.csv", tmp_path / "numbers.csv")
    version = client.datasets.commit(dataset)["id"]
    expect(step(person, "Have data", done=True)).to_be_visible()
    specification = cheapest_specification(client)["id"]
    order = {"name": "first", "projectId": project, "image": "local", "specificationId": specification}
    made = client.environments.create({**order, "datasets": [{"datasetId": dataset, "versionId": version}]})["id"]
    expect(step(person, "Start an environment", done=True)).to_be_visible()
    ready = wait_environment(client, made, "running")
    tried = step(person, "Try your code", done=True)
    expect(tried.get_by_role("link", name=person.words("Open JupyterLab"))).to_have_attribute("href", ready["url"])
    person.shot("checklist-zh-light")
    task = {"taskName": "first", "launchMode": "existing", "environmentId": made, "datasetId": dataset}
    client.tasks.create({**task, "command": "true"})
    expect(step(person, "Submit a training task", done=True)).to_be_visible()
    expect(person.page.get_by_text(person.words("%1 of %2 done", 6, 6))).to_be_visible()
    stop_environment(client, made)


def test_first_steps_are_hidden_and_brought_back(visit: Visitor) -> None:
    """Hidden they stay hidden; each line leads to where it is done."""
    person = visit("bob")
    person.go()
    region = person.page.get_by_role("region", name=person.words("First steps"))
    person.button("Hide").click()
    expect(region).to_have_count(0)
    person.page.reload()
    person.button("First steps").click()
    region.get_by_role("link", name=person.words("Datasets")).click()
    expect(person.page).to_have_url(f"{person.platform.url}/services/gemini/datasets")
