"""Users kept apart in the browser: with an address of their own, everything of ours works and nothing crosses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from platform_fixture import Platform, create_environment, running_platform, wait_environment, wait_for, wait_task
from playwright.sync_api import BrowserContext, expect

from .conftest import Visitor
from .hostile import REFUSED, Hostile, address_of, doctor_of_browsers, serve_page
from .pages import SLOW, Lab

pytestmark = pytest.mark.browser

Environments = dict[str, dict[str, Any]]
TOSSED = "jupyterhub-session-id=bobs; Domain=hub.localhost; Path=/"


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    """A platform of this module's own, where each person has an address."""
    with running_platform(GEMINI_SUBDOMAINS="http://hub.localhost:{port}") as started:
        yield started


@pytest.fixture(scope="module")
def sessions() -> dict[str, Any]:
    """Cookies of that platform alone."""
    return {}


@pytest.fixture(scope="module")
def environments(platform: Platform) -> Environments:
    """One of alice and one of bob, running; the platform's end is theirs."""
    made = {name: create_environment(platform.client(name), f"{name}s") for name in ("alice", "bob")}
    return {name: wait_environment(platform.client(name), one, "running") for name, one in made.items()}


@pytest.fixture(scope="module")
def trap(platform: Platform, environments: Environments) -> str:
    """The address of bob's page, whose server would also like to sign everybody in anew."""
    return serve_page(platform, "bob", environments["bob"]["id"], TOSSED)


def test_a_person_works(visit: Visitor, platform: Platform, environments: Environments) -> None:
    """Sign-in, Lab at the person's own address, its relay, a terminal, TensorBoard, the way back. Covers: TEN-3."""
    assert f"ready: {platform.address}/" in platform.said()
    assert doctor_of_browsers(platform) == "ok"
    mine = environments["alice"]
    base = f"{address_of(platform, 'alice')}/user/alice/{mine['id']}/lab"
    ways = {
        "url": base,
        "terminalUrl": f"{base}?gemini-open=terminal",
        "tensorboardUrl": f"{base}?gemini-open=tensorboard",
    }
    assert {name: mine[name] for name in ways} == ways
    person = visit("alice")
    person.page.goto(platform.url)
    expect(person.page).to_have_url(f"{platform.address}/services/gemini/")
    lab = person.home.enter(mine["name"], "TensorBoard")
    expect(lab.tensorboard.get_by_text("TensorBoard", exact=True).first).to_be_visible(timeout=2 * SLOW)
    assert lab.page.evaluate("window.opener") is None
    lab.page.goto(mine["terminalUrl"])
    expect(lab.terminal).to_be_visible(timeout=SLOW)
    programs_inside(lab, platform.home / "store" / "projects" / mine["projectId"] / "output", mine["id"])
    lab.open_panel()
    expect(lab.panel.get_by_text(mine["name"]).first).to_be_visible()
    back = lab.panel.get_by_role("link", name=person.words("All environments"))
    expect(back).to_have_attribute("href", f"{platform.address}/services/gemini/")


def programs_inside(lab: Lab, output: Path, environment: str) -> None:
    """Covers: NB-1, NB-2. The API, the command line and the magics, which know no names, from a terminal inside."""
    lab.type_in_terminal(
        "(curl -s $GEMINI_API_URL/health; gemini env list --json; "
        r"python -m IPython --no-banner -c $'%load_ext gemini_magics\n%gemini datasets'; echo code=$?)"
        " > /gemini/output/who 2>&1; echo end >> /gemini/output/who"
    )
    seen = output / "who"
    wait_for(lambda: seen.is_file() and seen.read_text().endswith("end\n"), "the programs' answers", 120)
    said = seen.read_text()
    assert environment in said, said
    assert "digits" in said and "code=0" in said, said


def test_a_task_in_a_running_environment(visit: Visitor, platform: Platform, environments: Environments) -> None:
    """The control plane reaches the person's server by its name; log and end come live. Covers: TEN-3, TRAIN-6."""
    client = platform.client("alice")
    mine = environments["alice"]
    order = {"taskName": "named", "launchMode": "existing", "environmentId": mine["id"]}
    data = {"datasetId": mine["mounts"][0]["assetId"], "command": "echo reached by name"}
    task = client.tasks.create({**order, **data})["taskId"]
    person = visit("alice")
    person.go(f"training-jobs/{task}")
    expect(person.task.log).to_contain_text("reached by name")
    person.task.wait("succeeded")
    wait_task(client, task, "succeeded")


