"""Where the platform lies and listens: `GEMINI_HOME`, `GEMINI_PORT` and `GEMINI_SUBDOMAINS`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gemini_cli.errors import Refusal
from gemini_cli.subdomains import read_subdomains
from gemini_cli.words import say

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8000
DEFAULT_HOME = "~/.local/share/gemini"
FOLDERS = ("pids", "secrets", "hub", "proxy", "logs", "backups", "sandboxes", "store")


@dataclass(frozen=True)
class Settings:
    """The folder of everything that is kept, and the first of four ports of the loopback.

    `subdomains` is the hub's address where each person's servers have one of their own below it, else empty.
    """

    home: Path
    port: int
    subdomains: str = ""

    @property
    def hub_port(self) -> int:
        """The hub's, with its API."""
        return self.port + 1

    @property
    def control_port(self) -> int:
        """The control plane's."""
        return self.port + 2

    @property
    def proxy_api_port(self) -> int:
        """Where the hub tells Traefik its routes."""
        return self.port + 3

    @property
    def url(self) -> str:
        """The address to open in a browser."""
        return f"{self.subdomains}/" if self.subdomains else f"{self.proxy_url}/"

    @property
    def proxy_url(self) -> str:
        """The proxy as programs of this machine reach it, whose resolver may not know the names that browsers do."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def api_url(self) -> str:
        """The public API, through the proxy as everybody reaches it."""
        return f"{self.proxy_url}/services/gemini/api/v1"

    @property
    def hub_api_url(self) -> str:
        """The hub's API, beside the proxy."""
        return f"http://{LOOPBACK}:{self.hub_port}/hub/api"

    def environment(self) -> dict[str, str]:
        """The environment of a process of the platform."""
        mine = {"GEMINI_HOME": str(self.home), "GEMINI_PORT": str(self.port), "GEMINI_SUBDOMAINS": self.subdomains}
        return {**os.environ, **mine}

    def make_folders(self) -> None:
        """Makes what is missing of GEMINI_HOME; nobody else may look into it."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
        for name in FOLDERS:
            (self.home / name).mkdir(exist_ok=True)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that the variables say. Refusal names the variable that makes no sense."""
    said = environment.get("GEMINI_PORT") or str(DEFAULT_PORT)
    if not said.isdigit() or not 1024 <= int(said) <= 65000:
        raise Refusal(say("GEMINI_PORT={said} is not a port from 1024 to 65000.", said=said))
    home = Path(environment.get("GEMINI_HOME") or DEFAULT_HOME).expanduser().absolute()
    if home.exists() and not home.is_dir():
        raise Refusal(say("GEMINI_HOME={home} is not a folder.", home=home))
    return Settings(home, int(said), read_subdomains(environment.get("GEMINI_SUBDOMAINS", ""), int(said)))
