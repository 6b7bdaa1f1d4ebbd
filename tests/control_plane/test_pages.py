"""Our pages: behind the hub's sign-in, with the cookie's protections; and the cookie at the API."""

from __future__ import annotations

import json
import re
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from gemini_control.handlers import pages
from tornado.httpclient import HTTPRequest

from control_plane.platform import PREFIX, Answer, Platform

BROWSER = {"Sec-Fetch-Mode": "navigate", "User-Agent": "test"}
FETCH = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin", "User-Agent": "test"}


class Browser:
    """Follows redirects and keeps cookies, as a browser does."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.cookies: dict[str, str] = {}

    async def get(self, path: str, **headers: str) -> Answer:
        """A page by its address below the service."""
        url = self.platform.url(path)
        for _ in range(6):
            sent = {**BROWSER, **headers, "Cookie": self.cookie()}
            request = HTTPRequest(url, headers=sent, follow_redirects=False)
            response = await self.platform.client.fetch(request, raise_error=False)
            for line in response.headers.get_list("Set-Cookie"):
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            if response.code != 302:
                return Answer(response.code, response.body, response.headers)
            target = response.headers["Location"]
            url = target if target.startswith("http") else f"http://127.0.0.1:{self.platform.app.port}{target}"
        raise AssertionError("too many redirects")

    def cookie(self) -> str:
        """The header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """The API as a page's script asks it."""
        sent = {**FETCH, "Cookie": self.cookie(), **headers}
        return await self.platform.ask(method, path, None, body, headers=sent)


@pytest.fixture
async def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built bundle."""
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "pages.js").write_text("1")
    (folder / "pages.css").write_text("")
    monkeypatch.setattr(pages, "STATIC", folder)
    return folder


@pytest.fixture
async def browser(platform: Platform, lab: str, bundle: Path) -> Browser:
    """A browser whose person signs in as the member."""
    platform.hub.signs_in = "token-of-member"
    return Browser(platform)


@pytest.mark.parametrize(
    "path",
    ["home", "environments/new", "training/create", "training-jobs", "training-jobs/task-x", "datasets", "models"],
)
async def test_a_page_after_signing_in(browser: Browser, path: str) -> None:
    """Covers: TRAIN-5, API-0. Sent to the hub and back to the page that was asked for."""
    answer = await browser.get("" if path == "home" else path)
    assert answer.status == 200
    page = answer.body.decode()
    config = re.search(r'<script type="application/json" id="gemini-config"[^>]*>(.*?)</script>', page)
    assert config is not None
    found = json.loads(config[1])
    assert (found["base"], found["hub"], found["person"]) == (PREFIX, "/hub/", "member")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy and "'unsafe-inline'" not in policy.split("style-src")[0]
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce is not None and page.count(f'nonce="{nonce[1]}"') == 2
    assert f'src="{PREFIX}static/pages/pages.js?v=' in page


async def test_what_is_no_page(browser: Browser) -> None:
    """Covers: API-1. A page that says so, in the person's language."""
    answer = await browser.get("no/such", **{"Accept-Language": "zh-CN"})
    assert answer.status == 404 and "页面不存在" in answer.body.decode()


async def test_a_bundle_that_was_not_built(browser: Browser, bundle: Path) -> None:
    """Covers: TRAIN-5. A clear page, not an empty one."""
    (bundle / "pages.js").unlink()
    answer = await browser.get("")
    assert answer.status == 500 and "make build" in answer.body.decode()


async def test_a_name_cannot_break_out_of_the_page(platform: Platform, browser: Browser) -> None:
    """Covers: API-1. Whatever a name holds, it stays text."""
    name = "</script><script>alert(1)</script>"
    platform.hub.tokens["token-of-member"]["name"] = name
    page = (await browser.get("")).body.decode()
    assert "<script>alert" not in page
    config = re.search(r'id="gemini-config"[^>]*>(.*?)</script>', page)
    assert config is not None and json.loads(config[1])["person"] == name


async def test_a_person_without_our_scope(platform: Platform, browser: Browser) -> None:
    """Covers: TEN-2. A page that says what is missing, no redirect without end."""
    platform.hub.signs_in = "token-of-plain"
    answer = await browser.get("")
    assert answer.status == 403 and "custom:gemini:use" in answer.body.decode()


async def test_the_cookie_at_the_api_needs_its_token(platform: Platform, browser: Browser) -> None:
    """Covers: API-1. Reading and writing by a page's script: only with the token, only the one of this sign-in."""
    await browser.get("")
    token = browser.cookies["_xsrf"]
    body = {"name": "by a page"}
    good = await browser.ask("POST", "/projects", body, **{"X-XSRFToken": token})
    assert good.data["owner"] == "member"
    assert (await browser.ask("GET", "/projects", **{"X-XSRFToken": token})).status == 200
    refused = {
        "no token": {},
        "another token": {"X-XSRFToken": "x"},
        "no-cors": {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Site": "cross-site"},
        "plain text": {"Content-Type": "text/plain", "Sec-Fetch-Site": "cross-site"},
        "a form": {"Sec-Fetch-Mode": "navigate", "Content-Type": "application/x-www-form-urlencoded"},
    }
    for what, headers in refused.items():
        for method in ("POST", "DELETE", "PATCH"):
            path = "/projects" if method == "POST" else f"/projects/{good.data['id']}"
            answer = await browser.ask(method, path, {"name": "forged"} if method != "DELETE" else None, **headers)
            assert (answer.status, answer.error["name"]) == (403, "xsrf-missing"), what
    assert [one["name"] for one in (await platform.ask("GET", "/projects")).data] == ["by a page"]


async def test_the_bundle_needs_no_sign_in(platform: Platform) -> None:
    """Covers: PERF-1. Kept by browsers, and nothing beside it is served."""
    for path in ("static/pages/../../app.py", "static/pages/%2e%2e/%2e%2e/app.py", "static/pages/none.js"):
        answer = await platform.ask("GET", path, None)
        assert answer.status in (302, 403, 404), path


async def test_signing_in_leads_nowhere_else(platform: Platform, browser: Browser) -> None:
    """Covers: API-1. A way back that is not ours is not taken."""
    answer = await platform.ask("GET", "?next=http://evil.example", None, headers=BROWSER)
    assert answer.status == 302
    target = urlsplit(answer.headers["Location"])
    assert "evil" not in target.netloc
    assert target.path == "/hub/api/oauth2/authorize"
