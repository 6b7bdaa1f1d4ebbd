"""The version of the distribution that this code is part of."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def _find() -> str:
    try:
        return version("gemini-jupyter")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0.0.0"


VERSION = _find()
