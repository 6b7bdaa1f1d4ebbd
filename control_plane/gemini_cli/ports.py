"""Finds out before anything starts which port another program holds."""

from __future__ import annotations

import errno
import socket

from gemini_cli.errors import Refusal
from gemini_cli.settings import LOOPBACK, Settings
from gemini_cli.words import say

USES = {
    "port": "the address to open",
    "hub_port": "the hub",
    "control_port": "the control plane",
    "proxy_api_port": "the proxy's own",
}


def check_ports(settings: Settings) -> None:
    """Refusal names the ports of the four that are taken."""
    wanted = {getattr(settings, name): say(USES[name]) for name in USES}
    taken = ", ".join(f"{port} ({use})" for port, use in wanted.items() if not free(port))
    if taken:
        sentence = (
            "Another program listens on port {taken} of {address}. "
            "End it, or set GEMINI_PORT to the first of four free ports."
        )
        raise Refusal(say(sentence, taken=taken, address=LOOPBACK))


def free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
        return True
