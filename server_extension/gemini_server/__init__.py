"""The hands of Gemini inside a person's Jupyter server."""


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab finds the built front end: `src` beside this file, `dest` below its extensions."""
    return [{"src": "labextension", "dest": "@gemini/lab"}]
