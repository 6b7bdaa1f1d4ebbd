"""What JupyterHub has to be told to become the front of the platform.

`setup_gemini(c, parts)` holds for every deployment; `setup_embedded(c)` adds what one machine needs, `setup_cluster(c)`
of `gemini_hub.cluster` what a cluster does.
"""

from __future__ import annotations

from gemini_hub.embedded import setup_embedded
from gemini_hub.setup import Parts, setup_gemini

__all__ = ["Parts", "setup_embedded", "setup_gemini"]
