"""The hub's own pages: in the person's language and theme, and the ways from them to ours."""

from __future__ import annotations

import json
import re
import secrets

import httpx
import pytest
from gemini_hub import words as hub_words
from hub.reading import foreign
from hub.test_templates import rendered
from platform_fixture import Platform, create_environment, stop_environment, wait_environment
from playwright.sync_api import Page, expect

from .conftest import Visitor
from .pages import SLOW
from .test_views import AXE, look

pytestmark = pytest.mark.browser

SIGNED_IN = {
    "hub-token": "/hub/token",
    "hub-unknown": "/hub/no-such-page",
    "hub-not-running": "/hub/user/alice/env-0000000000/lab",
    "hub-unreachable": "/hub/error/503",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_page_of_the_hub(visit: Visitor, platform: Platform, language: str, theme: str) -> None:
    """At every width: nothing for axe to find, nothing that scrolls sideways, and all of it in one language."""
    stranger = visit("alice", language, theme=theme, signed_in=False)
    stranger.page.context.add_init_script(path=AXE)
    short = "en" if language == "en" else "zh"
    stranger.page.goto(f"{platform.url}/hub/login")
    found = {"hub-login": look(stranger, f"hub-login-{short}-{theme}")}
    person = visit("alice", language, theme=theme)
    person.page.context.add_init_script(path=AXE)
    for name, path in SIGNED_IN.items():
        person.page.goto(platform.url + path)
        expect(person.page.locator("html")).to_have_attribute("lang", language)
        found[name] = look(person, f"{name}-{short}-{theme}")
        assert foreign(person.page.content(), language, "tests", "laptop") == [], name
    assert foreign(stranger.page.content(), language) == []
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize(("language", "said"), [("en", "Server requested"), ("zh-CN", "正在准备数据")])
def test_the_start_of_anothers_environment(visit: Visitor, platform: Platform, language: str, said: str) -> None:
    """Whoever looks at it reads what is news in their own language; in the other one nothing is said."""
    page = visit("alice", language, signed_in=False).page
    news = [
        {"progress": 10, "message": "Server requested"},
        {"progress": 40, "message": "正在准备数据"},
        {"progress": 50},
    ]
    stream = "".join(f"data: {json.dumps(one)}\n\n" for one in news)
    page.route("**/hub/news", lambda route: route.fulfill(content_type="text/event-stream", body=stream))
    pending = rendered("spawn_pending.html", language, progress_url="/hub/news")
    page.route("**/hub/pending", lambda route: route.fulfill(content_type="text/html", body=pending))
    page.goto(f"{platform.url}/hub/pending")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "50")
    expect(page.get_by_role("status")).to_have_text(said)


def test_the_language_is_one_for_all_pages(visit: Visitor, platform: Platform) -> None:
    """Chosen before signing in, it holds on our pages; changed there, it holds on the hub's."""
    person = visit("alice", "en", signed_in=False)
    page, chinese, english = person.page, hub_words.of("zh-CN"), hub_words.of("en")
    page.goto(f"{platform.url}/hub/login")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name=chinese["sign_in"])).to_be_visible()
    person.sign_in("alice")
    expect(page.get_by_role("heading", name="环境", exact=True)).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Environments", exact=True)).to_be_visible()
    page.goto(f"{platform.url}/hub/token")
    expect(page.get_by_role("heading", name=english["tokens"], exact=True)).to_be_visible()


def test_the_theme_is_one_for_all_pages(visit: Visitor, platform: Platform) -> None:
    """Chosen on the hub's page, it holds on ours."""
    page = visit("alice").page
    page.goto(f"{platform.url}/hub/token")
    page.get_by_role("button", name=hub_words.of("en")["theme"]).click()
    expect(page.locator("html")).to_have_attribute("data-jp-theme-light", "false")
    page.goto(f"{platform.url}/services/gemini/")
    expect(page.locator("html")).to_have_attribute("data-jp-theme-light", "false")


