"""The control plane's application: its settings, its parts, its server."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from jupyterhub.httpclient import JupyterHubHTTPClient
from jupyterhub.services.auth import HubOAuth
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application as WebApplication
from traitlets import Any as AnyTrait
from traitlets import Bool, Float, Instance, Integer, TraitError, Unicode, default, validate
from traitlets.config import Application

from gemini_control.backends.base import Backend
from gemini_control.building import Settings, build_parts
from gemini_control.handlers.base import UnknownHandler
from gemini_control.hub import Hub
from gemini_control.parts import Parts
from gemini_control.place import Place
from gemini_control.routes import API_ROUTES, make_routes
from gemini_control.sign_in import SharedHubOAuth
from gemini_control.store import migrate
from gemini_control.store.database import Store
from gemini_control.work import make_backend

HUB_CACHE_SECONDS = 30
LARGEST_BODY = 2**40
DRAIN_SECONDS = 5.0


class GeminiControl(Place, Application):
    """The hub service that knows projects, data, tasks and money, and decides."""

    name = "gemini-control"
    description = "The control plane of Gemini for Jupyter"

    ip = Unicode(
        help="The address to listen on; only a proxy should reach it. Default: GEMINI_CONTROL_IP, else 127.0.0.1. "
        "Example, in a pod: 0.0.0.0"
    ).tag(config=True)
    port = Integer(
        help="The port to listen on, 0 for any. Default: GEMINI_CONTROL_PORT, else that of JUPYTERHUB_SERVICE_URL, "
        "else 8002."
    ).tag(config=True)
    prefix = Unicode(help="The path that everything is below. Default: JUPYTERHUB_SERVICE_PREFIX.").tag(config=True)
    proxy_url = Unicode(
        help="Where the public proxy answers inside the platform. Default: GEMINI_PROXY_URL, else http://127.0.0.1:8000"
    ).tag(config=True)
    subdomain_host = Unicode(
        help="The hub's address where each person's servers have one of their own below it, else empty. "
        "Default: GEMINI_SUBDOMAINS. Example: http://hub.localhost:8000"
    ).tag(config=True)
    cookie_secret_file = Unicode(
        help="A file with at least 32 characters that cookies are signed with, the same for all replicas. "
        "Default: GEMINI_COOKIE_SECRET_FILE, else one that is made below the home."
    ).tag(config=True)
    prices_file = Unicode(
        help="The file of prices that an operator edits. Default: GEMINI_PRICES_FILE, else prices.toml in the home."
    ).tag(config=True)
    time_zone = Unicode(
        "Asia/Shanghai",
        help="The zone of business: hours, days and months of bills are of its wall clock. Example: Europe/Berlin",
    ).tag(config=True)
    describe_machine = Bool(
        True,
        help="Whether a zone `local` describes this machine, with the cards found at each start. "
        "False where the operator's own catalogue is all there is.",
    ).tag(config=True)
    hub_cache_seconds = Float(
        HUB_CACHE_SECONDS,
        help="How long, in seconds, an answer of the hub about a token is believed: so long a removed member stays.",
    ).tag(config=True)
    farewell_seconds = Float(
        0.0,
        help="How long, in seconds, requests are still taken after SIGTERM, while `/health/ready` asks for no more: "
        "what a cluster needs to lead them elsewhere. Default: GEMINI_FAREWELL_SECONDS, else 0. Example: 3",
    ).tag(config=True)

    hub_auth = Instance(HubOAuth, help="Asks the hub whose token it is.")
    backend = AnyTrait(help="Where environments and tasks run (`backends.base.Backend`). Default: this machine.")
    parts = AnyTrait(help="What the application is made of, once it is started.")

    aliases = {  # noqa: RUF012 - traitlets' own attribute
        "home": "GeminiControl.home",
        "port": "GeminiControl.port",
        "ip": "GeminiControl.ip",
        "db-url": "GeminiControl.db_url",
        "config": "GeminiControl.config_file",
        "log-level": "Application.log_level",
    }
    config_file = Unicode(
        help="A Python file of settings, `c.GeminiControl.time_zone = …`. Default: GEMINI_CONTROL_CONFIG."
    ).tag(config=True)

    @default("config_file")
    def _default_config_file(self) -> str:
        return os.environ.get("GEMINI_CONTROL_CONFIG", "")

    @default("ip")
    def _default_ip(self) -> str:
        return os.environ.get("GEMINI_CONTROL_IP", "127.0.0.1")

    @default("cookie_secret_file")
    def _default_cookie_secret_file(self) -> str:
        return os.environ.get("GEMINI_COOKIE_SECRET_FILE", "")

    @default("prices_file")
    def _default_prices_file(self) -> str:
        return os.environ.get("GEMINI_PRICES_FILE", "")

    @default("farewell_seconds")
    def _default_farewell_seconds(self) -> float:
        return float(os.environ.get("GEMINI_FAREWELL_SECONDS") or 0)

    @default("port")
    def _default_port(self) -> int:
        url = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", ""))
        return int(os.environ.get("GEMINI_CONTROL_PORT") or url.port or 8002)

    @default("prefix")
    def _default_prefix(self) -> str:
        return os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/services/gemini/")

    @default("proxy_url")
    def _default_proxy_url(self) -> str:
        return os.environ.get("GEMINI_PROXY_URL", "http://127.0.0.1:8000")

    @default("subdomain_host")
    def _default_subdomain_host(self) -> str:
        return os.environ.get("GEMINI_SUBDOMAINS", "")

    @default("log_level")
    def _default_log_level(self) -> str:
        return "INFO"

    @validate("time_zone")
    def _validate_time_zone(self, proposal: Any) -> str:
        if proposal.value not in available_timezones():
            raise TraitError(f"{proposal.value!r} is no time zone; give one like Asia/Shanghai")
        return str(proposal.value)

    @default("hub_auth")
    def _default_hub_auth(self) -> HubOAuth:
        seconds = int(self.hub_cache_seconds)
        auth = SharedHubOAuth(parent=self, base_url=self.prefix, cache_max_age=seconds, secret=self.secret)
        # The cookie is also how our pages open the event stream.
        auth.allow_websocket_cookie_auth = True
        return auth

    @default("backend")
    def _default_backend(self) -> Backend:
        return make_backend(Path(self.home).absolute())

    @property
    def secret(self) -> bytes:
        """What cookies are signed with. ValueError where the file of it says too little."""
        return self.folder.cookie_secret(Path(self.cookie_secret_file) if self.cookie_secret_file else None)

    def initialize(self, argv: list[str] | None = None) -> None:
        """Read the command line and the file of settings."""
        super().initialize(argv)
        if self.config_file:
            self.load_config_file(self.config_file)

    def make_parts(self) -> Parts:
        """Open the database (of the right version only) and build what works on it."""
        home = self.folder
        migrate.check(self.db_url)
        home.prepare()
        settings = Settings(
            self.prefix, self.backend, self.subdomain_host, self.describe_machine, self.prices_file or None
        )
        return build_parts(settings, home, self.make_store(), self.make_hub(), ZoneInfo(self.time_zone))

    def make_store(self) -> Store:
        """The one way into the database."""
        return Store(self.db_url)

    def make_hub(self) -> Hub:
        """The client of the hub's API."""
        auth = self.hub_auth
        base_url = auth.hub_prefix.removesuffix("hub/")
        return Hub(auth.api_url, self.proxy_url, base_url, auth.api_token, self.subdomain_host)

    def make_web(self) -> WebApplication:
        """The web application over the parts."""
        return WebApplication(
            make_routes(self.prefix),
            api_routes=API_ROUTES,
            parts=self.parts,
            hub_auth=self.hub_auth,
            subdomain_host=self.subdomain_host,
            log=self.log,
            cookie_secret=self.secret,
            log_function=self.parts.metrics.log_request,
            default_handler_class=UnknownHandler,
            websocket_ping_interval=20,
        )

    async def start_async(self) -> None:
        """Open everything, start what works in the background, then take requests. `self.port` is the real port."""
        self.parts = self.make_parts()
        await self.parts.start()
        # Sizes are limited by each handler before it reads; this only has to be larger than the largest upload.
        self._server = HTTPServer(self.make_web(), xheaders=True, max_body_size=LARGEST_BODY)
        sockets = bind_sockets(self.port, self.ip)
        self.port = sockets[0].getsockname()[1]
        self._server.add_sockets(sockets)
        self.log.info("Listening on http://%s:%s%s", self.ip, self.port, self.prefix)

    async def stop_async(self) -> None:
        """Take no more requests, end the background work, close the database."""
        self._server.stop()
        await self.parts.stop()
        try:
            await asyncio.wait_for(self._server.close_all_connections(), DRAIN_SECONDS)
        finally:
            # The client behind HubAuth is one per event loop and would hold its sockets and its resolver for good.
            await JupyterHubHTTPClient.loop_instance().close()
            self.parts.store.close()

    async def run_async(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        await self.start_async()
        await ended.wait()
        self.log.info("Ending")
        self.parts.ending = True
        await asyncio.sleep(self.farewell_seconds)
        await self.stop_async()

    def start(self) -> None:
        """Serve until SIGTERM or SIGINT (what `launch_instance` calls)."""
        asyncio.run(self.run_async())
