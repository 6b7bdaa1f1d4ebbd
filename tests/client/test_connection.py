"""Where the platform is found: variables, the environment around us, the saved login; and in which language."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from gemini_client.connection import api_base, find_connection, find_language, forget_login, save_login
from gemini_core.errors import GeminiError, InvalidInput, Unauthenticated

HUB = "https://hub.example.org"
BASE = f"{HUB}/services/gemini/api/v1"


@pytest.mark.parametrize(
    ("address", "base"),
    [
        (HUB, BASE),
        (f" {HUB}/ ", BASE),
        (f"{HUB}/hub/home", BASE),
        (f"{HUB}/hub", BASE),
        (f"{HUB}/user/alice/env-aaaaaaaaaa/lab", BASE),
        (f"{HUB}/services/gemini/training-jobs?x=1", BASE),
        (BASE, BASE),
        (f"{HUB}:8443/jupyter/hub/", f"{HUB}:8443/jupyter/services/gemini/api/v1"),
        ("http://127.0.0.1:8000/jupyter", "http://127.0.0.1:8000/jupyter/services/gemini/api/v1"),
    ],
)
def test_any_address_of_the_platform_will_do(address: str, base: str) -> None:
    """Covers: NB-2."""
    assert api_base(address) == base


@pytest.mark.parametrize("address", ["", "hub.example.org", "ftp://hub.example.org", "https://", "http://[", "/hub/"])
def test_what_is_no_address_is_said(address: str) -> None:
    """Covers: NB-2."""
    with pytest.raises(InvalidInput, match="no address of a platform") as caught:
        api_base(address)
    assert caught.value.field == "url"


def test_the_first_that_is_there_wins(tmp_path: Path) -> None:
    """Variables, then the environment, then the saved login. Covers: NB-2."""
    login = {"XDG_CONFIG_HOME": str(tmp_path)}
    with pytest.raises(Unauthenticated, match="gemini login"):
        find_connection(login)
    save_login(f"{HUB}/hub/", "saved", login)
    inside = {"GEMINI_API_URL": "http://127.0.0.1:1/x/api/v1", "JUPYTERHUB_API_TOKEN": "server"}
    variables = {"GEMINI_URL": HUB, "GEMINI_TOKEN": "given"}
    found = [find_connection(login | inside | variables), find_connection(login | inside), find_connection(login)]
    assert [(one.source, one.url, one.token) for one in found] == [
        ("variables", BASE, "given"),
        ("environment", "http://127.0.0.1:1/x/api/v1", "server"),
        ("login", BASE, "saved"),
    ]
    assert "given" not in repr(found[0])


@pytest.mark.parametrize("given", ["GEMINI_URL", "GEMINI_TOKEN"])
def test_half_a_connection_is_never_completed_from_elsewhere(given: str, tmp_path: Path) -> None:
    """A token must not go to a platform that was not named. Covers: NB-2."""
    login = {"XDG_CONFIG_HOME": str(tmp_path)}
    save_login(HUB, "saved", login)
    with pytest.raises(Unauthenticated, match=f"{given} is set"):
        find_connection(login | {given: HUB})


def test_a_login_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    """Covers: NB-2."""
    environ = {"HOME": str(tmp_path)}
    path = save_login(HUB, "one", environ)
    assert path == tmp_path / ".config" / "gemini" / "login.json"
    path.chmod(0o644)
    save_login(HUB, "two", environ)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert find_connection(environ).token == "two"
    assert (forget_login(environ), forget_login(environ)) == (True, False)


@pytest.mark.parametrize("content", ["", "[]", '{"url": "x"}'])
def test_a_login_that_cannot_be_read_is_said(content: str, tmp_path: Path) -> None:
    """Covers: NB-2."""
    environ = {"HOME": str(tmp_path)}
    save_login(HUB, "one", environ).write_text(content)
    with pytest.raises(GeminiError, match="cannot be read"):
        find_connection(environ)


@pytest.mark.parametrize(
    ("environ", "pages"),
    [
        ({}, "/services/gemini/"),
        ({"JUPYTERHUB_BASE_URL": "/jupyter/"}, "/jupyter/services/gemini/"),
        ({"JUPYTERHUB_HOST": "http://hub.localhost:8000"}, "http://hub.localhost:8000/services/gemini/"),
        ({"JUPYTERHUB_PUBLIC_HUB_URL": f"{HUB}/hub/"}, f"{HUB}/services/gemini/"),
    ],
)
def test_pages_are_where_the_browser_finds_them(environ: dict[str, str], pages: str) -> None:
    """The API's address inside an environment is of no use to a browser. Covers: NB-1."""
    inside = {"GEMINI_API_URL": "http://127.0.0.1:1/x/api/v1", "JUPYTERHUB_API_TOKEN": "server"}
    assert find_connection(inside | environ).pages == pages


@pytest.mark.parametrize(
    ("setting", "language"),
    [('{"locale": "zh_CN"}', "zh-CN"), ('{\n  // chosen\n  "locale": "default"\n}', "en"), (None, "en")],
)
def test_the_language_is_that_of_lab(setting: str | None, language: str, tmp_path: Path) -> None:
    """Inside JupyterLab what was chosen there counts, not the system's. Covers: NB-1."""
    folder = tmp_path / "@jupyterlab" / "translation-extension"
    folder.mkdir(parents=True)
    if setting is not None:
        (folder / "plugin.jupyterlab-settings").write_text(setting)
    inside = {"JUPYTERLAB_SETTINGS_DIR": str(tmp_path), "LANG": "zh_CN.UTF-8"}
    assert find_language(inside) == language
    assert find_language(inside | {"GEMINI_LANGUAGE": "zh-CN"}) == "zh-CN"


@pytest.mark.parametrize(("lang", "language"), [("zh_CN.UTF-8", "zh-CN"), ("C.UTF-8", "en"), ("", "en")])
def test_elsewhere_the_language_is_the_terminals(lang: str, language: str) -> None:
    """Covers: NB-2."""
    assert find_language({"LANG": lang}) == language
