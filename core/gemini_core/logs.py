"""Cutting a log into pieces that are whole characters."""

from __future__ import annotations

BATCH = 64 * 1024


def whole_characters(data: bytes, final: bool = False) -> int:
    """How many bytes of `data` end at a border of UTF-8; all of them where it is `final` or not UTF-8 anyway."""
    if final:
        return len(data)
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0x80:
            continue  # inside a character
        wanted = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
        return len(data) - back if wanted > back else len(data)
    return len(data)


def last_lines(data: bytes, count: int = 20, width: int = 500) -> tuple[str, ...]:
    """The last `count` lines of `data` that are not empty, each cut to `width` characters, as they would be read."""
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    read = [line.rsplit("\r", 1)[-1].rstrip()[:width] for line in lines]
    return tuple([line for line in read if line][-count:])
