"""The extension: its settings, and its routes below `<base url>gemini/`."""

from __future__ import annotations

import os

from jupyter_server.extension.application import ExtensionApp
from traitlets import Float, Int, Unicode, default

from gemini_server import local, relay, runner, stream
from gemini_server.platform import Platform

DEFAULT_API_URL = "http://127.0.0.1:{port}/services/gemini/api/v1"
DEFAULT_PORT = "8000"
DEFAULT_RUN = "/run/gemini"


class GeminiServer(ExtensionApp):
    """Loaded by Jupyter Server from `jupyter_server_config.d/gemini_server.json`."""

    name = "gemini_server"
    load_other_extensions = True

    api_url = Unicode(
        config=True,
        help="""Base address of the control plane's API as this server reaches it, for example
        `http://127.0.0.1:8000/services/gemini/api/v1`. Default: `$GEMINI_API_URL`, which the spawner sets.""",
    )
    api_token = Unicode(
        config=True,
        help="""The token that this server asks the control plane with.
        Default: `$JUPYTERHUB_API_TOKEN`, which the hub sets. Never sent to a browser.""",
    )
    run_folder = Unicode(
        config=True,
        help="""Folder of the runner's socket `control.sock`. Default: `$GEMINI_RUN`, else `/run/gemini`.""",
    )
    max_upload_bytes = Int(
        2 * 1024**3,
        config=True,
        help="""The largest body, in bytes, that is relayed to the control plane. Default: 2 GiB, one web upload.""",
    )
    answer_seconds = Float(
        60.0,
        config=True,
        help="""How long, in seconds, the control plane may take to begin its answer once it has the whole request.
        Default: 60.""",
    )

    @default("api_url")
    def _default_api_url(self) -> str:
        port = os.environ.get("GEMINI_PORT", DEFAULT_PORT)
        return os.environ.get("GEMINI_API_URL") or DEFAULT_API_URL.format(port=port)

    @default("api_token")
    def _default_api_token(self) -> str:
        return os.environ.get("JUPYTERHUB_API_TOKEN", "")

    @default("run_folder")
    def _default_run_folder(self) -> str:
        return os.environ.get("GEMINI_RUN") or DEFAULT_RUN

    def initialize_settings(self) -> None:
        """Jupyter Server's hook: what the handlers share."""
        self.settings["gemini"] = Platform(
            api_url=self.api_url.rstrip("/"),
            token=self.api_token,
            run_folder=self.run_folder,
            max_upload_bytes=self.max_upload_bytes,
            answer_seconds=self.answer_seconds,
        )

    def initialize_handlers(self) -> None:
        """Jupyter Server's hook: the routes. The streams come before the relay, which takes all the rest."""
        for module in (stream, relay, runner, local):
            self.handlers.extend(module.default_handlers)
