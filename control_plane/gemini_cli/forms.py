"""How single values are written for people: states, money, times, resources, mounts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gemini_core import wording
from gemini_core.messages import text

from gemini_cli.output import styled
from gemini_cli.words import language, say

if TYPE_CHECKING:
    from rich.text import Text

# A mark and a word beside the colour: colour alone says nothing to some.
STATES = {
    "queued": ("◌", "yellow"),
    "allocating": ("◔", "yellow"),
    "starting": ("◑", "yellow"),
    "running": ("●", "green"),
    "stopping": ("◑", "yellow"),
    "stopped": ("○", "dim"),
    "succeeded": ("✓", "green"),
    "failed": ("✗", "red"),
}
_SECONDS = {"d": 86400, "h": 3600, "m": 60}
SIZES = ("B", "KB", "MB", "GB", "TB")


def state(word: str) -> Text:
    """A state as a mark and a word."""
    mark, style = STATES[word]
    return styled(f"{mark} {text(f'state.{word}', language())}", style)


def money(amount: str | None) -> str:
    """An amount of money with its unit."""
    return "-" if amount is None else wording.points(amount, language())


def price(amount: str | None) -> str:
    """A price per hour with its unit."""
    return "-" if amount is None else wording.price_per_hour(amount, language())


def moment(wire: str | None) -> str:
    """A time in the zone of this machine, to the minute."""
    return "-" if wire is None else datetime.fromisoformat(wire).astimezone().strftime("%Y-%m-%d %H:%M")


def took(task: Mapping[str, Any]) -> str:
    """How long a task has run, or ran."""
    if task["startedAt"] is None:
        return "-"
    ended = datetime.fromisoformat(task["endedAt"]) if task["endedAt"] else datetime.now(UTC)
    seconds = (ended - datetime.fromisoformat(task["startedAt"])).total_seconds()
    return wording.duration(seconds, language())


def uptime(wire: str | None) -> str:
    """The wire's `5d3h` as people say it."""
    pieces = re.findall(r"(\d+)([dhm])", wire or "")
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in pieces)
    return wording.duration(seconds, language()) if seconds else "-"


def resources(one: Mapping[str, Any]) -> str:
    """CPU, memory and cards of an environment, a task, a specification or a preview."""
    gpu = str(one.get("gpu") or "") or wording.cards(one.get("gpuType"), one.get("gpuCount") or 0)
    memory = "-" if one["memory"] is None else wording.gigabytes(one["memory"])
    cpu = "-" if one["cpuCores"] is None else f"{one['cpuCores']:g}"
    pieces = [say("{count} CPU", count=cpu), memory, *([gpu] if gpu not in ("0", "") else [])]
    return (f"{one['instances']} × " if one.get("instances", 1) > 1 else "") + " · ".join(pieces)


def roles(found: Iterable[Mapping[str, Any]]) -> str:
    """The roles of a task, a line each: `worker × 2: python train.py`."""
    return "\n".join(f"{one['name']} × {one['instances']}: {one['command']}" for one in found)


def mounts(mounted: Iterable[Mapping[str, Any]]) -> str:
    """What is mounted: `digits v2 → /gemini/data-1`."""
    return "\n".join(f"{one['assetName']} v{one['versionNumber']} → {one['path']}" for one in mounted)


def reason(found: Mapping[str, Any] | None) -> str:
    """Why something waits or ended, and what to do."""
    if found is None:
        return ""
    sentences = [found["message"], found.get("detail") or "", found.get("remedy") or ""]
    return "\n".join(one for one in sentences if one)


def size(count: float) -> str:
    """Bytes as people read them."""
    unit = 0
    while count >= 1024 and unit < len(SIZES) - 1:
        count, unit = count / 1024, unit + 1
    return f"{count:.{1 if unit else 0}f} {SIZES[unit]}"


def minutes(count: int) -> str:
    """A number of whole minutes."""
    return wording.duration(count * 60, language()) if count else "-"


def total() -> str:
    """The word before a sum of all."""
    return say("Total")
