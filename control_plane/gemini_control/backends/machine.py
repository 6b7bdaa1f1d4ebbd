"""What this machine has to give: processors, memory, cards. Read once, at the start."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gemini_core.queueing import Capacity

CPU_SHARES = 4
"""How often a core is given away: they are shares, not pins."""
MEMORY_PERCENT = 80
_MIB = 2**20
_TYPES = (
    (re.compile(r"\bA100\b"), "A100"),
    (re.compile(r"\bV100\b"), "V100"),
    (re.compile(r"\bT4\b"), "T4"),
    (re.compile(r"\bRTX 3090\b"), "RTX3090"),
)
_UNLIMITED = 1 << 60
log = logging.getLogger("gemini.machine")


@dataclass(frozen=True)
class Card:
    """One card: its number at the driver, its kind and its memory in bytes."""

    index: str
    kind: str
    memory_bytes: int


@dataclass(frozen=True)
class Machine:
    """What one machine really has."""

    cores: int
    memory_bytes: int
    cards: tuple[Card, ...] = ()

    def capacity(self) -> Capacity:
        """What of it can be given away."""
        counts = {kind: len(indices) for kind, indices in self.indices().items()}
        return Capacity(self.cores * CPU_SHARES * 1000, self.memory_bytes * MEMORY_PERCENT // 100, counts)

    def indices(self) -> Mapping[str, tuple[str, ...]]:
        """The numbers of the cards by kind."""
        kinds: dict[str, tuple[str, ...]] = {}
        for card in self.cards:
            kinds[card.kind] = (*kinds.get(card.kind, ()), card.index)
        return kinds


def read() -> Machine:
    """This machine as it is: within its cgroup's limit where there is one."""
    memory = min(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), _cgroup_limit())
    return Machine(len(os.sched_getaffinity(0)), memory, _cards())


def kind_of(model: str) -> str:
    """The kind of a card by the driver's name of its model: the known ones by their short names."""
    short = next((kind for pattern, kind in _TYPES if pattern.search(model)), None)
    return short or model.removeprefix("NVIDIA ").strip().replace(" ", "-") or "GPU"


def parse_cards(listing: str) -> tuple[Card, ...]:
    """The cards in what `nvidia-smi --query-gpu=index,name,memory.total` lists (MiB, no header, no units)."""
    cards = []
    for line in listing.splitlines():
        parts = [part.strip() for part in line.split(",")]
        if len(parts) == 3 and parts[0].isdigit() and parts[2].isdigit():
            cards.append(Card(parts[0], kind_of(parts[1]), int(parts[2]) * _MIB))
    return tuple(cards)


def _cards() -> tuple[Card, ...]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    query = [tool, "--query-gpu=index,name,memory.total", "--format=csv,noheader,nounits"]
    try:
        listing = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("the cards of this machine cannot be listed: %s", error)
        return ()
    return parse_cards(listing)


def _cgroup_limit() -> int:
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(path).read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            return int(text)
    return _UNLIMITED
