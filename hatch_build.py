"""Build hook: the wheel holds the built lab extension, an editable install does without it.

`make build` makes the bundles with Node; installing a wheel needs no Node. An editable install of a
fresh clone has none of them yet, so their folders are made and `make` links them when they are there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLES = {
    "server_extension/gemini_server/labextension": "package.json",
    "server_extension/gemini_server/locale": "zh_CN/LC_MESSAGES/gemini.json",
    "control_plane/gemini_control/static/pages": "pages.js",
}


class BundlesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Refuses to build a wheel without the bundles; makes their empty folders for an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before each build; `version` is `standard` or `editable`."""
        for folder, proof in BUNDLES.items():
            path = Path(self.root, folder)
            if version == "editable":
                path.mkdir(parents=True, exist_ok=True)
            elif self.target_name == "wheel" and not (path / proof).is_file():
                raise SystemExit(f"{folder} is not built. Run `make build` first.")
