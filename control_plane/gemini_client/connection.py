"""Where the platform is and who asks: from variables, from the environment around us, from the saved login."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gemini_core.errors import GeminiError, InvalidInput, Unauthenticated
from gemini_core.messages import language_of

if TYPE_CHECKING:
    from gemini_client.sync import Client

SERVICE = "/services/gemini/"
API = "api/v1"
_LAB_LANGUAGE = Path("@jupyterlab", "translation-extension", "plugin.jupyterlab-settings")
_LOCALE = re.compile(r'"locale"\s*:\s*"([^"]*)"')


@dataclass(frozen=True)
class Connection:
    """How to reach the platform.

    `url` is the API's base, `language` that of messages (`en`, `zh-CN`), `source` where it was found: `variables`,
    `environment` or `login`. `pages` is where a browser finds the pages; within JupyterLab that may be a bare path.
    """

    url: str
    token: str = field(repr=False)
    language: str
    source: str
    pages: str

    def client(self) -> Client:
        """A client for it; close it, or let it end with the process."""
        from gemini_client.sync import Client

        return Client(self.url, self.token, self.language)


def find_connection(environ: Mapping[str, str] = os.environ) -> Connection:
    """The first of: GEMINI_URL with GEMINI_TOKEN; the environment around us; the saved login.

    GeminiError where there is none, or half of one, says what to do.
    """
    language = find_language(environ)
    url, token = environ.get("GEMINI_URL", ""), environ.get("GEMINI_TOKEN", "")
    if url and token:
        base = api_base(url)
        return Connection(base, token, language, "variables", base.removesuffix(API))
    if url or token:
        given, missing = ("GEMINI_URL", "GEMINI_TOKEN") if url else ("GEMINI_TOKEN", "GEMINI_URL")
        raise Unauthenticated("connection-half", given=given, missing=missing)
    url, token = environ.get("GEMINI_API_URL", ""), environ.get("JUPYTERHUB_API_TOKEN", "")
    if url and token:
        return Connection(url.rstrip("/"), token, language, "environment", _pages_around(environ))
    saved = _read_login(environ)
    if saved is None:
        raise Unauthenticated("not-connected")
    return Connection(saved[0], saved[1], language, "login", saved[0].removesuffix(API))


def api_base(address: str) -> str:
    """The API's base of what a person gave: the hub's address, a page of it, or the base itself.

    InvalidInput where it is no address of HTTP.
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError as error:
        raise InvalidInput("address-unfit", field="url", address=address) from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput("address-unfit", field="url", address=address)
    before = f"{parts.path.rstrip('/')}/"
    for mark in (SERVICE, "/hub/", "/user/"):
        before = before.partition(mark)[0]
    return f"{parts.scheme}://{parts.netloc}{before.rstrip('/')}{SERVICE}{API}"


def find_language(environ: Mapping[str, str] = os.environ) -> str:
    """The person's language: GEMINI_LANGUAGE, else what was chosen in JupyterLab, else the terminal's."""
    given = environ.get("GEMINI_LANGUAGE") or _lab_language(environ)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        given = given or environ.get(name, "")
    return language_of(given.replace("_", "-").partition(".")[0])


def login_path(environ: Mapping[str, str] = os.environ) -> Path:
    """The file of the saved login."""
    folder = environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME") or Path.home(), ".config")
    return Path(folder, "gemini", "login.json")


def save_login(address: str, token: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Keeps a login where only this account can read it; the older one is replaced. InvalidInput as `api_base`."""
    path = login_path(environ)
    content = json.dumps({"url": api_base(address), "token": token})
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    draft.replace(path)
    return path


def forget_login(environ: Mapping[str, str] = os.environ) -> bool:
    """Removes the saved login; whether there was one."""
    path = login_path(environ)
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def _read_login(environ: Mapping[str, str]) -> tuple[str, str] | None:
    path = login_path(environ)
    try:
        saved = json.loads(path.read_text())
        return str(saved["url"]), str(saved["token"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GeminiError("login-unreadable", path=str(path)) from error


def _pages_around(environ: Mapping[str, str]) -> str:
    """Where the browser in front of this environment finds the pages; the API's own address is for inside only."""
    public = environ.get("JUPYTERHUB_PUBLIC_HUB_URL", "")
    if public:
        return api_base(public).removesuffix(API)
    base = environ.get("JUPYTERHUB_BASE_URL", "/").rstrip("/")
    return f"{environ.get('JUPYTERHUB_HOST', '')}{base}{SERVICE}"


def _lab_language(environ: Mapping[str, str]) -> str:
    folder = environ.get("JUPYTERLAB_SETTINGS_DIR")
    if not folder:
        return ""
    try:
        # JupyterLab's files may hold comments, so this is no JSON for `json`.
        found = _LOCALE.search((Path(folder) / _LAB_LANGUAGE).read_text())
    except (OSError, UnicodeDecodeError):
        return "en"
    return found[1].replace("default", "en") if found else "en"
