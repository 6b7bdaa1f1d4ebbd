"""What a person types and chooses in a form stays theirs: keys, colleagues and events send and change nothing."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from platform_fixture import Platform, create_environment, sample, stop_environment, wait_environment
from playwright.sync_api import Page, Route, expect

from .conftest import Visitor
from .pages import SLOW

pytestmark = pytest.mark.browser


@pytest.fixture
def environments(platform: Platform) -> Iterator[list[str]]:
    """Ids of bob's environments, to be deleted."""
    made: list[str] = []
    yield made
    client = platform.client("bob")
    for one in made:
        stop_environment(client, one)
        client.environments.delete(one)


@pytest.fixture
def tasks(platform: Platform) -> Iterator[list[str]]:
    """Ids of bob's tasks, to be stopped."""
    made: list[str] = []
    yield made
    for one in made:
        platform.client("bob").tasks.stop(one)


def posts(page: Page) -> list[str]:
    """Collects what is made from now on, by the last part of its address; previews make nothing."""
    sent: list[str] = []

    def note(request: Any) -> None:
        last = request.url.rpartition("/")[2]
        if request.method == "POST" and last != "preview":
            sent.append(last)

    page.on("request", note)
    return sent


def test_enter_in_a_dialog_is_the_dialogs(visit: Visitor, platform: Platform) -> None:
    """Covers: PROJ-1, ENV-4. It makes the project and not the environment whose form asks for it."""
    person = visit("bob")
    page, words = person.page, person.words
    person.go("environments/new")
    person.button("New project").click()
    sent = posts(page)
    dialog = page.get_by_role("dialog", name=words("New project"))
    name = f"entered {secrets.token_hex(4)}"
    dialog.get_by_label(words("Project name")).fill(name)
    dialog.get_by_label(words("Project name")).press("Enter")
    expect(dialog).to_have_count(0)
    form = page.get_by_role("form", name=words("New environment"))
    expect(form.get_by_role("combobox", name=words("Project")).locator("option:checked")).to_have_text(name)
    assert sent == ["projects"]
    client = platform.client("bob")
    client.projects.delete(next(one["id"] for one in client.projects.list().items if one["name"] == name))


def test_enter_in_a_search_narrows_alone(visit: Visitor) -> None:
    """Covers: TRAIN-3. The form around it is neither sent nor checked."""
    person = visit("bob")

    def many(route: Route) -> None:
        answer = route.fetch()
        said = answer.json()
        rows = [{**said["data"][0], "id": f"ds-{number}"} for number in range(100)]
        route.fulfill(response=answer, json={**said, "data": rows, "page": {"next": "more", "total": 101}})

    person.page.route(re.compile(r"/api/v1/datasets\?"), many)
    person.form.open()
    search = person.form.root.get_by_role("searchbox", name=person.words("Search the datasets"))
    search.fill("dig")
    search.press("Enter")
    expect(search).to_be_focused()
    expect(person.form.mistake(person.words("Enter a task name"))).to_have_count(0)


def test_a_filled_form_stays_as_it_is(visit: Visitor, platform: Platform, environments: list[str]) -> None:
    """What runs meanwhile is offered to its owner, chosen for nobody, and not a colleague's to use.

    Covers: TRAIN-2, TRAIN-4, TEN-2b
    """
    person, client = visit("bob"), platform.client("bob")
    form = person.form
    form.open()
    zone = form.root.get_by_role("group", name=person.words("Zone")).get_by_role("radio").first
    zone.check()
    project = form.root.get_by_role("combobox", name=person.words("Project")).locator("option:checked")
    expect(form.summary).to_contain_text(project.inner_text())
    name = f"meanwhile {secrets.token_hex(4)}"
    environments.append(create_environment(client, name, dataset=False))
    wait_environment(client, environments[0], "running")
    expect(form.root.get_by_text(person.words("%1 available", 1))).to_be_visible(timeout=SLOW)
    expect(form.mode("dynamic")).to_be_checked()
    expect(zone).to_be_checked()
    form.mode("existing").check()
    expect(form.environment(name)).to_be_checked()
    alice = visit("alice")
    alice.form.open()
    expect(alice.form.root.get_by_text(name)).to_have_count(0)
    with alice.page.expect_request(re.compile(r"/training-tasks\?")) as asked:
        alice.go("?q=nothing")
    assert "owner=alice" in asked.value.url, "her first steps are hers"
    expect(alice.page.get_by_role("searchbox", name=alice.words("Filter environments"))).to_have_value("nothing")


def test_a_clone_is_the_same_again(visit: Visitor, platform: Platform, tasks: list[str]) -> None:
    """Covers: TRAIN-9. Its amounts, its time limit and its project, whatever others begin with."""
    client = platform.client("bob")
    digits = sample(client)
    config = {"availabilityZone": "local", "gpuCount": 0, "cpuCores": 1, "memory": 2, "image": "local"}
    body = {"launchMode": "dynamic", "resourceConfig": config, "command": "sleep 600", "maxDuration": 5400}
    digits_of = {"datasetId": digits["dataset"]["id"], "projectId": digits["project"]["id"]}
    tasks.append(client.tasks.create({**body, **digits_of, "taskName": "first of two"})["taskId"])
    person = visit("bob")
    person.go(f"training-jobs/{tasks[0]}")
    person.button("Clone").click()
    form = person.form
    expect(form.root.get_by_label(person.words("Time limit"))).to_have_value("90")
    expect(form.summary).to_contain_text("1h 30")
    sent: list[dict[str, Any]] = []

    def refuse(route: Route) -> None:
        sent.append(route.request.post_data_json)
        route.abort()

    person.page.route("**/api/v1/training-tasks", refuse)
    form.send()
    expect(form.root.get_by_role("alert").first).to_be_visible()
    assert (sent[0]["maxDuration"], sent[0]["projectId"]) == (5400, digits["project"]["id"])
    assert (sent[0]["resourceConfig"]["cpuCores"], sent[0]["resourceConfig"]["memory"]) == (1, 2)
