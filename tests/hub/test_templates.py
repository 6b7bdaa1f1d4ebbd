"""Every page of the hub's, in every shape that it takes, in both languages: no sentence of the other one is left."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gemini_hub import words
from gemini_hub.pages import spoken
from gemini_hub.setup import FOLDER, HOME
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader

from hub.reading import foreign

TEMPLATES = FOLDER / "templates"
STOCK = Path(sys.prefix) / "share/jupyterhub/templates"
PARTS = {"page.html", "message.html", "scopes.html"}
"""What the pages are made of."""
OWNED = {"filter": "server alice/env-0000000000", "description": "Access to the server"}
SCOPES: list[dict[str, Any]] = [
    {"scope": "access:servers", **OWNED},
    {"scope": "custom:gemini:use", "description": "Use Gemini as this person.", "filter": ""},
    {"scope": "custom:gemini:operate", "description": "Operate the platform.", "filter": ""},
    {"scope": "access:services", "description": "Access services", "filter": "service gemini"},
    {"scope": "inherit", "description": "Everything that the token-owning entity can do", "filter": ""},
    {"scope": None, "description": "Identify the owner of the token", "filter": ""},
    {"scope": "read:users", "description": "Read user models", "filter": "only you"},
]
TOKEN = SimpleNamespace(
    note="Server at /user/alice/env-0000000000/",
    scopes=["custom:gemini:use"],
    last_activity=None,
    created=datetime(2026, 1, 1),
    expires_at=None,
    api_id="a1",
)
CLIENT = {"description": "JupyterHub service gemini", "tokens": [TOKEN], "last_activity": None, "created": None}
TOKENS = {"api_tokens": [TOKEN], "oauth_clients": [{**CLIENT, "token_id": "a2"}]}
ENVIRONMENT: dict[str, Any] = {"server_name": "env-0000000000", "failed": False, "failed_message": None}
FAILED = {"failed": True, "failed_message": "The server did not start within 300 seconds"}
ERROR = {"status_code": 404, "status_message": "Not Found", "message": "No such user: mallory"}
SHARE = {"owner": SimpleNamespace(name="alice"), "spawner": SimpleNamespace(name="vision"), "spawner_ready": False}
PAGES: list[tuple[str, dict[str, Any]]] = [
    ("404.html", ERROR),
    *(("error.html", {**ERROR, "status_code": status}) for status in (400, 403, 404, 405, 424, 500, 503)),
    ("error.html", {"status_code": 500, "status_message": "Internal Server Error", "message": "It broke in a new way"}),
    (
        "error.html",
        {"status_code": 403, "status_message": "Forbidden", "message": "'_xsrf' argument missing from POST"},
    ),
    ("login.html", {}),
    ("login.html", {"login_service": "alice"}),
    ("login.html", {"login_error": "Invalid username or password"}),
    ("login.html", {"login_error": "Login form invalid or expired. Try again."}),
    ("login.html", {"login_error": "Forbidden"}),
    ("login.html", {"login_error": "Your organisation is not on the list"}),
    ("logout.html", {}),
    ("not_running.html", ENVIRONMENT),
    ("not_running.html", {**ENVIRONMENT, **FAILED}),
    ("oauth.html", {"oauth_client": SimpleNamespace(description="JupyterHub service gemini")}),
    ("accept-share.html", SHARE),
    ("spawn_pending.html", {"progress_url": "/hub/api/progress"}),
    ("stop_pending.html", {}),
    ("token.html", TOKENS),
    ("token.html", {"api_tokens": [], "oauth_clients": [], "token_expires_in_max_seconds": 3600}),
    ("admin.html", {"server_version": "5"}),
]


def rendered(name: str, language: str, **variables: Any) -> str:
    """A page as the hub renders it for somebody who is signed in."""
    stock = PrefixLoader({"templates": FileSystemLoader(STOCK)}, "/")
    loader = ChoiceLoader([stock, FileSystemLoader([TEMPLATES, STOCK])])
    given = {
        "base_url": "/hub/",
        "prefix": "/",
        "gemini_home": HOME,
        "static_url": lambda path, **_: f"/hub/static/{path}",
        "user": SimpleNamespace(name="alice", json_escaped_name="alice", spawner=SimpleNamespace(options_form="")),
        "authenticator": SimpleNamespace(request_otp=False),
        "parsed_scopes": {"custom:gemini:operate": {}, "admin-ui": {}},
        "scope_descriptions": SCOPES,
        "allowed_scopes": ["custom:gemini:use"],
        **spoken(language),
    }
    return Environment(loader=loader, autoescape=True).get_template(name).render(**{**given, **variables})


def test_what_is_looked_for_is_found() -> None:
    """One English button on a Chinese page, one Chinese label on an English one; not what is marked or to copy."""
    assert foreign('<p>环境</p><input type="submit" value="Sign in">', "zh-CN") == ["Sign in"]
    assert foreign('<p>Ready</p><a title="环境" lang="zh-CN">中文</a><b title="训练">Go</b><i>停止', "en") == [
        "训练",
        "停止",
    ]
    assert foreign("<p>用 gemini login 登录 Hub</p><code>HTTP 404</code>", "zh-CN") == []


def test_every_template_is_tried() -> None:
    """None is forgotten, and none that the hub has is left in English."""
    assert {name for name, _ in PAGES} | PARTS == {path.name for path in TEMPLATES.glob("*.html")}
    # Ours stand in for its home and its form of a start.
    assert {path.name for path in STOCK.glob("*.html")} - {name for name, _ in PAGES} == {
        "home.html",
        "page.html",
        "spawn.html",
    }


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize(("name", "variables"), PAGES, ids=[f"{name}-{at}" for at, (name, _) in enumerate(PAGES)])
def test_a_page_speaks_one_language(name: str, variables: dict[str, Any], language: str) -> None:
    """Text, labels and buttons; what the hub says in English is put in words, or stands under the details."""
    page = rendered(name, language, **variables)
    assert foreign(page, language, "vision", "env-0000000000", "read:users") == []


def test_no_page_leads_to_the_hubs_own_administration() -> None:
    """Operators have ours; the hub's is English alone, and says so in the reader's language. Covers: ADM-1."""
    page = rendered("token.html", "zh-CN", **TOKENS)
    assert "/services/gemini/admin/environments" in page
    assert "/hub/admin" not in page
    assert "仅有英文" in rendered("admin.html", "zh-CN", server_version="5")


def test_a_sentence_of_the_hub_that_nobody_knows_is_kept_for_details() -> None:
    """In Chinese it is said that it failed; the English is there to copy."""
    page = rendered("login.html", "zh-CN", login_error="Your organisation is not on the list")
    assert "登录失败" in page and "<code>Your organisation is not on the list</code>" in page
    assert "Your organisation is not on the list</p>" in rendered(
        "login.html", "en", login_error="Your organisation is not on the list"
    )


def test_permissions_are_said_in_words() -> None:
    """By whose environment and which service it is; the hub's filter is not repeated."""
    said = [words.permission(one, "en") for one in SCOPES]
    assert said[0] == "open the environment alice/env-0000000000"
    assert said[3] == "reach the service gemini"
    assert said[6] == "Read user models"
    assert words.permission(SCOPES[6], "zh-CN") == "权限 read:users"
