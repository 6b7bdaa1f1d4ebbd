"""What the handlers know of the platform around this server."""

from __future__ import annotations

from dataclasses import dataclass, field

from gemini_core.errors import Unavailable


@dataclass(frozen=True)
class Platform:
    """Where the control plane and the runner are, and how much is asked of them. See the extension's traits."""

    api_url: str
    token: str = field(repr=False)
    run_folder: str
    max_upload_bytes: int
    answer_seconds: float

    def credential(self) -> str:
        """The token to ask the control plane with. Unavailable where there is none: no hub started this server."""
        if not self.token:
            raise Unavailable("outside-platform")
        return self.token
