"""Users kept apart in the browser: each person's servers at an address of their own below the hub's."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from jupyterhub.utils import subdomain_hook_idna

from gemini_hub.setup import HOME


def setup_subdomains(c: Any, host: str, service_url: str) -> None:
    """`host` is the hub's address (`http://hub.localhost:8000`), `service_url` where the control plane listens.

    Cookies get the prefix `__Host-`: a page at one address below the hub's could otherwise set the cookies of all.
    Browsers take it on `Secure` cookies only, which those of names that end in .localhost may be without TLS.
    """
    c.JupyterHub.subdomain_host = host
    c.JupyterHub.subdomain_hook = name_below
    c.JupyterHub.cookie_host_prefix_enabled = True
    c.JupyterHub.tornado_settings = {"cookie_options": {"secure": True}}
    # Programs of this machine, and those inside, come by number: they need not know the names that browsers do.
    c.Proxy.extra_routes = {f"127.0.0.1{HOME}": service_url}


def name_below(name: str, domain: str, kind: str) -> str:
    """People get names of their own; our service is as much to be trusted as the hub and lives at the hub's."""
    return domain if kind == "service" else str(subdomain_hook_idna(name, domain, kind))


class AtHubAddress:
    """Mix in before a page of the hub, which the proxy leads to from every address: it is at the hub's own alone.

    Else a person could sign in below somebody's address, whose servers would be sent the cookie.
    """

    async def prepare(self: Any) -> None:
        """Leads to the same page at the hub's address; what was posted elsewhere is not taken."""
        if self.subdomain_host and self.request.host != urlsplit(self.subdomain_host).netloc:
            self.redirect(self.subdomain_host + self.request.uri)
            return
        await super().prepare()  # type: ignore[misc]