def make_token(page: Page, note: str) -> dict[str, str]:
    """A token for the command line, made by the form; the header that carries it."""
    words = hub_words.of("en")
    page.reload()
    page.get_by_label(words["token_note"]).fill(note)
    page.get_by_role("button", name=words["make_token"]).click()
    token = page.locator("#token-result")
    expect(token).to_have_text(re.compile("^[0-9a-f]{20,}$"))
    return {"Authorization": f"token {token.inner_text()}"}


def revoke_token(page: Page, note: str) -> None:
    """By its button and the question."""
    page.reload()
    page.once("dialog", lambda dialog: dialog.accept())
    row = page.get_by_role("row", name=re.compile(note)).first
    token = row.get_by_role("button").get_attribute("data-revoke")
    row.get_by_role("button").click()
    expect(page.locator(f'[data-revoke="{token}"]')).to_have_count(0)


def test_a_token_for_the_command_line(visit: Visitor, platform: Platform) -> None:
    """Covers: NB-2. Made on the page it opens our API and nothing else of the hub; revoked it opens nothing."""
    page, laptop, stolen = visit("bob").page, *(f"{note} {secrets.token_hex(2)}" for note in ("laptop", "stolen"))
    page.goto(f"{platform.url}/hub/token")
    headers = make_token(page, laptop)
    assert httpx.get(f"{platform.api_url}/me", headers=headers).json()["data"]["name"] == "bob"
    refused = httpx.post(f"{platform.url}/hub/api/users/bob/tokens", headers=headers, json={})
    assert refused.status_code in (403, 404)
    # What our API asked the hub it remembers for half a minute: one that it has not met is refused at once.
    lost = make_token(page, stolen)
    assert httpx.get(f"{platform.url}/hub/api/user", headers=lost).json()["name"] == "bob"
    revoke_token(page, stolen)
    assert httpx.get(f"{platform.url}/hub/api/user", headers=lost).status_code == 403
    assert httpx.get(f"{platform.api_url}/me", headers=lost).status_code == 401
    assert httpx.get(f"{platform.api_url}/me", headers=headers).status_code == 200
    revoke_token(page, laptop)


def test_from_the_hub_into_an_environment(visit: Visitor, platform: Platform) -> None:
    """Covers: ENV-4, ENV-8. Who comes too early is shown the start and led on to what they asked for by itself."""
    client = platform.client("bob")
    made = create_environment(client, "early", dataset=False)
    person = visit("bob")
    wanted = f"/user/bob/{made}/lab/tree/train.py"
    person.page.goto(f"{platform.url}/services/gemini/environments/{made}?next={wanted}")
    expect(person.page).to_have_url(re.compile(rf"/user/bob/{made}/lab"), timeout=SLOW)
    stop_environment(client, made)
    with platform.browser("bob") as browser:
        answer = browser.get(f"/hub/spawn-pending/bob/{made}?next={wanted}", follow_redirects=False)
        assert answer.headers["location"].startswith(f"/services/gemini/environments/{made}?next=")
    person.page.goto(f"{platform.url}{wanted}")
    person.page.get_by_role("link", name=hub_words.of("en")["to_environment"]).click()
    expect(person.home.card("early").locator('[data-state="stopped"]')).to_be_visible()


@pytest.mark.parametrize("when", ["queued or allocated", "starting"])
def test_a_start_is_cancelled(visit: Visitor, platform: Platform, when: str) -> None:
    """Covers: ENV-3. Whenever it is taken back it ends as stopped, and nothing of it runs."""
    client = platform.client("bob")
    person = visit("bob")
    person.go()
    made = create_environment(client, when, dataset=False)
    card = person.home.card(when)
    if when == "starting":
        expect(card.locator('[data-step="doing"]')).to_be_visible()
    card.get_by_role("button", name="Cancel", exact=True).click()
    expect(card.locator('[data-state="stopped"]')).to_be_visible(timeout=SLOW)
    assert wait_environment(client, made, "stopped")["reason"]["code"] == "user-stopped"
    states = {line.split()[0] for line in sandbox_states(platform, made)}
    assert states <= {"ended", "absent"}
    client.environments.delete(made)


def sandbox_states(platform: Platform, environment: str) -> list[str]:
    """What the machine knows of an environment."""
    from gemini_sandbox import Sandboxes

    return [Sandboxes(platform.home).observe(environment).state]
