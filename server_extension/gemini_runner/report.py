"""What the runner says to whoever reads its standard error: a file that may be full, for which nothing may stop."""

from __future__ import annotations

import contextlib
import sys


def report(line: str) -> None:
    """Says one line, if it can be said."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"gemini_runner: {line}\n")
