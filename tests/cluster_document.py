"""What `docs/cluster.md` tells an administrator to write and to run, read from the document itself."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "cluster.md"
FENCE = re.compile(r"^```(?P<kind>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SECTION = "## From an empty cluster to a running task"
SETTINGS = "export "


def section() -> str:
    """The part of the document that ends with a running task."""
    return DOCUMENT.read_text().partition(SECTION)[2].partition("\n## ")[0]


def files() -> dict[str, str]:
    """The files that it asks for, by path."""
    return {found["title"]: found["text"] for found in FENCE.finditer(section()) if found["title"]}


def commands() -> list[str]:
    """The commands in their order, without the settings (`export NAME=…`)."""
    blocks = [found["text"] for found in FENCE.finditer(section()) if found["kind"] == "bash"]
    return [line for block in blocks for line in block.splitlines() if line and not line.startswith(SETTINGS)]


def removal() -> list[str]:
    """The commands that take it away again: the last that the document shows."""
    blocks = [found["text"] for found in FENCE.finditer(DOCUMENT.read_text()) if found["kind"] == "bash"]
    return [line for line in blocks[-1].splitlines() if line]


def settings() -> list[str]:
    """The names of the settings that the commands use."""
    blocks = [found["text"] for found in FENCE.finditer(section()) if found["kind"] == "bash"]
    lines = [line for block in blocks for line in block.splitlines() if line.startswith(SETTINGS)]
    return [word.partition("=")[0] for line in lines for word in line.removeprefix(SETTINGS).split()]
