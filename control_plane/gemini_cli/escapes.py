"""Control characters in what others wrote: none of them speaks to the terminal, to set the clipboard or to type."""

from __future__ import annotations

import re

_CONTROLS = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
_SPEAKS = re.compile(r"\x1b(?!\[[0-9;:]*[A-HJKm])|[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    """`text` without control characters, but for ends of lines and tabs."""
    return text.translate(_CONTROLS)


def harmless(log: str) -> str:
    """A log as a terminal may have it: colours, moves of the cursor, carriage returns, and no other sequences."""
    return _SPEAKS.sub("\N{REPLACEMENT CHARACTER}", log)
