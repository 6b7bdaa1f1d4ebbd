"""Signing in by the hub, begun at one replica and finished at another.

JupyterHub keeps what a sign-in under way needs (where it leads to, its proof key) in the memory of the process that
began it. Here it travels with the browser, sealed with the key that all replicas share.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from jupyterhub.services.auth import HubOAuth
from traitlets import Bytes

LONGEST_ADDRESS = 1500
"""Where a sign-in leads to is forgotten beyond this: all of it has to fit into a cookie."""


class SharedHubOAuth(HubOAuth):  # type: ignore[misc]
    """The hub's OAuth with nothing of a sign-in in memory."""

    secret = Bytes(help="What all replicas sign and seal with.")

    def generate_state(self, next_url: str | None = None, **extra: Any) -> str:
        """The sealed state of a sign-in that begins."""
        short = next_url if next_url is not None and len(next_url) <= LONGEST_ADDRESS else None
        state = {"next_url": short, **extra}
        return self._seal().encrypt(json.dumps(state).encode()).decode()

    def clear_oauth_state(self, state_id: str) -> None:
        """Nothing is kept."""

    def _decode_state(self, state_id: str, /) -> dict[str, Any]:
        try:
            opened = self._seal().decrypt(state_id.encode(), ttl=self.oauth_state_max_age)
        except InvalidToken:
            return {}
        state: dict[str, Any] = json.loads(opened)
        return state

    def _seal(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"sign-in " + self.secret).digest()))
