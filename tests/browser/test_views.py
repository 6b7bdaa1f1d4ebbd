"""Every view in both languages, both themes and four widths: pictures for a person, axe for the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from platform_fixture import sample, wait_task
from playwright.sync_api import Page, expect

from .conftest import Visitor
from .pages import Visit

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "labextension/node_modules/axe-core/axe.min.js"
WIDTHS = (1440, 768, 390)
NARROWEST = 320
"""Nothing scrolls sideways there either."""
VIEWS = {
    "home": "",
    "environment-new": "environments/new",
    "training-create": "training/create",
    "training-jobs": "training-jobs",
    "datasets": "datasets",
    "models": "models",
    "admin-environments": "admin/environments",
    "admin-tasks": "admin/tasks",
    "admin-workspaces": "admin/workspaces",
    "admin-users": "admin/users",
    "admin-health": "admin/health",
}


def violations(page: Page) -> list[str]:
    """What axe finds: rule and the first element."""
    found, passed = page.evaluate(
        "async () => { const said = await axe.run(document); return [said.violations, said.passes.length]; }"
    )
    assert passed > 10, "axe has looked at nothing"
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def settle(page: Page) -> None:
    """Until nothing is fetched any more and no skeleton is left."""
    page.wait_for_load_state("networkidle")
    expect(page.locator(".gm-skeleton")).to_have_count(0)


WIDER = """async () => {
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const boxes = [document.documentElement, ...document.querySelectorAll('.gm-table-scroll')];
  return Math.max(...boxes.map(box => box.scrollWidth - box.clientWidth));
}"""


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the tab, or a list than its place, once it is laid out."""
    return int(page.evaluate(WIDER))


def look(person: Visit, name: str) -> list[str]:
    """A picture for each width, what axe finds at each, and what does not fit."""
    found = []
    for width in WIDTHS:
        person.page.set_viewport_size({"width": width, "height": 900})
        settle(person.page)
        person.shot(name if width == WIDTHS[0] else f"{name}-{width}")
        wide = sideways(person.page)
        found += [f"{width}: {one}" for one in violations(person.page)]
        found += [f"{width}: scrolls sideways by {wide} px"] if wide > 0 else []
    person.page.set_viewport_size({"width": NARROWEST, "height": 900})
    wide = sideways(person.page)
    return [*found, f"{NARROWEST}: scrolls sideways by {wide} px"] if wide > 0 else found


@pytest.fixture(scope="session")
def ended_task(platform: Any, running_environment: dict[str, Any]) -> str:
    """A task that has ended, to be looked at."""
    client = platform.client("alice")
    made = sample(client)
    task = client.tasks.create(
        {
            "taskName": "digits, 20 epochs",
            "datasetId": made["dataset"]["id"],
            "datasetVersionId": made["version"]["id"],
            "launchMode": "existing",
            "environmentId": running_environment["id"],
        }
    )
    return str(wait_task(client, task["taskId"], "succeeded")["id"])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_view(
    visit: Visitor, ended_task: str, running_environment: dict[str, Any], language: str, theme: str
) -> None:
    """Every page at every width: nothing for axe to find, nothing that scrolls sideways."""
    person = visit("alice", language, theme=theme)
    # An init script: the pages' content security policy lets nothing else in.
    person.page.context.add_init_script(path=AXE)
    found = {}
    own = f"environments/{running_environment['id']}"
    further = {"task": f"training-jobs/{ended_task}", "environment": own, "environment-edit": f"{own}/edit"}
    for name, path in {**VIEWS, **further}.items():
        person.go(path)
        found[name] = look(person, f"{name}-{'en' if language == 'en' else 'zh'}-{theme}")
    assert {name: said for name, said in found.items() if said} == {}
