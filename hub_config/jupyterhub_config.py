"""The hub of one machine, for `jupyterhub --config hub_config/jupyterhub_config.py`; `gemini up` writes the same."""

from gemini_hub import setup_embedded

setup_embedded(c)  # type: ignore[name-defined] # noqa: F821
