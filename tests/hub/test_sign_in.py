"""Who gets in, in which language, and where the hub's own pages lead."""

from __future__ import annotations

import httpx
import pytest
from platform_fixture import Platform

pytestmark = pytest.mark.hub


@pytest.mark.parametrize(("language", "words"), [("en-GB,en", "Sign in"), ("zh-CN,zh;q=0.9", "登录")])
def test_the_form_speaks_the_browsers_language(platform: Platform, language: str, words: str) -> None:
    """The sign-in page is in English and in Chinese, and nobody can sign up."""
    page = httpx.get(f"{platform.url}/hub/login", headers={"Accept-Language": language}).text
    assert f'value="{words}"' in page
    assert "signup" not in page.lower()


@pytest.mark.parametrize("name", ["alice", "mallory", "alice\n", "a" * 500])
def test_a_wrong_password_is_refused(platform: Platform, name: str) -> None:
    """A known and an unknown name are refused alike."""
    with httpx.Client(base_url=platform.url) as browser:
        browser.get("/hub/login")
        form = {"username": name, "password": "wrong", "_xsrf": browser.cookies.get("_xsrf", path="/hub/")}
        answer = browser.post("/hub/login", data=form, headers={"Accept-Language": "zh-CN"})
    assert answer.status_code == 403
    assert "用户名或密码不正确" in answer.text


def test_signing_in_leads_to_our_home(platform: Platform) -> None:
    """After the form one is at our pages, without a question in between. Covers: ENV-4."""
    with platform.browser("alice") as browser:
        answer = browser.get("/")
        assert answer.status_code == 200
        assert answer.url.path == "/services/gemini/"
        assert '"person": "alice"' in answer.text or '"person":"alice"' in answer.text


@pytest.mark.parametrize(
    ("page", "ours"),
    [
        ("/hub/home", "/services/gemini/"),
        ("/hub/spawn", "/services/gemini/environments/new"),
        ("/hub/spawn/alice", "/services/gemini/environments/new"),
    ],
)
def test_the_hubs_pages_lead_to_ours(platform: Platform, page: str, ours: str) -> None:
    """The hub's home and spawn pages are replaced by ours. Covers: ENV-4."""
    with platform.browser("alice") as browser:
        answer = browser.get(page, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, ours)


def test_the_hub_keeps_its_other_pages(platform: Platform) -> None:
    """Its token page is there, with our navigation."""
    with platform.browser("bob") as browser:
        page = browser.get("/hub/token").text
    assert 'href="/services/gemini/training-jobs"' in page
    assert 'href="/services/gemini/"' in page


def test_nobody_reaches_the_api_unsigned(platform: Platform) -> None:
    """Without a token the API answers 401, the page leads to the form; health is open. Covers: API-1."""
    assert httpx.get(f"{platform.api_url}/me").status_code == 401
    assert httpx.get(f"{platform.url}/services/gemini/").status_code == 302
    assert httpx.get(f"{platform.api_url}/health").status_code == 200
