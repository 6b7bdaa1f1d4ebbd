"""TensorBoard by one click (TB-1): started on demand beside the server, reached through the authenticated proxy only.

It has no login of its own, so it listens on 127.0.0.1 inside the environment and nowhere else.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from typing import Any

NAME = "gemini-tensorboard"
READY_SECONDS = 60.0
RELOAD_SECONDS = 5
DEFAULT_LOGDIR = "/gemini/output"
FRAME = "frame-ancestors 'self'"
_FRAME_DIRECTIVE = re.compile(r"frame-ancestors[^;]*")


def setup_tensorboard() -> dict[str, Any]:
    """The entry for jupyter-server-proxy (entry point group `jupyter_serverproxy_servers`)."""
    return {
        "command": command,
        "timeout": READY_SECONDS,
        # TensorBoard makes its own links, below the prefix that it is told.
        "absolute_url": True,
        "launcher_entry": {"enabled": False},
        "new_browser_tab": False,
        # An open tab asks for news for ever; that is no person at work.
        "update_last_activity": False,
        "request_headers_override": {"Cookie": "", "Authorization": "", "X-XSRFToken": ""},
        "rewrite_response": keep_in_lab,
    }


def command(port: int, base_url: str) -> list[str]:
    """The command line. `-P`: the working folder holds the person's code, not modules of TensorBoard."""
    fast = importlib.util.find_spec("tensorboard_data_server") is not None
    return [
        sys.executable,
        "-P",
        "-m",
        "tensorboard.main",
        f"--logdir={_literal(os.environ.get('GEMINI_OUTPUT') or DEFAULT_LOGDIR)}",
        f"--load_fast={'true' if fast else 'false'}",
        "--host=127.0.0.1",
        f"--port={port}",
        f"--path_prefix={_literal(base_url.rstrip('/'))}/{NAME}",
        f"--reload_interval={RELOAD_SECONDS}",
    ]


def keep_in_lab(response: Any) -> None:
    """Only pages of this server may show TensorBoard in a frame."""
    policy = response.headers.get("Content-Security-Policy", "")
    kept = _FRAME_DIRECTIVE.sub("", policy).strip().rstrip(";").strip()
    response.headers["Content-Security-Policy"] = f"{kept};{FRAME}" if kept else FRAME


def _literal(text: str) -> str:
    """The proxy fills braces in a command; those of a path are meant as they are."""
    return text.replace("{", "{{").replace("}", "}}")
