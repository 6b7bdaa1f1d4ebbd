"""Where people reach each other's servers: below the hub's own address, or each person's at an address of their own."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from jupyterhub.utils import subdomain_hook_idna


@dataclass(frozen=True)
class Addresses:
    """`base_url` is the hub's prefix (`/`), `subdomain_host` its address where people have addresses of their own
    below it (`http://hub.localhost:8000`), else empty."""

    base_url: str
    subdomain_host: str = ""

    def server(self, person: str, environment: str) -> str:
        """The base of a person's server, with a slash at its end: a path, or a whole address."""
        name = self.name_of(person)
        origin = f"{urlsplit(self.subdomain_host).scheme}://{name}" if name else ""
        return f"{origin}{self.base_url}user/{quote(person, safe='@~')}/{quote(environment, safe='')}/"

    def name_of(self, person: str) -> str:
        """What the proxy knows the person's servers by (`Host`); empty where they have no address of their own."""
        if not self.subdomain_host:
            return ""
        hub = urlsplit(self.subdomain_host)
        port = f":{hub.port}" if hub.port else ""
        return f"{subdomain_hook_idna(person, hub.hostname, kind='user')}{port}"
