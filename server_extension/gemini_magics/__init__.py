"""The magics `%gemini` and `%%gemini`: training, state, logs and cost from a notebook.

`%load_ext gemini_magics` in a notebook of an environment, or wherever `gemini login` or GEMINI_URL and GEMINI_TOKEN
say which platform is meant. `%gemini --help` tells the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Called by `%load_ext gemini_magics`; again is the same as once."""
    from gemini_magics.magic import load  # only now: the kernel that never asks loads nothing

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Called by `%unload_ext gemini_magics`. Displays that are there no longer follow their task."""
    from gemini_magics.magic import unload

    unload(shell)
