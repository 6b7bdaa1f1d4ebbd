"""The hands of Gemini inside a person's Jupyter server: relay to the control plane, door to the runner, TensorBoard."""

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Jupyter Server's question for what to load."""
    from gemini_server.extension import GeminiServer

    return [{"module": "gemini_server", "app": GeminiServer}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab finds the built front end: `src` beside this file, `dest` below its extensions."""
    return [{"src": "labextension", "dest": "@gemini/lab"}]