def test_a_page_of_another_person_reaches_nothing(
    visit: Visitor, platform: Platform, environments: Environments, trap: str
) -> None:
    """Alice, signed in everywhere, opens bob's page. Covers: TEN-3."""
    alice = visit("alice")
    alice.page.goto(environments["alice"]["url"])
    alice.page.wait_for_selector("#jp-MainMenu")
    hers = environments["alice"]["url"].removesuffix("lab")
    hub, service = f"{platform.address}/hub/", f"{platform.address}/services/gemini/"
    before = belongings(platform, environments)
    page = Hostile(alice.page.context, trap)
    for url in (
        f"{hub}api/user",
        f"{hub}api/users/alice/tokens",
        f"{hub}token",
        f"{service}api/v1/me",
        f"{service}api/v1/projects",
        service,
        f"{hers}api/contents",
        f"{hers}gemini/api/v1/me",
        f"{hers}files/train.py",
    ):
        assert page.read(url) == REFUSED, url
    for url in (f"{service}api/v1/events", f"{hers}gemini/api/v1/events", f"{hers}api/events/subscribe"):
        assert page.socket(url) == REFUSED, url
    for url in (f"{hub}token", service, f"{hers}lab", f"{hers}gemini-tensorboard/"):
        assert page.frame(url) == REFUSED, url
        assert page.window(url) == REFUSED, url
    for url in (f"{service}api/v1/me", f"{hers}files/train.py", f"{hers}gemini/local"):
        assert page.script(url) == REFUSED, url
    for url, body in (
        (f"{service}api/v1/projects", {"name": "forged"}),
        (f"{hub}api/users/alice/tokens", {"note": "forged"}),
        (f"{hub}api/users/alice/servers/{environments['alice']['id']}", {}),
        (f"{hers}api/contents", {"type": "file"}),
        (f"{hers}api/terminals", {}),
        (f"{hers}gemini/runner/tasks", {"id": "forged"}),
    ):
        page.send(url, body)
        assert 400 <= page.post_json_form(url, body) < 500, url
    assert page.post_form(f"{hub}login", {"username": "bob", "password": platform.password("bob")}) == 403
    assert belongings(platform, environments) == before
    assert person_of(alice.page.context, service) == "alice"


def test_a_page_of_ones_own_environment_reaches_its_server_alone(
    visit: Visitor, platform: Platform, environments: Environments
) -> None:
    """What runs in alice's environment is alice there, and nobody at the hub or at bob's. Covers: TEN-3."""
    alice = visit("alice")
    page = Hostile(alice.page.context, environments["alice"]["url"])
    theirs = environments["bob"]["url"].removesuffix("lab")
    for url in (f"{platform.address}/hub/api/user", f"{platform.address}/services/gemini/api/v1/me", f"{theirs}api"):
        assert page.read(url) == REFUSED, url
    # The hub answers at everybody's address: signed in there is nobody, and nobody can.
    assert page.read(f"{address_of(platform, 'alice')}/hub/api/user").startswith("403 ")
    page.page.goto(f"{address_of(platform, 'alice')}/hub/login")
    expect(page.page).to_have_url(f"{platform.address}/services/gemini/")


def test_tossed_cookies_change_nobody(visit: Visitor, platform: Platform, trap: str) -> None:
    """Bob plants his own sign-in for all addresses: alice stays alice, and her pages work. Covers: TEN-3."""
    alice, bob = visit("alice"), visit("bob")
    bob.go()
    page = Hostile(alice.page.context, trap)
    # The session's name is for all addresses, so bob's server could replace it; it opens nothing.
    assert page.page.evaluate("document.cookie") == TOSSED.partition(";")[0]
    for cookie in bob.page.context.cookies():
        for path in ("/", "/services/gemini/", "/hub/"):
            name = cookie["name"].removeprefix("__Host-")
            page.plant(f"{name}={cookie['value']}; domain=hub.localhost; path={path}")
            page.plant(f"__Host-{name}={cookie['value']}; domain=hub.localhost; path={path}; secure")
    planted = {cookie["value"] for cookie in alice.page.context.cookies() if cookie["domain"].startswith(".")}
    assert planted, "the page could plant nothing at all, so this test tries nothing"
    alice.go()
    assert person_of(alice.page.context, f"{platform.address}/services/gemini/") == "alice"
    assert person_of(alice.page.context, f"{platform.address}/hub/token") == "alice"


def person_of(context: BrowserContext, address: str) -> str:
    """Whom a page takes the browser for."""
    page = context.new_page()
    page.goto(address)
    ours = page.locator("#gemini-config")
    said = (
        page.evaluate("jhdata.user")
        if ours.count() == 0
        else page.evaluate("JSON.parse(document.getElementById('gemini-config').textContent).person")
    )
    page.close()
    return str(said)


def belongings(platform: Platform, environments: Environments) -> dict[str, Any]:
    """What a page that acts as alice would change."""
    client = platform.client("alice")
    server = f"/user/alice/{environments['alice']['id']}"
    with platform.http("alice") as http:
        http.headers["Host"] = address_of(platform, "alice").removeprefix("http://")
        terminals = http.get(f"{server}/api/terminals").json()
        tokens = http.get("/hub/api/users/alice/tokens").json()["api_tokens"]
        return {
            "projects": [one["name"] for one in client.projects.list().items],
            "code": sorted(one["name"] for one in http.get(f"{server}/api/contents").json()["content"]),
            "terminals": [one["name"] for one in terminals],
            "tasks": http.get(f"{server}/gemini/runner/tasks").json()["data"]["tasks"],
            # Those of sign-ins come and go.
            "tokens": sorted(one["note"] for one in tokens if one["oauth_client"] == "JupyterHub"),
            "state": client.environments.get(environments["alice"]["id"])["state"],
        }
